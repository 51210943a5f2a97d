"""How much of recordings may be on its way into the site at once: the rest is asked to come a little later.

Beyond what disk and processor take, pieces would pile up in memory until everybody waits and the site falls over.
A room that is told to wait keeps the piece and sends it again (`static/room/uploader.js`), so nothing is lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.kernel.errors import N_, Unavailable

MOST_BYTES = 96 << 20
"""About five seconds of 300 rooms at 0.5 Mbit/s, and what that may cost in memory (twice: as it is received, and
as it is sealed)."""
MOST_PIECES = 1024
RETRY_AFTER_S = 2


class Crowded(Unavailable):
    """More is on its way than can be taken; the same piece is welcome a little later."""

    code = "crowded"
    title = N_("Many are recording at the moment")
    default = N_("Your recording is kept in this page and is sent again in a moment. Keep the page open.")


class Intake:
    """Counts what is on its way. Used from the event loop's thread alone, so it needs no lock."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_pieces: int = MOST_PIECES) -> None:
        self._most_bytes = most_bytes
        self._most_pieces = most_pieces
        self.bytes = 0
        self.pieces = 0

    @contextmanager
    def place_for(self, size: int) -> Iterator[None]:
        """Hold a place for a piece of so many bytes until it is stored or refused.

        Raises `Crowded` when there is none; a single piece always finds one.
        """
        if self.pieces and (self.pieces >= self._most_pieces or self.bytes + size > self._most_bytes):
            raise Crowded(retry_after_s=RETRY_AFTER_S)
        self.pieces += 1
        self.bytes += size
        try:
            yield
        finally:
            self.pieces -= 1
            self.bytes -= size
