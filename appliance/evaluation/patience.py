"""Asking an engine until it answers: a full queue is waited for, a restarting engine for a bounded time."""

import threading
from collections.abc import Callable
from typing import TypeVar

from inference.errors import InferenceRefused, InferenceTimeout, InferenceUnavailable

Answer = TypeVar("Answer")

PAUSES_S = (2.0, 10.0, 30.0)
"""Before each further try where no engine answers; a restart takes about ten seconds."""

LONGEST_WAIT_S = 1800.0
"""In a full queue, in all."""


class Abandoned(Exception):
    """The run was interrupted while this item waited."""


def ask(call: Callable[[], Answer], stop: threading.Event) -> Answer:
    """The answer of ``call``. Raises its ``InferenceInvalid`` and ``InferenceTimeout`` at once, and
    ``InferenceUnavailable`` after the last try."""
    pauses = iter(PAUSES_S)
    waited_s = 0.0
    while True:
        try:
            return call()
        except InferenceRefused as refused:
            waited_s += refused.retry_after_s
            if waited_s > LONGEST_WAIT_S:
                raise InferenceTimeout(f"the queue stayed full for {LONGEST_WAIT_S:.0f} s") from refused
            pause_s = refused.retry_after_s
        except InferenceUnavailable:
            following = next(pauses, None)
            if following is None:
                raise
            pause_s = following
        if stop.wait(pause_s):
            raise Abandoned
