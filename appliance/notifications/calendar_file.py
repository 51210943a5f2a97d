"""The calendar file attached to an invitation (RFC 5545)."""

from datetime import UTC, datetime

_FOLD_AT = 73
"""Octets a line, below the 75 of RFC 5545 section 3.1 so that the folding space fits."""


def calendar_file(
    *,
    uid: str,
    made_at: datetime,
    begins_at: datetime,
    ends_at: datetime,
    summary: str,
    description: str,
    url: str,
) -> bytes:
    """One event as an ``.ics`` file in UTF-8 with CRLF line ends; instants are aware."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Muster//Interview//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{_utc(made_at)}",
        f"DTSTART:{_utc(begins_at)}",
        f"DTEND:{_utc(ends_at)}",
        f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(description)}",
        f"URL:{_single_line(url)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _single_line(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


def _escaped(text: str) -> str:
    """RFC 5545 section 3.3.11; any other control character is dropped, so no line can be smuggled in."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    escaped = unix.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join("\\n" if mark == "\n" else mark for mark in escaped if mark == "\n" or mark.isprintable())


def _folded(line: str) -> bytes:
    """A content line in pieces of at most 75 octets, never inside a character."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        encoded = character.encode()
        if len(piece) + len(encoded) > _FOLD_AT:
            pieces.append(piece)
            piece = b""
        piece += encoded
    pieces.append(piece)
    return b"\r\n ".join(pieces) + b"\r\n"
