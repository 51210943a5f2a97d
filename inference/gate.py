"""Admission to an engine: a bounded number at work, a bounded queue behind, and a "no" that names a time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from inference.errors import InferenceRefused, InferenceTimeout


class Deadline:
    """The moment by which a call must have answered, from the caller's ``deadline_s``."""

    def __init__(self, deadline_s: float) -> None:
        self._given_s = deadline_s
        self._ends = time.monotonic() + deadline_s

    def left_s(self) -> float:
        """Seconds left; ``InferenceTimeout`` when none are."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise InferenceTimeout(f"no answer within the deadline of {self._given_s:g} s")
        return left


class Gate:
    """At most ``admit`` calls run; at most ``queue`` wait for a place until their deadline; the next is
    refused with the time in which the queue should have drained, from the recent calls' duration."""

    def __init__(self, engine: str, admit: int, queue: int) -> None:
        self._engine = engine
        self._admit = admit
        self._queue = queue
        self._running = 0
        self._waiting = 0
        self._typical_s = 1.0
        self._changed = threading.Condition()

    @property
    def load(self) -> int:
        """Calls at work and waiting."""
        return self._running + self._waiting

    @contextmanager
    def admitted(self, deadline: Deadline) -> Iterator[None]:
        """Holds one place for the duration of the block."""
        self._enter(deadline)
        started = time.monotonic()
        try:
            yield
        finally:
            self._leave(time.monotonic() - started)

    def _enter(self, deadline: Deadline) -> None:
        with self._changed:
            if self._running >= self._admit and self._waiting >= self._queue:
                wait_s = max(1.0, self._typical_s * self._waiting / self._admit)
                raise InferenceRefused(
                    f"{self._engine} has {self._running} calls at work and {self._waiting} waiting; "
                    f"try again in {wait_s:.0f} s",
                    retry_after_s=wait_s,
                )
            self._waiting += 1
            try:
                while self._running >= self._admit:
                    self._changed.wait(deadline.left_s())
                deadline.left_s()
                self._running += 1
            finally:
                self._waiting -= 1

    def _leave(self, took_s: float) -> None:
        with self._changed:
            self._running -= 1
            self._typical_s += 0.2 * (took_s - self._typical_s)
            self._changed.notify()
