"""The work of one answer: what the cache saves, what runs where, what grows with what."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.capacity import plan
from inference.capacity.costs import speed as speed_of
from inference.capacity.demand import Stage, Work, uncached, work
from inference.capacity.figures import Case
from inference.capacity.workload import Kind, answers
from tests.inference.capacity import shipped


def of(kind: Kind, profile: str = "gpu-single", case: Case = Case.EXPECTED) -> Work:
    inputs = shipped.inputs(profile)
    arriving = answers(inputs.request, inputs.workload)
    speed = speed_of(inputs.costs, inputs.device, inputs.reference, case, 1)
    return work(kind, arriving, inputs.workload, inputs.costs, inputs.shape, speed, case)


def test_tokens_of_one_answer_counted_by_hand() -> None:
    """306 tokens of answer: a bare beginning with 6 calls, two guides with 2 calls each."""
    tokens = of(Kind.VIDEO).tokens
    answer = 4.0 * 0.85 * 90
    bare, guide = 33 + answer, 214 + answer
    own = 2 * 88 + 4 * 33 + 4 * 22
    assert tokens.calls == 10
    assert tokens.prompt == pytest.approx(6 * bare + 4 * guide + own)
    assert tokens.generated == 2 + 8 + 4
    assert bare + 2 * guide + own < tokens.computed < bare + 2 * guide + own + 7 * 16
    assert tokens.kept == pytest.approx(bare + 2 * guide + own)


def test_a_larger_block_keeps_less_of_a_beginning() -> None:
    on_gpu, on_cpu = of(Kind.VIDEO).tokens, of(Kind.VIDEO, "eval-cpu").tokens
    assert on_gpu.prompt == on_cpu.prompt
    assert on_gpu.computed < on_cpu.computed < on_cpu.prompt


def test_a_typed_answer_is_read_and_neither_heard_nor_seen() -> None:
    typed = of(Kind.TYPED)
    assert (typed.sound_s, typed.pictures, typed.models) == (0.0, 0.0, {})
    assert typed.stages[Stage.READING].seconds > 0.0
    assert all(typed.stages[stage].seconds == 0.0 for stage in Stage if stage is not Stage.READING)


def test_a_voice_answer_is_heard_and_not_seen() -> None:
    voice, video = of(Kind.VOICE), of(Kind.VIDEO)
    assert voice.stages[Stage.WATCHING].seconds == 0.0 < video.stages[Stage.WATCHING].seconds
    assert voice.stages[Stage.LISTENING] == video.stages[Stage.LISTENING]


def test_on_a_gpu_server_only_transcription_voices_and_reading_use_the_card() -> None:
    video = of(Kind.VIDEO)
    assert video.stages[Stage.LISTENING].device_s == pytest.approx((0.06 + 0.02) * 90)
    assert video.stages[Stage.LISTENING].host_s == pytest.approx((0.008 + 0.01) * 90)
    assert video.stages[Stage.WATCHING].device_s == 0.0


def test_without_a_gpu_everything_uses_the_machine() -> None:
    assert all(stage.host_s == 0.0 for stage in of(Kind.VIDEO, "eval-cpu").stages.values())


@pytest.mark.parametrize("profile", ["eval-cpu", "gpu-single"])
def test_the_ends_of_the_ranges_lie_on_both_sides(profile: str) -> None:
    best, expected, worst = (
        sum(stage.seconds for stage in of(Kind.VIDEO, profile, case).stages.values())
        for case in (Case.BEST, Case.EXPECTED, Case.WORST)
    )
    assert best < expected < worst


def test_cards_together_are_as_fast_as_their_number_times_the_gain() -> None:
    inputs = shipped.inputs()
    one, four = (speed_of(inputs.costs, inputs.device, None, Case.EXPECTED, cards) for cards in (1, 4))
    assert one.flops == pytest.approx(119.5e12 * 0.35)
    assert one.bytes == pytest.approx(864e9 * 0.6)
    assert four.flops / one.flops == pytest.approx(4 * 0.8) == four.bytes / one.bytes


def test_the_measured_rates_give_back_themselves() -> None:
    inputs = shipped.inputs("eval-cpu")
    shape = inputs.shape
    fast = speed_of(inputs.costs, inputs.device, shape, Case.EXPECTED, 1)
    assert 390 * fast.flops / shape.prefill_flops(390) == pytest.approx(126)
    assert fast.bytes / shape.decode_bytes(390) == pytest.approx(3.5)


def test_an_answer_too_long_to_be_rated_is_not_read_further() -> None:
    inputs = shipped.inputs(minutes=240)
    long = plan.load(inputs).shares[0][1]
    assert long.sound_s == pytest.approx(720)
    assert long.tokens.kept == pytest.approx(33 + 1200 + 2 * (214 + 1200) + 2 * 88 + 4 * 33 + 4 * 22)


def test_what_a_cached_beginning_leaves_is_its_mean_over_the_lengths_around() -> None:
    assert uncached(64.0, 0.0, 128.0) == pytest.approx(64.0)
    assert uncached(1000.0, 300.0, 16.0) == pytest.approx(8.0, rel=0.05)
    assert uncached(100.0, 5.0, 128.0) == pytest.approx(100.0)


@settings(deadline=None)
@given(begins=st.floats(1, 5000), deviation=st.floats(0, 2000), block=st.sampled_from([1.0, 16.0, 128.0]))
def test_a_further_call_never_computes_more_than_a_block_or_the_beginning(
    begins: float, deviation: float, block: float
) -> None:
    left = uncached(begins, deviation, block)
    assert 0.0 <= left <= block
    assert left <= begins + 3.0**0.5 * deviation + 1.0


@settings(deadline=None)
@given(factor=st.floats(1.0, 10.0))
def test_more_competencies_mean_more_calls_and_more_reading(factor: float) -> None:
    inputs = shipped.inputs()
    reading = msgspec.structs.replace(inputs.workload.reading, competencies=factor)
    more = msgspec.structs.replace(inputs, workload=msgspec.structs.replace(inputs.workload, reading=reading))
    few, many = plan.load(inputs), plan.load(more)
    assert many.shares[0][1].tokens.calls == pytest.approx(6 + 4 * factor)
    assert many.mean(Stage.READING, "device") >= few.mean(Stage.READING, "device")
