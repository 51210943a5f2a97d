"""The plan: GPUs, memory, rates and the delay of a report.

A unit is what serves on its own: the card or cards of one replica of the language model, shared with Triton's
instances there (without a GPU: the machine). An answer's work is spread over units; units needed =
rate x unit seconds an answer / target utilisation, or what the cache or the host's cores ask, if that is more. GPUs =
units, rounded up, x cards of a unit; machines = units / the profile's replicas.

Delay of a report after the last answer = waiting and work of the chain + the application's look for finished
analyses. Each stage visits the device, the host or both; a visit waits as in ``queueing``. Reading is dealt to one
replica by the answer (its cache is there), so it waits in that replica's own queue; the other visits wait for any
free unit or core. A room's own answers follow each other, so an answer meets the load of the other rooms, at a time
that is random to them (the arrival theorem of closed queues; Poisson arrivals of that load), and its own room's
previous answer only where that is still at work (a regular stream, waiting once). Variances of waits and of the
work (which grows with the answer's length) add up to the 95th percentile.

Two simplifications, the first on the safe side: an instance or a replica at work counts as its whole card, though
they overlap; and a card serves in the order of arrival, though engines on one card share its time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from inference.capacity import queueing, workload
from inference.capacity.architecture import Architecture
from inference.capacity.costs import Costs, Speed, speed
from inference.capacity.demand import Place, Stage, Work, work
from inference.capacity.devices import Device
from inference.capacity.figures import Case
from inference.capacity.memory import Memory, plan_memory
from inference.capacity.workload import Answers, Request, Workload
from inference.profile import Profile


class Inputs(Struct, frozen=True):
    """All that a plan is made from. ``reference`` is the model that measured rates belong to; ``reading_factor``
    makes the language model dearer, for the sensitivity."""

    request: Request
    workload: Workload
    profile: Profile
    costs: Costs
    device_name: str
    device: Device
    shape: Architecture
    reference: Architecture | None
    known_mb: Mapping[str, float]
    target: float = 0.7
    reading_factor: float = 1.0


class Rates(Struct, frozen=True):
    """A second, from all rooms together."""

    answers: float
    recorded_s: float
    speech_s: float
    pictures: float
    calls: float
    prompt_tokens: float
    computed_tokens: float
    generated_tokens: float


class Need(Struct, frozen=True):
    """Units before rounding up, by what asks for them."""

    device: float
    cache: float
    host: float

    @property
    def units(self) -> float:
        return max(self.device, self.cache, self.host)

    @property
    def bound_by(self) -> str:
        return max(("device", "cache", "host"), key=lambda name: float(getattr(self, name)))


class StageDelay(Struct, frozen=True):
    """Mean seconds of a stage: waiting, and work."""

    waiting_s: float
    work_s: float


class Delay(Struct, frozen=True):
    """Seconds from the last answer to the report. ``analysis_s`` is the mean of its analysis, ``previous_s`` what it
    waits for the same room's answer before it."""

    mean_s: float
    percentile_95_s: float
    analysis_s: float
    previous_s: float
    look_again_s: float
    stages: dict[Stage, StageDelay]


class Load(Struct, frozen=True):
    """What one case (expected, best, worst) of the inputs asks for."""

    arriving: Answers
    shares: list[tuple[float, Work]]
    memory: Memory
    need: Need

    def mean(self, stage: Stage, place: Place) -> float:
        """Mean seconds of a stage, of the ``device`` or the ``host``."""
        return sum(share * one.stages[stage].at(place) for share, one in self.shares)


def load(inputs: Inputs, case: Case = Case.EXPECTED) -> Load:
    """The work, the memory and the units needed. Raises :class:`~inference.capacity.figures.CapacityInvalid`."""
    memory = plan_memory(inputs.profile, inputs.shape, inputs.device, inputs.costs, inputs.known_mb)
    arriving = workload.answers(inputs.request, inputs.workload)
    fast = _speed(inputs, case, memory.tensor_parallel)
    shares = [
        (share, work(kind, arriving, inputs.workload, inputs.costs, inputs.shape, fast, case))
        for kind, share in arriving.shares.items()
        if share > 0.0
    ]
    found = Load(arriving, shares, memory, Need(0.0, 0.0, 0.0))
    return msgspec.structs.replace(found, need=need(inputs, found))


def _speed(inputs: Inputs, case: Case, tensor_parallel: int) -> Speed:
    return speed(inputs.costs, inputs.device, inputs.reference, case, tensor_parallel, inputs.reading_factor)


def unit_seconds(found: Load, stage: Stage) -> float:
    """Seconds of a whole unit for a stage: Triton's instances keep one of its cards busy, reading keeps all."""
    cards = 1 if stage is Stage.READING else found.memory.tensor_parallel
    return found.mean(stage, "device") / cards


def need(inputs: Inputs, found: Load) -> Need:
    rate, target = found.arriving.rate, inputs.target
    device = rate * sum(unit_seconds(found, stage) for stage in Stage) / target
    host_s = sum(found.mean(stage, "host") for stage in Stage)
    cores = inputs.costs.host_cores / inputs.profile.llm.replicas
    host = rate * host_s / (target * cores) if cores > 0.0 else 0.0
    # An answer being read holds its tokens for as long as it is read at the target utilisation (Little's law).
    reading_s = found.mean(Stage.READING, "device") / (1.0 - target)
    kept = sum(share * one.tokens.kept for share, one in found.shares)
    return Need(device, rate * reading_s * kept / found.memory.cache_tokens, host)


