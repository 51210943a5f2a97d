"""Ctrl-C and SIGTERM: the run ends at the next item, with everything in order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Raised out of :meth:`Interruption.immediate`; no ordinary handler takes it for a failure."""


class Interruption:
    """Holds the two signals for the time of the block (main thread only). The first is remembered; more of them
    change nothing, so that engines are stopped and results put in order even under impatience."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.asked = threading.Event()
        self._raising = False
        self._before: dict[int, Any] = {}

    @property
    def exit_code(self) -> int | None:
        """128 and the signal's number, as shells have it."""
        return None if self.number is None else 128 + self.number

    def __enter__(self) -> "Interruption":
        for number in NUMBERS:
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def immediate(self) -> Iterator[None]:
        """Where waiting for a good moment would take minutes: a signal raises :class:`Interrupted` at once."""
        self._raising = True
        try:
            if self.number is not None:
                raise Interrupted
            yield
        finally:
            self._raising = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.number is not None:
            return
        self.number = number
        self.asked.set()
        if self._raising:
            raise Interrupted
