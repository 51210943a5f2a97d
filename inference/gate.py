"""Admission to an engine: a bounded number at work, a bounded queue behind, and a "no" that names a time."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from inference.errors import InferenceRefused, InferenceTimeout

LEARNING = 0.2
"""Share of the newest call in the typical duration."""


class Deadline:
    """The moment by which a call must have answered, from the caller's ``deadline_s``."""

    def __init__(self, deadline_s: float) -> None:
        self.given_s = deadline_s
        self._ends = time.monotonic() + deadline_s

    @property
    def over(self) -> bool:
        """Whether the moment has passed."""
        return time.monotonic() >= self._ends

    def left_s(self) -> float:
        """Seconds left; ``InferenceTimeout`` when none are."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise InferenceTimeout(f"no answer within the deadline of {self.given_s:g} s")
        return left


class Gate:
    """At most ``admit`` calls are at work; at most ``queue`` wait, and get their place in the order in which
    they came; the next is refused with the time in which those before it should be done, from the duration of
    recent calls. To be used in one event loop; ``load`` may be read from anywhere."""

    def __init__(
        self, engine: str, admit: int, queue: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._admit = admit
        self._queue = queue
        self._clock = clock
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._typical_s = 1.0

    @property
    def load(self) -> int:
        """Calls at work and waiting."""
        return self._running + len(self._waiting)

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Holds one place for the duration of the block. Raises ``InferenceRefused`` where the queue is full;
        whoever waits is called off by cancelling the task."""
        await self._enter()
        started = self._clock()
        try:
            yield
        except asyncio.CancelledError:
            # Cut short by its deadline or its caller: it would have taken at least this long.
            self._learn(max(self._typical_s, self._clock() - started))
            raise
        else:
            self._learn(self._clock() - started)
        finally:
            self._pass_on()

    async def _enter(self) -> None:
        if self._running < self._admit:
            self._running += 1
            return
        if len(self._waiting) >= self._queue:
            raise self._refusal()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._forget(turn)
            else:
                # The place had been handed over in the same moment: the next in the queue has it.
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Hands the place to the first who waits. It is never free in between, so nobody can slip in."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

    def _forget(self, turn: asyncio.Future[None]) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)

    def _learn(self, took_s: float) -> None:
        self._typical_s += LEARNING * (took_s - self._typical_s)

    def _refusal(self) -> InferenceRefused:
        wait_s = max(1.0, self._typical_s * (len(self._waiting) + 1) / self._admit)
        return InferenceRefused(
            f"{self._engine} has {self._running} calls at work and {len(self._waiting)} waiting; "
            f"try again in {wait_s:.0f} s",
            retry_after_s=wait_s,
        )
