"""What a terminal tells about itself: ``table=options`` and the ``INFO`` of a poll (the ZKTeco PUSH protocol,
1.6).
"""

import re

from msgspec import Struct

MAX_OPTIONS = 400
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_PRIVATE = re.compile(r"(?i)key|passw|pwd|secret")


class PollInfo(Struct, frozen=True):
    """``INFO=fw,users,fps,logs,ip,fpver,facever,faces needed,faces,flags…``; None where not a number."""

    firmware: str
    users: int | None
    fingerprints: int | None
    records: int | None
    faces: int | None


def parse_options(body: bytes) -> dict[str, str]:
    """``k=v,k=v`` (or one a line) as a dict without ``~`` marks and without keys or passwords. Never
    raises.
    """
    found: dict[str, str] = {}
    for part in re.split(r"[,\r\n]", body.decode("utf-8", errors="replace")):
        key, separator, value = part.partition("=")
        name = key.strip().lstrip("~")
        if separator and name and len(found) < MAX_OPTIONS and not _PRIVATE.search(name):
            found.setdefault(name[:64], value.strip()[:256])
    return found


def parse_info(text: str) -> PollInfo | None:
    """Read the INFO value of a getrequest; None where it holds no list."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 4:
        return None
    return PollInfo(
        firmware=parts[0][:64],
        users=_count(parts, 1),
        fingerprints=_count(parts, 2),
        records=_count(parts, 3),
        faces=_count(parts, 8),
    )


def _count(parts: list[str], index: int) -> int | None:
    text = parts[index] if index < len(parts) else ""
    return int(text) if _COUNT.fullmatch(text) else None
