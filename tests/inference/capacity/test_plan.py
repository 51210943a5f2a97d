"""A plan answers with GPUs and delay, and moves the right way when its inputs do."""

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.capacity import plan, queueing
from inference.capacity.demand import Stage
from inference.capacity.figures import Basis, CapacityInvalid
from inference.capacity.plan import Inputs
from inference.capacity.sensitivity import INTERVIEWS
from inference.capacity.site import SitePlan, plan_site
from inference.capacity.workload import Request
from tests.inference.capacity import shipped

PROFILES = st.sampled_from(["eval-cpu", "gpu-single", "gpu-rack"])
INTERVIEWS_AT_ONCE = st.integers(1, 20_000)


def with_changes(inputs: Inputs, **changed: object) -> Inputs:
    return msgspec.structs.replace(inputs, **changed)


def test_what_a_site_offers_is_interviews_times_what_each_offers() -> None:
    site = plan_site(shipped.inputs(interviews=100, minutes=15))
    assert site.answers_an_interview == 6
    assert site.rates.answers == pytest.approx(100 * 6 / 900)
    assert site.rates.recorded_s == pytest.approx(100 * 0.6)
    assert site.rates.speech_s == pytest.approx(100 * 0.6 * 0.85)
    assert site.rates.pictures == pytest.approx(60)
    assert site.rates.calls == pytest.approx(10 * site.rates.answers)


def test_the_gpus_are_the_work_over_the_target_rounded_up() -> None:
    inputs = shipped.inputs()
    site, found = plan_site(inputs), plan.load(inputs)
    seconds = sum(plan.unit_seconds(found, stage) for stage in found.shares[0][1].stages)
    assert site.units_exact == pytest.approx(site.rates.answers * seconds / 0.7)
    assert site.gpus == math.ceil(site.units_exact)
    assert site.busy.device == pytest.approx(site.rates.answers * seconds / site.gpus)
    assert site.busy.device <= 0.7


def test_the_evaluation_profile_has_no_gpu_and_serves_one_interview() -> None:
    site = plan_site(shipped.inputs("eval-cpu", interviews=1))
    assert (site.gpus, site.units, site.machines) == (0, 1, 1)
    assert site.analyses_needed <= site.analyses_at_once


def test_a_site_too_large_for_one_machine_is_told_how_many() -> None:
    site = plan_site(shipped.inputs(interviews=10_000))
    assert site.machines == site.units == site.gpus > 100
    rack = plan_site(shipped.inputs("gpu-rack", interviews=10_000))
    assert rack.machines == math.ceil(rack.units / 3)


def test_a_replica_spread_over_two_cards_counts_both() -> None:
    site = plan_site(shipped.two_cards_a_replica())
    assert site.cards_a_unit == 2
    assert site.gpus == 2 * site.units


def test_the_delay_is_the_sum_of_its_parts() -> None:
    delay = plan_site(shipped.inputs()).delay
    parts = sum(stage.waiting_s + stage.work_s for stage in delay.stages.values())
    assert delay.mean_s == pytest.approx(parts + delay.previous_s + delay.look_again_s)
    assert delay.percentile_95_s > delay.mean_s


def test_waits_are_those_of_the_formulas_by_hand() -> None:
    """Visits of 7.2 s (listening) and some (reading) on seven cards, behind 99 of the 100 rooms; lengths vary by half.
    Listening waits for any card, reading for its own."""
    inputs = shipped.inputs(interviews=100)
    found = plan.load(inputs)
    delay = plan.delay(inputs, found, 7)
    listening_s, reading_s = (0.06 + 0.02) * 90, found.mean(Stage.READING, "device")
    visits_a_second = 2 * 100 * 6 / 900 * 0.99
    mean_s, square = (listening_s + reading_s) / 2, (listening_s**2 + reading_s**2) / 2 * 1.25
    alone = visits_a_second / 7
    own_queue_s = alone * square / (2 * (1 - alone * mean_s))
    assert delay.stages[Stage.READING].waiting_s == pytest.approx(own_queue_s)
    load = visits_a_second * mean_s
    any_card_s = queueing.erlang_c(7, load) * mean_s / (7 - load) * square / mean_s**2 / 2
    # The host's cores, 2 % busy, add next to nothing.
    assert delay.stages[Stage.LISTENING].waiting_s == pytest.approx(any_card_s, abs=1e-6)


