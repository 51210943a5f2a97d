"""ATTLOG: punches as terminals upload them (the ZKTeco PUSH protocol).

``Pin TAB yyyy-mm-dd HH:MM:SS TAB Status TAB Verify TAB Workcode TAB Reserved1 TAB Reserved2`` and up to nine
columns more that firmware adds (mask, temperature, GPS, identity card). Only the first five have one meaning
everywhere; the whole row is kept raw.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from appliance.attendance.terminals.wire.clock import LOCAL_FORMAT
from appliance.attendance.terminals.wire.rows import BadReason, BadRow, lines

STATUS_UNDEFINED = 255
"""Status where none was sent; also what a terminal sends when nobody pressed a key."""

VERIFY_UNKNOWN = -1
"""Verify where none was sent."""

EARLIEST_LOCAL = "2000-01-01 00:00:00"
"""The terminals' own calendar starts here; anything older is a clock that lost its battery."""

_MAX_COLUMNS = 16
_PIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.\-]{0,31}")
_TIME = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2}):(\d{2})", re.ASCII)
_EPOCH = re.compile(r"\d{9,10}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,5}", re.ASCII)
_WORKCODE = re.compile(r"[\x20-\x7e]{0,32}")
_TABLE_PREFIX = re.compile(rb"(?i)\A\s*TABLE\s*=\s*(?:ATTLOG)?[ \t&]*(?:\r?\n)?")
_ROW_TAG = re.compile(rb"(?i)\AATTLOG[ \t]+")


class PunchRow(Struct, frozen=True, gc=False):
    """One readable row: ``punched_at_local`` is ``YYYY-MM-DD HH:MM:SS`` in the terminal's wall time."""

    pin: str
    punched_at_local: str
    status: int
    verify: int
    workcode: str
    raw: bytes


class AttlogUpload(Struct, frozen=True):
    """What one body held; ``rows`` is what the reply counts."""

    punches: list[PunchRow]
    bad: list[BadRow]

    @property
    def rows(self) -> int:
        return len(self.punches) + len(self.bad)


def parse_attlog(body: bytes, *, zone: ZoneInfo, latest_local: str) -> AttlogUpload:
    """Read an ATTLOG body. Never raises; every non-blank row ends up in ``punches`` or ``bad``.

    ``zone`` turns epoch seconds into wall time; a time before 2000 or after ``latest_local`` is implausible.
    """
    punches: list[PunchRow] = []
    bad: list[BadRow] = []
    for line in lines(_TABLE_PREFIX.sub(b"", body, count=1)):
        row = _read_row(line, zone, latest_local)
        if isinstance(row, PunchRow):
            punches.append(row)
        else:
            bad.append(BadRow(line, row))
    return AttlogUpload(punches, bad)


def _read_row(line: bytes, zone: ZoneInfo, latest_local: str) -> PunchRow | BadReason:
    columns = _ROW_TAG.sub(b"", line).decode("latin-1").rstrip("\t ").split("\t")
    if len(columns) < 2:
        return BadReason.TOO_FEW_COLUMNS
    if len(columns) > _MAX_COLUMNS:
        return BadReason.TOO_MANY_COLUMNS
    pin = columns[0].strip()
    if not _PIN.fullmatch(pin):
        return BadReason.BAD_PIN if pin else BadReason.NO_PIN
    local = read_time(columns[1].strip(), zone)
    if local is None:
        return BadReason.BAD_TIME
    if not EARLIEST_LOCAL <= local <= latest_local:
        return BadReason.IMPLAUSIBLE_TIME
    status = _number(columns, 2, STATUS_UNDEFINED)
    verify = _number(columns, 3, VERIFY_UNKNOWN)
    if status is None or verify is None:
        # A word where a number belongs: the columns may not be where we think, so a person looks at the row.
        return BadReason.BAD_STATUS
    workcode = columns[4].strip() if len(columns) > 4 else ""
    if not _WORKCODE.fullmatch(workcode):
        return BadReason.BAD_WORKCODE
    return PunchRow(pin, local, status, verify, workcode or "0", line)


def read_time(text: str, zone: ZoneInfo) -> str | None:
    """Wall time as written, or epoch seconds in ``zone``, in the one form that is stored; None if
    impossible.
    """
    try:
        matched = _TIME.fullmatch(text)
        if matched:
            year, month, day, hour, minute, second = map(int, matched.groups())
            return datetime(year, month, day, hour, minute, second).isoformat(" ")
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(text), zone).strftime(LOCAL_FORMAT)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _number(columns: list[str], index: int, missing: int) -> int | None:
    text = columns[index].strip() if len(columns) > index else ""
    if not text:
        return missing
    return int(text) if _NUMBER.fullmatch(text) else None
