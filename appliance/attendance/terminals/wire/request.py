"""A request and a reply, free of any HTTP library: spelling variants of path and parameters are gone here."""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import unquote_plus

from msgspec import Struct

MAX_BODY_BYTES = 16 * 1024 * 1024
"""What is read of one request. Terminals are asked for far less (``MaxPostSize``); a photo batch may come
close.
"""

_MAX_PARAMETERS = 64
_MAX_VALUE = 2048


class Endpoint(StrEnum):
    """Last word of the path."""

    CDATA = "cdata"
    FDATA = "fdata"
    GETREQUEST = "getrequest"
    DEVICECMD = "devicecmd"
    PING = "ping"
    EXCHANGE = "exchange"
    REGISTRY = "registry"
    PUSH = "push"
    RTDATA = "rtdata"
    QUERYDATA = "querydata"
    OTHER = "other"
    ABSENT = "absent"
    """Not under ``/iclock`` at all."""


_ENDPOINTS = {
    endpoint.value: endpoint for endpoint in Endpoint if endpoint not in (Endpoint.OTHER, Endpoint.ABSENT)
}


class WireRequest(Struct, frozen=True):
    """What a terminal asked. ``query`` has lower-case names; ``address`` is the peer of the connection."""

    method: str
    endpoint: Endpoint
    path: str
    query: Mapping[str, str]
    body: bytes
    address: str

    def parameter(self, *names: str) -> str:
        """The first of the parameters that was sent, without blanks around it; empty where none was."""
        for name in names:
            value = self.query.get(name, "").strip()
            if value:
                return value
        return ""


class WireReply(Struct, frozen=True):
    """What the terminal gets: always ``text/plain``."""

    status: int
    body: bytes = b""


def endpoint_of(path: str) -> Endpoint:
    """The endpoint a path means: ``.aspx``, a trailing slash, doubled slashes and ``/iclock/iclock`` are the
    same.
    """
    words = [word for word in path.lower().split("/") if word]
    if not words or words[0] != "iclock":
        return Endpoint.ABSENT
    while words and words[0] == "iclock":
        words.pop(0)
    name = "/".join(words).removesuffix(".aspx")
    return _ENDPOINTS.get(name, Endpoint.OTHER)


def parse_query(raw: bytes) -> dict[str, str]:
    """A query string with lower-case names, the first of a repeated name wins. Never raises."""
    found: dict[str, str] = {}
    for part in raw.decode("latin-1").split("&")[:_MAX_PARAMETERS]:
        key, _, value = part.partition("=")
        name = unquote_plus(key, errors="replace").strip().lower()
        if name and name not in found:
            found[name] = unquote_plus(value, errors="replace")[:_MAX_VALUE]
    return found


def peer(address: str) -> str:
    """A peer address in one spelling: an IPv4 address that came over an IPv6 socket as IPv4."""
    return address.removeprefix("::ffff:")[:64]
