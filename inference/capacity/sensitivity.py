"""Which input a plan depends on most: each is taken 20 % lower and higher, all else equal.

The elasticity is (ln f(1.2 x) - ln f(0.8 x)) / (ln 1.2 - ln 0.8): per cent of result for one per cent of input, of
the units before rounding up, and of the delay with the units planned.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
from msgspec import Struct

from inference.capacity.figures import CapacityInvalid
from inference.capacity.plan import Inputs, delay, load
from inference.capacity.workload import with_competencies

LOW, HIGH = 0.8, 1.2


class Elasticity(Struct, frozen=True):
    """Per cent of units and of delay for one per cent of the input."""

    name: str
    units: float
    delay: float


Change = Callable[[Inputs, float], Inputs]


def elasticities(inputs: Inputs, units: int) -> list[Elasticity]:
    """Every input's, the one that moves the units most first."""
    found = [_elasticity(name, change, inputs, units) for name, change in CHANGES.items()]
    return sorted(
        (one for one in found if one is not None), key=lambda one: (-abs(one.units), -abs(one.delay))
    )


def _elasticity(name: str, change: Change, inputs: Inputs, units: int) -> Elasticity | None:
    """None where the input plays no part here or a changed one is not possible."""
    try:
        low, high = load(change(inputs, LOW)), load(change(inputs, HIGH))
    except CapacityInvalid:
        return None
    before, after = (
        delay(change(inputs, factor), one, units).mean_s for factor, one in ((LOW, low), (HIGH, high))
    )
    if not math.isfinite(before + after) or min(low.need.units, high.need.units) <= 0.0:
        return None
    span = math.log(HIGH / LOW)
    return Elasticity(
        name, math.log(high.need.units / low.need.units) / span, math.log(after / before) / span
    )


def _of_interview(field: str, *, inverse: bool = False) -> Change:
    def change(inputs: Inputs, factor: float) -> Inputs:
        interview = inputs.workload.interview
        value = float(getattr(interview, field)) * (1.0 / factor if inverse else factor)
        interview = msgspec.structs.replace(interview, **{field: value})
        return msgspec.structs.replace(
            inputs, workload=msgspec.structs.replace(inputs.workload, interview=interview)
        )

    return change


def _of_reading(field: str) -> Change:
    def change(inputs: Inputs, factor: float) -> Inputs:
        reading = inputs.workload.reading
        reading = msgspec.structs.replace(reading, **{field: float(getattr(reading, field)) * factor})
        return msgspec.structs.replace(
            inputs, workload=msgspec.structs.replace(inputs.workload, reading=reading)
        )

    return change


def _interviews(inputs: Inputs, factor: float) -> Inputs:
    request = msgspec.structs.replace(inputs.request, interviews=inputs.request.interviews * factor)
    return msgspec.structs.replace(inputs, request=request)


def _calls(inputs: Inputs, factor: float) -> Inputs:
    reading = inputs.workload.reading
    beginnings = [
        msgspec.structs.replace(
            one, asked=[msgspec.structs.replace(end, calls=end.calls * factor) for end in one.asked]
        )
        for one in reading.beginnings
    ]
    reading = msgspec.structs.replace(reading, beginnings=beginnings)
    return msgspec.structs.replace(inputs, workload=msgspec.structs.replace(inputs.workload, reading=reading))


def _guide_tokens(inputs: Inputs, factor: float) -> Inputs:
    reading = inputs.workload.reading
    beginnings = [msgspec.structs.replace(one, tokens=one.tokens * factor) for one in reading.beginnings]
    reading = msgspec.structs.replace(reading, beginnings=beginnings)
    return msgspec.structs.replace(inputs, workload=msgspec.structs.replace(inputs.workload, reading=reading))


def _competencies(inputs: Inputs, factor: float) -> Inputs:
    changed = with_competencies(inputs.workload, inputs.workload.reading.competencies * factor)
    return msgspec.structs.replace(inputs, workload=changed)


def _cost_of(*names: str) -> Change:
    def change(inputs: Inputs, factor: float) -> Inputs:
        return msgspec.structs.replace(inputs, costs=inputs.costs.scaled(frozenset(names), factor))

    return change


def _reading_cost(inputs: Inputs, factor: float) -> Inputs:
    return msgspec.structs.replace(inputs, reading_factor=inputs.reading_factor * factor)


INTERVIEWS = "interviews at the same time"

CHANGES: dict[str, Change] = {
    INTERVIEWS: _interviews,
    "answers an interview (same minutes)": _of_interview("question_s", inverse=True),
    "recorded share of an interview": _of_interview("recorded_share"),
    "speech share of a recording": _of_interview("speech_share"),
    "tokens a second of speech": _of_reading("tokens_per_speech_s"),
    "competencies a question": _competencies,
    "calls an answer": _calls,
    "tokens of scoring guides": _guide_tokens,
    "language model's cost a token": _reading_cost,
    "transcription's cost a second": _cost_of("transcribe"),
    "cost a picture": _cost_of("face_detect", "face_mesh", "expression", "movement", "decode_pictures"),
    "prosody's and voice activity's cost": _cost_of("prosody", "vad"),
}
"""What is varied. Minutes are left out: at a given number of interviews they change the answers as the second does."""
