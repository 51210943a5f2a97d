"""ATTPHOTO: the picture a terminal took at a punch (the ZKTeco PUSH protocol).

``PIN=yyyymmddHHMMSS-pin.jpg LF SN= LF size= LF CMD=uploadphoto NUL <jpeg>``; some firmware sends the bare
JPEG and puts PIN and time into the query. A file name without ``-pin`` is a verification that failed.
"""

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from msgspec import Struct

from appliance.attendance.terminals.wire.attlog import read_time

_JPEG = b"\xff\xd8\xff"
_NAME = re.compile(r"(\d{14})(?:-(.+))?", re.ASCII)


class PunchPhoto(Struct, frozen=True):
    """A picture; ``pin`` is empty for a failed verification, ``taken_at_local`` where the name says no
    time.
    """

    pin: str
    taken_at_local: str
    jpeg: bytes


def parse_photo(body: bytes, query: Mapping[str, str], *, zone: ZoneInfo) -> PunchPhoto | None:
    """Read an ATTPHOTO body; None where there is no JPEG in it. Never raises. ``query`` has lower-case
    keys.
    """
    if body.startswith(_JPEG):
        local = read_time(query.get("time", "").strip(), zone)
        return PunchPhoto(query.get("pin", "").strip()[:32], local or "", body)
    head, separator, jpeg = body.partition(b"\x00")
    if not separator or not jpeg.startswith(_JPEG):
        return None
    values: dict[str, str] = {}
    for line in head.decode("latin-1").splitlines():
        key, found, value = line.partition("=")
        if found:
            values.setdefault(key.strip().lower(), value.strip())
    pin, local = _read_name(values.get("pin", ""), zone)
    return PunchPhoto(pin, local, jpeg)


def _read_name(name: str, zone: ZoneInfo) -> tuple[str, str]:
    matched = _NAME.fullmatch(name.removesuffix(".jpg").removesuffix(".JPG"))
    if matched is None:
        return "", ""
    digits, rest = matched.groups()
    written = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]} {digits[8:10]}:{digits[10:12]}:{digits[12:14]}"
    # Identity-card terminals write time-?-pin-idcard; the pin is the second last part there.
    parts = (rest or "").split("-")
    pin = parts[-2] if len(parts) >= 3 else parts[0]
    return pin.strip()[:32], read_time(written, zone) or ""
