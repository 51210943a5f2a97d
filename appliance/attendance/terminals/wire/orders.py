"""Commands as a terminal reads them: ``C:<id>:<words> KEY=value TAB KEY=value LF`` (the ZKTeco PUSH protocol).

Every value goes through ``clean``: a LF in a name would begin a command of its own.
"""

from base64 import b64encode
from enum import StrEnum

from appliance.attendance.terminals.wire.text import NameEncoding, clean, encode_name

MAX_REPLY_BYTES = 38_000
"""Of one getrequest reply; the manual's limit is 40 KB."""

MAX_REPLY_COMMANDS = 100
"""Of one getrequest reply; the manual's limit is 200."""

TIME_ZONES = "0001000000000000"
"""Access time zone 1, which is "always" on a terminal as delivered."""


class PhotoSize(StrEnum):
    """What a terminal means by ``Size=`` of a photo: manuals and captures disagree."""

    BASE64 = "base64"
    RAW = "raw"


def numbered(number: int, order: bytes) -> bytes:
    """The order as one line of a reply, under its number."""
    return b"C:%d:%s\n" % (number, order)


def update_user(pin: str, name: str, card: str, encoding: NameEncoding) -> bytes:
    """Create or change a person: ordinary user, no password, always allowed in."""
    values = (
        ("PIN", clean(pin).encode("ascii", "ignore")),
        ("Name", encode_name(name, encoding)),
        ("Pri", b"0"),
        ("Passwd", b""),
        ("Card", clean(card).encode("ascii", "ignore")),
        ("Grp", b"1"),
        ("TZ", TIME_ZONES.encode("ascii")),
    )
    return b"DATA UPDATE USERINFO " + b"\t".join(key.encode("ascii") + b"=" + value for key, value in values)


def update_photo(pin: str, jpeg: bytes, size: PhotoSize) -> bytes:
    """The person's face photo, from which the terminal computes its own template (Type 9: visible-light
    face).
    """
    content = b64encode(jpeg)
    length = len(content) if size is PhotoSize.BASE64 else len(jpeg)
    return b"DATA UPDATE BIOPHOTO PIN=%s\tType=9\tSize=%d\tContent=%s" % (
        clean(pin).encode("ascii", "ignore"),
        length,
        content,
    )


def delete_user(pin: str) -> bytes:
    """Forget a person, with their card, photo and templates."""
    return b"DATA DELETE USERINFO PIN=" + clean(pin).encode("ascii", "ignore")


def query_punches(start_local: str, end_local: str) -> bytes:
    """Ask for the punches of a span of wall time again; they come as ordinary uploads."""
    return _span(b"DATA QUERY ATTLOG ", start_local, end_local)


def verify_sum(start_local: str, end_local: str) -> bytes:
    """Ask how many punches the terminal holds for a span of wall time."""
    return _span(b"VERIFY SUM ATTLOG ", start_local, end_local)


def _span(words: bytes, start_local: str, end_local: str) -> bytes:
    start, end = clean(start_local).encode("ascii", "ignore"), clean(end_local).encode("ascii", "ignore")
    return words + b"StartTime=" + start + b"\tEndTime=" + end
