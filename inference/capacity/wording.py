"""A plan in plain words."""

from __future__ import annotations

import math

from inference.capacity.figures import Basis
from inference.capacity.sensitivity import INTERVIEWS
from inference.capacity.site import SitePlan

NEGLIGIBLE = 0.05
"""An input whose elasticity is smaller is not worth a line."""

CARDS_A_SERVER = 8
"""More cards are seldom found in one server."""

BOUND = {
    "device": "the work itself",
    "cache": "the memory for prompts in progress",
    "host": "the host's processor cores",
}


def lines(plan: SitePlan) -> list[str]:
    """What a person reads, from the answer to its reasons."""
    return [
        *_answer(plan),
        *_rates(plan),
        *_delay(plan),
        *_memory(plan),
        *_remarks(plan),
        *_sensitivity(plan),
        *_origins(plan),
    ]


def _answer(plan: SitePlan) -> list[str]:
    said = [
        f"{_counted(plan.interviews, 'interview')} of {_counted(plan.minutes, 'minute')} at the same time, profile "
        f"{plan.profile} "
        f"({plan.language_model} on {plan.device})",
        "",
    ]
    machines = f"{plan.machines} machine{'s' if plan.machines > 1 else ''}"
    if plan.gpus:
        said.append(f"GPUs          {plan.gpus} x {plan.device}, in {machines}")
    else:
        said.append(f"GPUs          none; {machines} of the class {plan.device}")
    best, worst = (
        max(math.ceil(units - 1e-9), 1) * (plan.cards_a_unit if plan.gpus else 1)
        for units in (plan.units_best, plan.units_worst)
    )
    said += [
        f"              {plan.units_exact * plan.cards_a_unit:.2f} before rounding up, asked for by "
        f"{BOUND[plan.bound_by]}; {best} to {worst} over the stated ranges",
        f"Busy          {plan.busy.device:.0%} (language model {plan.busy.language_model:.0%}); at most "
        f"{plan.target:.0%} is planned",
    ]
    if plan.busy.host:
        said.append(f"Host cores    {plan.busy.host:.0%} busy")
    return said


def _counted(number: float, noun: str) -> str:
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


def _rates(plan: SitePlan) -> list[str]:
    rates = plan.rates
    return [
        f"Speech        {rates.speech_s:.2f} s of speech a second ({rates.recorded_s:.2f} s of recording)",
        f"Pictures      {rates.pictures:.1f} a second",
        f"Tokens        {rates.prompt_tokens:.0f} prompt tokens a second, {rates.computed_tokens:.0f} of them computed "
        f"and the rest from the cache; {rates.generated_tokens:.1f} generated; {rates.calls:.1f} calls",
    ]


def _delay(plan: SitePlan) -> list[str]:
    delay = plan.delay
    said = [
        f"Report        {delay.mean_s:.1f} s after the last answer on average, 95 of 100 within "
        f"{delay.percentile_95_s:.1f} s"
    ]
    said += [
        f"  {stage.value:<12}{one.work_s:8.2f} s of work, {one.waiting_s:.2f} s of waiting"
        for stage, one in delay.stages.items()
    ]
    said.append(f"  {'before':<12}{delay.previous_s:8.2f} s of waiting for the same room's answer before")
    return [*said, f"  {'report':<12}{delay.look_again_s:8.2f} s until the application looks again"]


def _memory(plan: SitePlan) -> list[str]:
    memory = plan.memory
    return [
        f"Memory        language model {memory.language_model_gb:.1f} of {memory.language_model_room_gb:.1f} GB: "
        f"weights {memory.weights_gb:.1f}, activations {memory.activations_gb:.1f}, cache {memory.cache_gb:.1f} "
        f"({memory.cache_tokens:.0f} tokens)",
        f"              Triton {memory.triton_gb:.1f} of {memory.triton_room_gb:.1f} GB",
    ]


def _remarks(plan: SitePlan) -> list[str]:
    """What is to be changed for the plan to hold."""
    said = []
    if plan.units > plan.units_a_machine:
        said.append(
            f"As shipped the profile runs {plan.units_a_machine} of the {plan.units} replicas needed. {_more(plan)}"
        )
    if plan.cards_a_unit > 1:
        said.append(
            f"One replica needs {plan.cards_a_unit} cards: set tensor_parallel = {plan.cards_a_unit}."
        )
    if plan.analyses_needed > plan.analyses_at_once:
        said.append(
            f"The application analyses {plan.analyses_at_once} answers at once and so keeps up with about "
            f"{math.floor(plan.analyses_serve)} such interviews; this needs {plan.analyses_needed} at once, and the "
            "delay above assumes them."
        )
    said += [
        f"{one.model}: {one.shipped} instance{'s' if one.shipped > 1 else ''} a card; this load needs {one.needed}."
        for one in plan.instances
        if one.needed > one.shipped
    ]
    return ["", "To do", *(f"  {one}" for one in said)] if said else []


def _more(plan: SitePlan) -> str:
    if not plan.gpus:
        return f"Run {plan.machines} of these machines, or choose a GPU profile."
    if plan.gpus > CARDS_A_SERVER:
        return (
            f"Run {plan.machines} servers like this profile's with a gateway before each kind of engine, named in "
            "[llm] addresses and [triton] address."
        )
    return (
        f"One server with {plan.gpus} cards: set [llm] replicas = {plan.units}, Triton puts its instances on each. "
        f"Or {plan.machines} servers with a gateway before each kind of engine, named in [llm] addresses and "
        "[triton] address."
    )


def _sensitivity(plan: SitePlan) -> list[str]:
    shown = [one for one in plan.sensitivity if max(abs(one.units), abs(one.delay)) >= NEGLIGIBLE]
    if not shown:
        return []
    # That twice as many interviews need twice as much is no news; the others can be measured better or changed.
    inputs = [one for one in shown if one.name != INTERVIEWS] or shown
    slowest = max(inputs, key=lambda one: abs(one.delay))
    what = "GPUs" if plan.gpus else "Machines"
    return [
        "",
        f"Most sensitive, besides to the interviews themselves: {what} to {inputs[0].name}; delay to {slowest.name}",
        f"  {'10 % more of':<40}{what:>10}{'Delay':>10}",
        *(f"  {one.name:<40}{one.units * 10:>+9.1f}%{one.delay * 10:>+9.1f}%" for one in shown),
    ]


def _origins(plan: SitePlan) -> list[str]:
    measured = [one for one in plan.figures if one.basis is Basis.MEASURED]
    assumed = [one for one in plan.figures if one.basis is Basis.ASSUMED]
    said = ["", f"Measured: {', '.join(one.name for one in measured) or 'nothing'}."]
    if plan.gpus:
        said.append(
            "  The measured ones are of another machine's processor cores; nothing was measured on this card."
        )
    if assumed:
        said.append("Assumed, not measured here:")
        said += [
            f"  {one.name}: {one.value:g} ({one.low:g} to {one.high:g}); {one.source}" for one in assumed
        ]
    said.append(f"Device: {plan.device_source}.")
    said.append(
        "Lengths, pauses, tokens and kinds of answers: config/capacity/workload.toml, change it to your own."
    )
    return said
