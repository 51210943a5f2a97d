"""The calendar file attached to an invitation (RFC 5545)."""

from datetime import UTC, datetime, timedelta

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
    sequence: int = 0,
    cancelled: bool = False,
    organizer: str = "",
) -> bytes:
    """One event as an ``.ics`` file in UTF-8 with CRLF line ends; instants are aware.

    A later file with the same ``uid`` and a higher ``sequence`` takes the place of the earlier one in the
    reader's calendar; a cancelled one is struck out there. ``organizer`` is an address.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Muster//Interview//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_single_line(uid)}",
        f"SEQUENCE:{sequence}",
        f"DTSTAMP:{_utc(made_at)}",
        f"DTSTART:{_utc(begins_at)}",
        f"DTEND:{_utc(ends_at)}",
        f"SUMMARY:{_escaped(summary)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",
    ]
    if organizer:
        lines.append(f"ORGANIZER:mailto:{_single_line(organizer)}")
    if description:
        lines.append(f"DESCRIPTION:{_escaped(description)}")
    if url:
        lines.append(f"URL:{_single_line(url)}")
    if not cancelled:
        lines += [*_alarm("TRIGGER:PT0S", summary), *_alarm(_late_trigger(ends_at - begins_at), summary)]
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _alarm(trigger: str, text: str) -> list[str]:
    return ["BEGIN:VALARM", "ACTION:DISPLAY", trigger, f"DESCRIPTION:{_escaped(text)}", "END:VALARM"]


def _late_trigger(length: timedelta) -> str:
    """The second alarm: a day before the end, nearer to it in a window that is not that long."""
    if length > timedelta(days=1):
        return "TRIGGER;RELATED=END:-P1D"
    return f"TRIGGER;RELATED=END:-PT{'1H' if length > timedelta(hours=2) else '15M'}"


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
