"""Calling calls off: a caller that no longer needs an answer frees itself and the engine at once.

A job that is withdrawn ends all that it asked for, whatever depth asked. So the token is not handed through
every signature: it covers a block, and each call that a port makes in that block (in the same thread) belongs
to it.

    withdrawn = Cancellation()
    with withdrawn.covering():
        reading = read_answer(llm, task, policy, deadline_s=180)   # InferenceCancelled after withdrawn.cancel()
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar

from inference.errors import InferenceCancelled


class Cancellation:
    """One decision to stop, made once, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._ends: set[Callable[[], object]] = set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """Ends the calls under way and lets no more begin. May be called twice."""
        with self._lock:
            self._cancelled = True
            ends, self._ends = self._ends, set()
        for end in ends:
            end()

    @contextmanager
    def covering(self) -> Iterator[None]:
        """Calls made by this thread in the block are ended by ``cancel``; blocks nest, and then each of the
        tokens around a call ends it. A thread started in the block is not covered."""
        before = _COVERING.get()
        token = _COVERING.set((*before, self))
        try:
            yield
        finally:
            _COVERING.reset(token)

    @contextmanager
    def _ending(self, end: Callable[[], object]) -> Iterator[None]:
        with self._lock:
            if self._cancelled:
                raise InferenceCancelled("the call was called off before it began")
            self._ends.add(end)
        try:
            yield
        finally:
            with self._lock:
                self._ends.discard(end)


_COVERING: ContextVar[tuple[Cancellation, ...]] = ContextVar("covering", default=())


def refuse_if_cancelled() -> None:
    """Raises ``InferenceCancelled`` where a token around this call was cancelled already."""
    if any(token.cancelled for token in _COVERING.get()):
        raise InferenceCancelled("the call was called off before it began")


@contextmanager
def ended_by(end: Callable[[], object]) -> Iterator[None]:
    """While the block runs, ``end`` is called (once or more, from any thread) when a token around it is
    cancelled."""
    with ExitStack() as stack:
        for token in _COVERING.get():
            stack.enter_context(token._ending(end))
        yield