def machines_of(inputs: Inputs, units: int) -> int:
    """Machines with the profile's replicas each, for this many units."""
    return math.ceil(units / inputs.profile.llm.replicas)


def rates(found: Load) -> Rates:
    """Offered load in the units people ask for."""

    def a_second(amounts: list[float]) -> float:
        return found.arriving.rate * sum(
            share * amount for (share, _), amount in zip(found.shares, amounts, strict=True)
        )

    works = [one for _, one in found.shares]
    return Rates(
        answers=found.arriving.rate,
        recorded_s=a_second([one.sound_s for one in works]),
        speech_s=a_second([one.speech_s for one in works]),
        pictures=a_second([one.pictures for one in works]),
        calls=a_second([one.tokens.calls for one in works]),
        prompt_tokens=a_second([one.tokens.prompt for one in works]),
        computed_tokens=a_second([one.tokens.computed for one in works]),
        generated_tokens=a_second([one.tokens.generated for one in works]),
    )


class Visits(Struct, frozen=True):
    """All visits of a pool together: each answer's sum of seconds there, how many visits it is made of, and the
    mean square of a visit."""

    seconds: float
    number: float
    square: float

    @property
    def mean_s(self) -> float:
        return self.seconds / self.number if self.number else 0.0

    @property
    def scv(self) -> float:
        return self.square / self.number / self.mean_s**2 - 1.0 if self.number else 0.0


def _visits(found: Load, place: Place, length_cv: float) -> Visits:
    seconds = number = square = 0.0
    for share, one in found.shares:
        for stage in Stage:
            cards = found.memory.tensor_parallel if place == "device" and stage is not Stage.READING else 1
            spent = one.stages[stage].at(place) / cards
            if spent > 0.0:
                seconds, number = seconds + share * spent, number + share
                square += share * spent**2 * (1.0 + length_cv**2)
    return Visits(seconds, number, square)


def delay(inputs: Inputs, found: Load, units: int) -> Delay:
    """Of a report when ``units`` serve; infinite when they cannot."""
    length_cv = inputs.workload.interview.length_cv
    cores = inputs.costs.host_cores * machines_of(inputs, units)
    servers: dict[Place, int] = {"device": units, "host": max(cores, 1)}
    visits = {place: _visits(found, place, length_cv) for place in servers}
    stages: dict[Stage, StageDelay] = {}
    variance = 0.0
    for stage in Stage:
        waiting = 0.0
        for place, count in servers.items():
            visiting = sum(share for share, one in found.shares if one.stages[stage].at(place) > 0.0)
            if visiting <= 0.0:
                continue
            one_wait = _behind_others(inputs, found, visits[place], count, alone=stage is Stage.READING)
            waiting += visiting * one_wait.mean_s
            variance += visiting * one_wait.variance
        stages[stage] = StageDelay(waiting, found.mean(stage, "device") + found.mean(stage, "host"))
    own = _behind_own(inputs, found, units)
    variance += own.variance
    analysis_s = own.mean_s + sum(one.waiting_s + one.work_s for one in stages.values())
    look_s = _look_again(inputs.workload, analysis_s)
    variance += _work_variance(found, length_cv) + look_s**2 / 3.0
    mean_s = analysis_s + look_s
    percentile = queueing.percentile_95(mean_s, variance)
    return Delay(mean_s, percentile, analysis_s, own.mean_s, look_s, stages)


def _behind_others(
    inputs: Inputs, found: Load, visits: Visits, servers: int, *, alone: bool
) -> queueing.Wait:
    """The wait of one visit: for any of the servers, or ``alone`` for the one that the answer was dealt to."""
    everybody = found.arriving.rate * visits.number
    if everybody * visits.mean_s >= servers:
        return queueing.Wait(math.inf, math.inf, 1.0)
    others = everybody * max(1.0 - 1.0 / inputs.request.interviews, 0.0)
    if alone:
        return queueing.wait(1, others / servers, visits.mean_s, 1.0, visits.scv)
    return queueing.wait(servers, others, visits.mean_s, 1.0, visits.scv)


def _behind_own(inputs: Inputs, found: Load, units: int) -> queueing.Wait:
    """The wait for the same room's answer before, as one stream of whole answers over all units."""
    interview = inputs.workload.interview
    rate = found.arriving.rate / max(inputs.request.interviews, 1.0)
    seconds = sum(unit_seconds(found, stage) for stage in Stage)
    return queueing.wait(units, rate, seconds, interview.interval_cv**2, interview.length_cv**2)


def _work_variance(found: Load, length_cv: float) -> float:
    """All stages of an answer grow with its length together, so their sum varies as the length does."""
    totals = [(share, sum(stage.seconds for stage in one.stages.values())) for share, one in found.shares]
    mean = sum(share * total for share, total in totals)
    return sum(share * total**2 * (1.0 + length_cv**2) for share, total in totals) - mean**2


def _look_again(workload: Workload, analysis_s: float) -> float:
    """Half an interval on average: the report's job looks at regular times, the analysis ends at any."""
    application = workload.application
    return max(application.look_again_s, application.patience_share * analysis_s) / 2.0
