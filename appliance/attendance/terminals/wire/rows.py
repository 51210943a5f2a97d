"""Rows of an upload: how a body falls into lines, and a line into ``key=value`` fields."""

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

_SECRET = re.compile(rb"(?i)(passw(?:or)?d\s*=)[^\t\r\n&]*")
_BIOMETRIC = re.compile(rb"(?i)((?:tmp|tmpdata|template|content)\s*=)[^\t\r\n]*")


class BadReason(StrEnum):
    """Why a row (or a whole body) went to quarantine."""

    TOO_FEW_COLUMNS = "too_few_columns"
    TOO_MANY_COLUMNS = "too_many_columns"
    NO_PIN = "no_pin"
    BAD_PIN = "bad_pin"
    BAD_TIME = "bad_time"
    IMPLAUSIBLE_TIME = "implausible_time"
    BAD_STATUS = "bad_status"
    BAD_WORKCODE = "bad_workcode"
    UNKNOWN_ROW = "unknown_row"
    UNKNOWN_TABLE = "unknown_table"
    UNKNOWN_ENDPOINT = "unknown_endpoint"
    UNKNOWN_COMMAND = "unknown_command"
    UNREADABLE_PHOTO = "unreadable_photo"


class BadRow(Struct, frozen=True):
    """A row that could not be read; ``raw`` is what came, without line end."""

    raw: bytes
    reason: BadReason


def lines(body: bytes) -> Iterator[bytes]:
    """The rows of ``body``: LF or CRLF ends, blank rows and padding NULs skipped."""
    for line in body.split(b"\n"):
        row = line.strip(b"\r\x00")
        if row.strip(b" \t\r\x00"):
            yield row


def fields(row: bytes) -> dict[str, bytes]:
    """``PIN=1 TAB Name=x`` as ``{"pin": b"1", "name": b"x"}``: lower-case keys, the first of a repeated key
    wins.

    A value keeps everything after the first ``=`` (base64 padding), without blanks around it.
    """
    found: dict[str, bytes] = {}
    for part in row.split(b"\t"):
        key, separator, value = part.partition(b"=")
        if separator:
            name = key.decode("latin-1").strip().lstrip("~").lower()
            found.setdefault(name, value.strip())
    return found


def without_secrets(raw: bytes) -> bytes:
    """``raw`` with every terminal password taken out: a USER row carries it in clear and nobody may keep
    it.
    """
    return _SECRET.sub(rb"\1", raw)


def without_biometrics(raw: bytes) -> bytes:
    """``raw`` with templates and pictures taken out as well; keys stay, so that one sees what was there."""
    return _BIOMETRIC.sub(rb"\1", without_secrets(raw))
