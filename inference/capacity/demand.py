"""The work of one answer, stage by stage, from the workload and the costs.

Sound: seconds of recording x passes x cost. Pictures: seconds of recording x pictures a second x passes x cost.
Reading: each shared beginning is computed once; each call that follows computes its own tokens and what of the
beginning does not fill a block of the engine's cache; one set of logits a call; every token after the first is one
more step, taken by the calls of a kind side by side.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from inference.capacity.architecture import Architecture
from inference.capacity.costs import DECODE_PICTURES, DECODE_SOUND, Costs, Speed
from inference.capacity.figures import Case
from inference.capacity.workload import Answers, Beginning, Kind, ReadingLoad, Workload

Place = Literal["device", "host"]


class Stage(StrEnum):
    """The chain of an answer, in its order; the names are the application's."""

    DECODING = "decoding"
    LISTENING = "listening"
    WATCHING = "watching"
    READING = "reading"


class StageWork(Struct, frozen=True):
    """Seconds of one stage: of the device (a card, or the machine without one) and of one core of its host."""

    device_s: float = 0.0
    host_s: float = 0.0

    @property
    def seconds(self) -> float:
        return self.device_s + self.host_s

    def at(self, place: Place) -> float:
        """Seconds there."""
        return self.device_s if place == "device" else self.host_s


class Tokens(Struct, frozen=True):
    """Of one answer: calls, tokens put to the model, tokens it computes after its cache, tokens generated, and the
    tokens that all calls of the answer keep in the cache."""

    calls: float = 0.0
    prompt: float = 0.0
    computed: float = 0.0
    generated: float = 0.0
    kept: float = 0.0


class Work(Struct, frozen=True):
    """All of one answer; ``models`` are seconds of each speech and vision model."""

    sound_s: float
    speech_s: float
    pictures: float
    tokens: Tokens
    stages: dict[Stage, StageWork]
    models: dict[str, float]


def work(
    kind: Kind,
    arriving: Answers,
    workload: Workload,
    costs: Costs,
    shape: Architecture,
    speed: Speed,
    case: Case,
) -> Work:
    """One answer of mean length."""
    sound_s = 0.0 if kind is Kind.TYPED else arriving.recorded_s
    speech_s = sound_s * workload.interview.speech_share
    pictures = sound_s * workload.passes.pictures_per_s if kind is Kind.VIDEO else 0.0
    used = {name: sound_s * times for name, times in workload.passes.sound.items()}
    used |= {name: pictures * times for name, times in workload.passes.pictures.items()}
    models = {
        name: amount * costs.model(name).seconds.cost(case) for name, amount in used.items() if amount > 0.0
    }
    decoding = {DECODE_SOUND: sound_s, DECODE_PICTURES: sound_s if kind is Kind.VIDEO else 0.0}
    decoded = {name: amount * costs.model(name).seconds.cost(case) for name, amount in decoding.items()}
    reading = workload.reading
    length = reading.typed_tokens if kind is Kind.TYPED else reading.tokens_per_speech_s * speech_s
    tokens, reading_s = _reading(
        reading, min(length, reading.most_tokens), workload.interview.length_cv, shape, speed
    )
    watching = {name: models[name] for name in workload.passes.pictures if name in models}
    watching |= {DECODE_PICTURES: decoded[DECODE_PICTURES]}
    return Work(
        sound_s=sound_s,
        speech_s=speech_s,
        pictures=pictures,
        tokens=tokens,
        stages={
            Stage.DECODING: _placed({DECODE_SOUND: decoded[DECODE_SOUND]}, costs),
            Stage.LISTENING: _placed(
                {name: models[name] for name in workload.passes.sound if name in models}, costs
            ),
            Stage.WATCHING: _placed(watching, costs),
            Stage.READING: StageWork(device_s=reading_s),
        },
        models=models,
    )


def _placed(seconds: dict[str, float], costs: Costs) -> StageWork:
    device = sum(spent for name, spent in seconds.items() if costs.model(name).runs_on == "device")
    return StageWork(device, sum(seconds.values()) - device)


def _reading(
    reading: ReadingLoad, length: float, length_cv: float, shape: Architecture, speed: Speed
) -> tuple[Tokens, float]:
    """Tokens of one answer, and the device's seconds for them."""
    calls = prompt = computed = generated = kept = flops = read = 0.0
    for one in reading.beginnings:
        count = reading.beginnings_of(one)
        begins = one.tokens + length
        again = uncached(begins, length * length_cv, speed.block_tokens)
        flops += count * shape.prefill_flops(begins)
        computed += count * begins
        kept += count * (begins + sum(end.calls * end.own_tokens for end in one.asked))
        for place, end in enumerate(one.asked):
            # The very first call computes the beginning; every later one only its rest.
            later = max(end.calls - 1.0, 0.0) if place == 0 else end.calls
            tokens = end.calls * end.own_tokens + later * again
            flops += count * (tokens * shape.prefill_flops(1.0, begins) + end.calls * shape.logits_flops)
            computed += count * tokens
            generated += count * end.calls * end.generated_tokens
            steps = end.generated_tokens - 1.0
            read += steps * shape.decode_bytes(count * end.calls * (begins + end.own_tokens))
        calls += count * sum(end.calls for end in one.asked)
        prompt += count * _asked_tokens(one, begins)
    seconds = flops / speed.flops + read / speed.bytes + calls * speed.overhead_s
    return Tokens(calls, prompt, computed, generated, kept), seconds


def _asked_tokens(one: Beginning, begins: float) -> float:
    return math.fsum(end.calls * (begins + end.own_tokens) for end in one.asked)


def uncached(begins: float, deviation: float, block: float) -> float:
    """Tokens of a beginning that a further call computes again: what does not fill a whole block. Its mean over
    lengths spread evenly with this standard deviation around ``begins``."""
    half = max(deviation * math.sqrt(3.0), 0.5)
    low, high = max(begins - half, 0.0), begins + half
    return (_remainders(high, block) - _remainders(low, block)) / (high - low)


def _remainders(length: float, block: float) -> float:
    """The integral of ``length mod block`` from 0 to ``length``."""
    whole, rest = divmod(length, block)
    return (whole * block * block + rest * rest) / 2.0
