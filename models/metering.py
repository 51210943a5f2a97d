"""How far a long read or write is: bytes, per cent and rate."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from models.disk import spelled

BLOCK = 1 << 22
EVERY_S = 0.2


class Meter:
    """Counts bytes and tells ``tell`` about them, at most five times a second, and at beginning
    and end.

    ``total`` is in bytes; None where nobody knows it, then neither per cent nor an end is told.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        doing: str,
        total: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell = tell
        self._doing = doing
        self._total = total
        self._clock = clock
        self._began = clock()
        self._told = -EVERY_S
        self._done = 0

    def expect(self, total: int) -> None:
        """``total`` bytes are to come; for a total that becomes known on the way."""
        self._total = total

    def moved(self, size: int) -> None:
        """``size`` more bytes are done."""
        self.at(self._done + size)

    def at(self, done: int) -> None:
        """``done`` bytes are done in all."""
        self._done = done
        seconds = self._clock() - self._began
        if done == self._total or seconds - self._told >= EVERY_S:
            self._told = seconds
            self._tell(self._line(seconds))

    def _line(self, seconds: float) -> str:
        rate = f", {spelled(round(self._done / seconds))}/s" if seconds > 0 and self._done else ""
        if not self._total:
            return f"{self._doing}: {spelled(self._done)}{rate}"
        # A total that pip rounds may be passed by a little.
        share = min(100, 100 * self._done // self._total)
        return f"{self._doing}: {spelled(self._done)} of {spelled(self._total)}, {share} %{rate}"


def sha256_of(path: Path, meter: Meter | None = None) -> str:
    """Hex digest of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            if meter is not None:
                meter.moved(len(block))
    return digest.hexdigest()