def test_a_report_looked_for_at_long_intervals_is_late_by_any_part_of_one() -> None:
    inputs = shipped.inputs(interviews=1)
    application = msgspec.structs.replace(inputs.workload.application, look_again_s=1000.0)
    rare = with_changes(inputs, workload=msgspec.structs.replace(inputs.workload, application=application))
    delay = plan.delay(rare, plan.load(rare), 1)
    assert delay.look_again_s == 500.0
    assert delay.percentile_95_s == pytest.approx(950 + delay.analysis_s, rel=0.15)


def test_the_cache_needed_is_what_answers_hold_while_they_are_read() -> None:
    found = plan.load(shipped.inputs())
    read_at_once = found.arriving.rate * found.mean(Stage.READING, "device") / (1 - 0.7)
    kept = found.shares[0][1].tokens.kept
    assert found.need.cache == pytest.approx(read_at_once * kept / found.memory.cache_tokens)


def test_few_host_cores_ask_for_more_machines() -> None:
    inputs = shipped.inputs()
    dear = inputs.costs.scaled(frozenset({"decode_pictures"}), 10.0)
    starved = with_changes(inputs, costs=msgspec.structs.replace(dear, host_cores=1))
    site = plan_site(starved)
    assert site.bound_by == "host"
    assert site.units > plan_site(inputs).units
    assert site.busy.host <= 0.7
    assert math.isfinite(site.delay.mean_s)


def test_a_small_cache_asks_for_more_machines() -> None:
    found = plan.load(shipped.inputs())
    halved = msgspec.structs.replace(found.memory, cache_tokens=found.memory.cache_tokens / 1000)
    cramped = plan.need(shipped.inputs(), msgspec.structs.replace(found, memory=halved))
    assert cramped.bound_by == "cache"
    assert cramped.cache == pytest.approx(1000 * found.need.cache)


def test_units_that_cannot_serve_have_no_delay() -> None:
    inputs = shipped.inputs()
    assert plan.delay(inputs, plan.load(inputs), 2).mean_s == math.inf


def test_the_application_is_told_when_it_analyses_too_few_at_once() -> None:
    site = plan_site(shipped.inputs(interviews=100))
    assert site.analyses_needed == math.ceil(site.rates.answers * site.delay.analysis_s / 0.7)
    assert site.analyses_needed > site.analyses_at_once
    assert site.analyses_serve == pytest.approx(
        100 * site.analyses_at_once * 0.7 / (site.rates.answers * site.delay.analysis_s)
    )
    few = plan_site(shipped.inputs(interviews=math.floor(site.analyses_serve / 2)))
    assert few.analyses_needed <= few.analyses_at_once


def test_a_model_kept_busy_by_more_than_one_instance_is_told_how_many() -> None:
    inputs = shipped.inputs()
    dear = with_changes(inputs, costs=inputs.costs.scaled(frozenset({"prosody"}), 20.0))
    site = plan_site(dear)
    busy = site.rates.recorded_s * 0.01 * 20
    needed = {one.model: one.needed for one in site.instances}
    assert needed["prosody"] == math.ceil(busy / (0.7 * site.gpus)) > 1
    assert needed["vad"] == 1
    passes = msgspec.structs.replace(dear.workload.passes, pictures={"face_detect": 1.0})
    fewer = with_changes(dear, workload=msgspec.structs.replace(dear.workload, passes=passes))
    assert "movement" in needed
    assert "movement" not in {one.model for one in plan_site(fewer).instances}, "nobody asks it"


def test_gpu_figures_are_marked_assumed_and_evaluation_figures_measured() -> None:
    gpu = {one.name: one.basis for one in plan_site(shipped.inputs()).figures}
    assert gpu["transcribe"] is gpu["language model: share of peak compute"] is Basis.ASSUMED
    cpu = {one.name: one.basis for one in plan_site(shipped.inputs("eval-cpu", 1)).figures}
    assert set(cpu.values()) == {Basis.MEASURED}
    assert "round_trip_speech" not in cpu, "a model that nobody asks played no part"


