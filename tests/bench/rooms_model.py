"""What the three processes of the rooms' bench tell one another: JSON lines, one message a line."""

import re

import msgspec

from tests.running import REPOSITORY

BYTES_PER_SECOND = 62_500
"""0.5 Mbit/s: 480p with Opus as the room's page asks its recorder for."""

FURNISHED_INVITATIONS = 2
"""Interviews that the site has before the first room: one assessed, one with a recording."""


class SiteReady(msgspec.Struct, frozen=True, kw_only=True):
    """The started site: where it is, the console token, candidates to invite, and what HR looks at."""

    url: str
    admin_token: str
    candidates: list[str]
    login: str
    password: str
    pages: dict[str, str]
    """What HR browses, by a word for the figures: the path of each."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the load generator shall do: one room a link token, `people` of HR who browse meanwhile."""

    url: str
    certificate: str
    tokens: list[str]
    seconds: float
    piece_s: float
    people: int
    login: str
    password: str
    pages: dict[str, str]
    seed: int
    hand_in: bool
    """Whether rooms hand their answer in at the end; otherwise the same links can go on with a further segment."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One recording as its room sent it: every byte acknowledged, and their SHA-256 (hex)."""

    recording_id: str
    size: int
    chunks: int
    sha256: str
    handed_in: bool


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What the generator saw. Times in milliseconds: `ack_ms` from the instant at which the recorder had a piece
    (or the network was back) to its acknowledgement; `page_ms` by word."""

    sent: list[Sent]
    ack_ms: list[float]
    page_ms: dict[str, list[float]]
    errors: dict[str, int]
    reconnects: int
    waited: int
    """How often a room was asked to wait (429, 503, 507)."""
    late_pieces: int
    """Pieces that were still in rooms' hands when the time was over; they were sent then and are in `sent`."""


def piece_seconds() -> float:
    """How long a piece of the room's recorder is, as its script says."""
    script = (REPOSITORY / "appliance" / "static" / "room" / "recorder.js").read_text("utf-8")
    found = re.search(r"const PIECE_MS = (\d+);", script)
    if found is None:
        raise RuntimeError(
            "static/room/recorder.js no longer says PIECE_MS; the bench sends pieces as it does"
        )
    return int(found.group(1)) / 1000
