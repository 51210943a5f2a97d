"""Whether a running engine still answers: cheap known answers at intervals, in the background.

Two things must not be confused. An engine whose queue is full answers late and is left alone; one that hangs
answers never and is restarted. What tells them apart is work: the processes that owe the answer use a
processor (or wait for one) in the first case and do neither in the second.
"""

import threading
import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from inference import processes
from inference.errors import InferenceError, InferenceRefused, InferenceUnavailable

WORKING_SHARE = 0.05
"""Share of one processor below which processes are not at work. An idle engine's timers stay well under it,
one that computes is far above."""


class Rules(Struct, frozen=True):
    """When an engine is looked at and when it is given up: a question every ``every_s``; each ``patience_s``
    that an answer is owed without work for it, and each wrong answer or error, is a miss; ``misses`` in a row
    end the engine. ``longest_busy_s`` ends one that works but has not answered for that long: an endless
    loop looks like work."""

    every_s: float = 30.0
    patience_s: float = 10.0
    misses: int = 3
    longest_busy_s: float = 1800.0


class Look(Struct, frozen=True):
    """A question with a known answer. ``ask`` takes the seconds it may wait and raises ``InferenceError``
    for no answer or a wrong one; ``workers`` are the processes that would work on it."""

    name: str
    ask: Callable[[float], None]
    workers: Callable[[], Sequence[int]]


class Watched:
    """One question, asked again and again; never a second time before the first is answered, so that
    questions do not pile up behind a long call."""

    def __init__(self, look: Look, rules: Rules, clock: Callable[[], float] = time.monotonic) -> None:
        self.misses = 0
        self.trouble = ""
        self._look = look
        self._rules = rules
        self._clock = clock
        self._next_at = clock() + rules.every_s
        self._asked_at = 0.0
        self._read_at = 0.0
        self._worked_s = 0.0
        self._asking: threading.Thread | None = None
        self._error: InferenceError | None = None

    def turn(self) -> str:
        """Asks, or sees after an answer that is owed. Returns why the engine is to be ended, or nothing."""
        now = self._clock()
        if self._asking is None:
            if now >= self._next_at:
                self._ask(now)
        elif not self._asking.is_alive():
            self._asking = None
            self._answered(now)
        elif now - self._asked_at > self._rules.longest_busy_s:
            return f"{self._look.name}: no answer for {now - self._asked_at:.0f} s"
        elif now - self._read_at >= self._rules.patience_s:
            self._owed(now)
        return self.trouble if self.misses >= self._rules.misses else ""

    def _ask(self, now: float) -> None:
        self._asked_at = self._read_at = now
        self._worked_s = processes.worked_s(self._look.workers())
        self._error = InferenceUnavailable("the question broke off")
        self._asking = threading.Thread(target=self._run, name=f"look-{self._look.name}", daemon=True)
        self._asking.start()

    def _run(self) -> None:
        try:
            self._look.ask(self._rules.longest_busy_s)
            self._error = None
        except InferenceRefused:
            self._error = None  # A server that turns callers away for now is alive.
        except InferenceError as error:
            self._error = error

    def _answered(self, now: float) -> None:
        if self._error is None:
            self._next_at = now + self._rules.every_s
            self._well()
        else:
            self._next_at = now + self._rules.patience_s
            self._miss(f"{self._look.name}: {self._error}")

    def _owed(self, now: float) -> None:
        worked_s = processes.worked_s(self._look.workers())
        share = (worked_s - self._worked_s) / (now - self._read_at)
        self._read_at, self._worked_s = now, worked_s
        if share >= WORKING_SHARE:
            self._well()
        else:
            self._miss(f"{self._look.name}: no answer for {now - self._asked_at:.0f} s, and no work for it")

    def _well(self) -> None:
        self.misses, self.trouble = 0, ""

    def _miss(self, trouble: str) -> None:
        self.misses, self.trouble = self.misses + 1, trouble


class Health:
    """All questions to one engine during one life of its process."""

    def __init__(self, looks: Sequence[Look], rules: Rules) -> None:
        self._watched = [Watched(look, rules) for look in looks]

    def turn(self) -> str:
        """Called often. Returns why the engine is to be ended, or nothing."""
        reasons = [watched.turn() for watched in self._watched]
        return next((reason for reason in reasons if reason), "")

    @property
    def trouble(self) -> str:
        """The first question that was missed last time, empty while all is well."""
        return next((watched.trouble for watched in self._watched if watched.trouble), "")