@settings(deadline=None, max_examples=60)
@given(profile=PROFILES, fewer=INTERVIEWS_AT_ONCE, more=INTERVIEWS_AT_ONCE)
def test_more_interviews_never_need_fewer_machines(profile: str, fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    assert (
        plan.load(shipped.inputs(profile, fewer)).need.units
        <= plan.load(shipped.inputs(profile, more)).need.units
    )


@settings(deadline=None, max_examples=60)
@given(profile=PROFILES, fewer=st.floats(1, 300), more=st.floats(1, 300), units=st.integers(1, 60))
def test_more_interviews_on_the_same_machines_never_wait_shorter(
    profile: str, fewer: float, more: float, units: int
) -> None:
    fewer, more = sorted((fewer, more))
    calm, busy = shipped.inputs(profile, fewer), shipped.inputs(profile, more)
    before, after = (plan.delay(one, plan.load(one), units) for one in (calm, busy))
    assert before.mean_s <= after.mean_s * (1 + 1e-9)


@settings(deadline=None, max_examples=40)
@given(profile=PROFILES, interviews=st.floats(1, 300), units=st.integers(1, 60))
def test_one_more_machine_never_makes_reports_later(profile: str, interviews: float, units: int) -> None:
    inputs = shipped.inputs(profile, interviews)
    found = plan.load(inputs)
    assert plan.delay(inputs, found, units + 1).mean_s <= plan.delay(inputs, found, units).mean_s * (1 + 1e-9)


@settings(deadline=None, max_examples=30)
@given(profile=PROFILES, interviews=INTERVIEWS_AT_ONCE, minutes=st.floats(1, 240), target=st.floats(0.1, 0.9))
def test_every_plan_is_finite_and_within_its_target(
    profile: str, interviews: int, minutes: float, target: float
) -> None:
    site = plan_site(shipped.inputs(profile, interviews, minutes, target=target))
    assert site.busy.device <= target + 1e-9
    assert site.busy.host <= target + 1e-9
    assert site.units_best <= site.units_exact <= site.units_worst
    assert 0 < site.delay.mean_s <= site.delay.percentile_95_s < math.inf
    assert msgspec.json.decode(msgspec.json.encode(site), type=SitePlan) == site


@settings(deadline=None, max_examples=30)
@given(interviews=INTERVIEWS_AT_ONCE, factor=st.integers(2, 9))
def test_rates_and_units_are_proportional_to_the_interviews(interviews: int, factor: int) -> None:
    one, many = (plan.load(shipped.inputs(interviews=count)) for count in (interviews, interviews * factor))
    assert many.need.units == pytest.approx(factor * one.need.units)
    assert plan.rates(many).speech_s == pytest.approx(factor * plan.rates(one).speech_s)


@pytest.mark.parametrize(
    ("field", "request_", "target"),
    [
        ("interviews", Request(0, 15), 0.7),
        ("interviews", Request(-3, 15), 0.7),
        ("interviews", Request(1e9, 15), 0.7),
        ("interviews", Request(math.nan, 15), 0.7),
        ("minutes", Request(1, 0), 0.7),
        ("minutes", Request(1, 241), 0.7),
        ("minutes", Request(1, math.inf), 0.7),
        ("target", Request(1, 15), 1.0),
        ("target", Request(1, 15), 0.0),
    ],
)
def test_an_impossible_input_is_refused_by_name(field: str, request_: Request, target: float) -> None:
    with pytest.raises(CapacityInvalid, match="is not possible; give") as refused:
        plan_site(with_changes(shipped.inputs(), request=request_, target=target))
    assert refused.value.field == field


def test_the_need_is_exactly_proportional_to_interviews_and_less_than_so_to_everything_else() -> None:
    found = {one.name: one for one in plan_site(shipped.inputs()).sensitivity}
    assert found[INTERVIEWS].units == pytest.approx(1.0)
    assert all(abs(one.units) < 1.0 for name, one in found.items() if name != INTERVIEWS)


def test_transcription_and_reading_share_the_sensitivity_as_they_share_the_card() -> None:
    inputs = shipped.inputs()
    site = plan_site(inputs)
    found = {one.name: one for one in site.sensitivity}
    reading = site.busy.language_model / site.busy.device
    # Voices are told apart on the card too: 0.02 of the 0.08 s that a second of recording costs there.
    assert found["transcription's cost a second"].units == pytest.approx((1 - reading) * 0.75, abs=0.02)
    assert found["language model's cost a token"].units == pytest.approx(reading, abs=0.02)
    assert [abs(one.units) for one in site.sensitivity] == sorted(
        (abs(one.units) for one in site.sensitivity), reverse=True
    )


def test_pictures_cost_the_card_nothing_but_the_report_time() -> None:
    pictures = {one.name: one for one in plan_site(shipped.inputs()).sensitivity}["cost a picture"]
    assert pictures.units == 0.0 < pictures.delay
