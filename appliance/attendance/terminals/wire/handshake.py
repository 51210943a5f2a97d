"""The reply to a handshake: how a terminal is to behave towards us (the ZKTeco PUSH protocol)."""

from typing import Final

from msgspec import Struct

PROTOCOL: Final = "2.4.1"
"""Push protocol we speak; the lower of both sides applies."""

MAX_POST_BYTES: Final = 1_048_576
"""What a terminal is asked to keep an upload under."""

TRANSFER: Final = "TransData AttLog\tOpLog\tEnrollUser\tChgUser"
"""What a terminal uploads by itself: format 2, TAB-separated, under 90 characters. No templates, no pictures:
the appliance has no use for another copy of people's faces and fingers."""

EVERYTHING: Final = "0"
NEW_ONLY: Final = "9999"


class Stamps(Struct, frozen=True):
    """From where a terminal uploads: ``0`` everything, anything else what it has not uploaded yet."""

    attlog: str
    operlog: str


def handshake_reply(serial: str, *, stamps: Stamps, time_zone: str, delay_s: int, version_one: bool) -> bytes:
    """``GET OPTION FROM: <SN>`` and the options, one a line. ``version_one`` adds the names push 1.x
    reads.
    """
    options = {
        "ATTLOGStamp": stamps.attlog,
        "OPERLOGStamp": stamps.operlog,
        "ATTPHOTOStamp": NEW_ONLY,
        "BIODATAStamp": NEW_ONLY,
        "IDCARDStamp": NEW_ONLY,
        "ERRORLOGStamp": NEW_ONLY,
        "ErrorDelay": "30",
        "Delay": str(delay_s),
        "TransTimes": "00:00;14:05",
        "TransInterval": "1",
        "TransFlag": TRANSFER,
        "TimeZone": time_zone,
        "Realtime": "1",
        "Encrypt": "0",
        "ServerVer": PROTOCOL,
        "PushProtVer": PROTOCOL,
        "PushOptionsFlag": "1",
        "PushOptions": "FirmVer,FingerFunOn,FaceFunOn,UserPicURLFunOn,UserValidTimeFun",
        "ATTPHOTOBase64": "0",
        "SupportPing": "1",
        "MaxPostSize": str(MAX_POST_BYTES),
    }
    if version_one:
        options |= {"Stamp": stamps.attlog, "OpStamp": stamps.operlog, "PhotoStamp": NEW_ONLY}
    head = f"GET OPTION FROM: {serial}"
    return "\n".join([head, *(f"{key}={value}" for key, value in options.items())]).encode("ascii", "ignore")


def next_stamp(last: str) -> str:
    """The stamp to hand a terminal: everything the first time, then what it last sent itself.

    A terminal that sends 0 or None back would upload its whole memory at every handshake; one site got 48,244
    duplicates for 953 punches that way.
    """
    if not last:
        return EVERYTHING
    return NEW_ONLY if last.strip().lower() in ("0", "none") else last


def is_version_one(push_version: str) -> bool:
    """Whether a terminal speaks push 1.x: its version says so, or it says none."""
    return not push_version or push_version.startswith("1.")
