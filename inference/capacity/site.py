"""A whole plan as one document: what ``installer.py plan`` prints."""

from __future__ import annotations

import math

from msgspec import Struct

from inference.capacity import plan, sensitivity, workload
from inference.capacity.demand import Stage
from inference.capacity.figures import Basis, Case, within
from inference.capacity.memory import Memory
from inference.capacity.plan import Delay, Inputs, Load, Rates
from inference.capacity.sensitivity import Elasticity


class Origin(Struct, frozen=True):
    """A figure that the plan used."""

    name: str
    value: float
    low: float
    high: float
    basis: Basis
    source: str


class Instances(Struct, frozen=True):
    """A Triton model's instances on each card (or in the one machine): the profile's, and what this load keeps busy
    to the target."""

    model: str
    shipped: int
    needed: int


class Busy(Struct, frozen=True):
    """Shares of the units' time, at the units planned."""

    device: float
    language_model: float
    host: float


class SitePlan(Struct, frozen=True):
    """Everything that is said about a site. ``gpus`` is 0 where the profile uses none; ``units_exact`` is before
    rounding up, ``units_best`` and ``units_worst`` at the ends of the stated ranges.
    ``analyses_serve`` is about how many interviews the application's analyses at once keep up with, when an
    analysis takes as long as it does here."""

    profile: str
    device: str
    device_source: str
    language_model: str
    interviews: float
    minutes: float
    answers_an_interview: float
    target: float
    gpus: int
    units: int
    units_exact: float
    units_best: float
    units_worst: float
    cards_a_unit: int
    bound_by: str
    machines: int
    units_a_machine: int
    busy: Busy
    rates: Rates
    delay: Delay
    analyses_at_once: int
    analyses_needed: int
    analyses_serve: float
    memory: Memory
    instances: list[Instances]
    sensitivity: list[Elasticity]
    figures: list[Origin]


def plan_site(inputs: Inputs) -> SitePlan:
    """The plan. Raises :class:`~inference.capacity.figures.CapacityInvalid` naming the input that cannot be."""
    workload.checked(inputs.request, inputs.workload)
    within("target", inputs.target, 0.05, 0.95, "of the time busy")
    expected = plan.load(inputs)
    units = max(math.ceil(expected.need.units - 1e-9), 1)
    a_machine = inputs.profile.llm.replicas
    gpu = inputs.device.kind == "gpu"
    waited = plan.delay(inputs, expected, units)
    at_once = inputs.profile.answers_at_once
    in_analysis = expected.arriving.rate * waited.analysis_s
    return SitePlan(
        profile=inputs.profile.name,
        device=inputs.device_name,
        device_source=inputs.device.source,
        language_model=inputs.profile.llm.model,
        interviews=inputs.request.interviews,
        minutes=inputs.request.minutes,
        answers_an_interview=expected.arriving.an_interview,
        target=inputs.target,
        gpus=units * expected.memory.tensor_parallel if gpu else 0,
        units=units,
        units_exact=expected.need.units,
        units_best=plan.load(inputs, Case.BEST).need.units,
        units_worst=plan.load(inputs, Case.WORST).need.units,
        cards_a_unit=expected.memory.tensor_parallel,
        bound_by=expected.need.bound_by,
        machines=plan.machines_of(inputs, units),
        units_a_machine=a_machine,
        busy=_busy(inputs, expected, units),
        rates=plan.rates(expected),
        delay=waited,
        analyses_at_once=at_once,
        analyses_needed=max(math.ceil(in_analysis / inputs.target), 1),
        analyses_serve=inputs.request.interviews * at_once * inputs.target / in_analysis,
        memory=expected.memory,
        instances=_instances(inputs, expected, units),
        sensitivity=sensitivity.elasticities(inputs, units),
        figures=_origins(inputs, expected),
    )


def _busy(inputs: Inputs, found: Load, units: int) -> Busy:
    rate = found.arriving.rate
    device = rate * sum(plan.unit_seconds(found, stage) for stage in Stage) / units
    cores = inputs.costs.host_cores * plan.machines_of(inputs, units)
    host = rate * sum(found.mean(stage, "host") for stage in Stage) / cores if cores else 0.0
    return Busy(device, rate * plan.unit_seconds(found, Stage.READING) / units, host)


def _instances(inputs: Inputs, found: Load, units: int) -> list[Instances]:
    cards = units * found.memory.tensor_parallel
    needed = []
    for name, served in inputs.profile.triton.models.items():
        busy = found.arriving.rate * sum(share * one.models.get(name, 0.0) for share, one in found.shares)
        if busy > 0.0:
            needed.append(
                Instances(name, served.instances, max(math.ceil(busy / (inputs.target * cards) - 1e-9), 1))
            )
    return needed


def _origins(inputs: Inputs, found: Load) -> list[Origin]:
    """The figures that played a part: costs of models that nobody asks are left out."""
    silent = {name for name, cost in inputs.costs.models.items() if name in inputs.profile.triton.models}
    silent -= {name for _, one in found.shares for name in one.models}
    return [
        Origin(name, one.value, one.low, one.high, one.basis, one.source)
        for name, one in inputs.costs.figures().items()
        if name not in silent
    ]
