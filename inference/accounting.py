"""What calls cost: one record for each engine asked, and their sums for metrics and the capacity plan.

Records hold numbers and names of models and engines, never anything that was said, shown or answered.
"""

import logging
import threading
from collections.abc import Callable
from typing import Literal

from msgspec import Struct, structs

from inference.errors import (
    InferenceCancelled,
    InferenceInvalid,
    InferenceRefused,
    InferenceTimeout,
)

Outcome = Literal["ok", "refused", "timeout", "cancelled", "invalid", "unavailable"]

_OUTCOMES: tuple[tuple[type[BaseException], Outcome], ...] = (
    (InferenceRefused, "refused"),
    (InferenceTimeout, "timeout"),
    (InferenceCancelled, "cancelled"),
    (InferenceInvalid, "invalid"),
)


class Usage(Struct, frozen=True, kw_only=True):
    """What an engine says that an answer took: tokens read (of them ``cached_tokens`` found in the prefix
    cache) and tokens written. Zero where an engine does not count."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


class CallRecord(Struct, frozen=True, kw_only=True):
    """One engine asked once. ``queued_s`` passed until it had a place, ``worked_s`` from then to the answer or
    failure. ``audio_s`` (seconds of sound), ``pictures`` and ``texts`` are what was sent."""

    verb: str
    address: str
    model: str
    model_sha256: str
    outcome: Outcome
    queued_s: float
    worked_s: float
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    audio_s: float = 0.0
    pictures: int = 0
    texts: int = 0


class Totals(Struct, frozen=True, kw_only=True):
    """The sums over all calls of one verb at one engine with one model. Seconds at work, tokens and amounts
    are of the calls that were answered (``outcomes["ok"]``), so that their quotients are costs per unit;
    ``queued_s`` is of all."""

    verb: str
    address: str
    model: str
    model_sha256: str
    outcomes: dict[Outcome, int]
    queued_s: float = 0.0
    worked_s: float = 0.0
    longest_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    audio_s: float = 0.0
    pictures: int = 0
    texts: int = 0

    @property
    def calls(self) -> int:
        """Engines asked, whatever came of it."""
        return sum(self.outcomes.values())


class Snapshot(Struct, frozen=True):
    """All totals at one moment, by verb, address and model."""

    totals: list[Totals]


Observer = Callable[[CallRecord], None]


class Accounting:
    """The sums of one process. ``observer`` sees each record as it is made, in the thread of the calls: it must
    be quick. What it raises is logged and costs no answer."""

    def __init__(self, observer: Observer | None = None) -> None:
        self._observer = observer
        self._lock = threading.Lock()
        self._totals: dict[tuple[str, str, str, str], Totals] = {}

    def record(self, call: CallRecord) -> None:
        """Adds one call."""
        key = (call.verb, call.address, call.model, call.model_sha256)
        with self._lock:
            self._totals[key] = _added(self._totals.get(key) or _nothing_yet(call), call)
        if self._observer is not None:
            try:
                self._observer(call)
            except Exception:
                logging.getLogger(__name__).exception("the observer of inference calls failed")

    def snapshot(self) -> Snapshot:
        """The sums so far."""
        with self._lock:
            return Snapshot([totals for _, totals in sorted(self._totals.items())])


def outcome_of(failure: BaseException) -> Outcome:
    """How a failure counts."""
    for kind, outcome in _OUTCOMES:
        if isinstance(failure, kind):
            return outcome
    return "unavailable"


def _nothing_yet(call: CallRecord) -> Totals:
    return Totals(
        verb=call.verb,
        address=call.address,
        model=call.model,
        model_sha256=call.model_sha256,
        outcomes={},
    )


def _added(totals: Totals, call: CallRecord) -> Totals:
    outcomes = totals.outcomes | {call.outcome: totals.outcomes.get(call.outcome, 0) + 1}
    queued_s = totals.queued_s + call.queued_s
    if call.outcome != "ok":
        return structs.replace(totals, outcomes=outcomes, queued_s=queued_s)
    return structs.replace(
        totals,
        outcomes=outcomes,
        queued_s=queued_s,
        worked_s=totals.worked_s + call.worked_s,
        longest_s=max(totals.longest_s, call.worked_s),
        prompt_tokens=totals.prompt_tokens + call.prompt_tokens,
        completion_tokens=totals.completion_tokens + call.completion_tokens,
        cached_tokens=totals.cached_tokens + call.cached_tokens,
        audio_s=totals.audio_s + call.audio_s,
        pictures=totals.pictures + call.pictures,
        texts=totals.texts + call.texts,
    )
