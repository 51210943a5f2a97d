"""The formulas, with the costs measured one by one, foretell an interview that was measured as a whole."""

from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from inference.capacity import figures, plan
from inference.capacity.demand import Stage
from inference.capacity.plan import Inputs
from inference.capacity.workload import Request, answers
from tests.inference.capacity import shipped

RUN = Path(__file__).with_name("measured_run.toml")

FACTOR = 1.5
"""How far off a prediction may be; other programs were running on the cores that were measured."""

FACTOR_OF_A_SECOND = 2.5
"""For a stage of about a second, of which the fixed cost of a request is not in the formulas."""


class Interview(Struct, frozen=True, forbid_unknown_fields=True):
    answers: float
    video_answers: float
    typed_answers: float
    minutes: float
    recorded_s: float
    spoken_tokens: float
    typed_tokens: float


class Measured(Struct, frozen=True, forbid_unknown_fields=True):
    calls: int
    listening_s: float
    watching_s: float
    reading_s: float
    report_after_s: float


class Run(Struct, frozen=True, forbid_unknown_fields=True):
    interview: Interview
    measured: Measured


@pytest.fixture(scope="module")
def run() -> Run:
    return figures.read(RUN, Run)


@pytest.fixture(scope="module")
def inputs(run: Run) -> Inputs:
    """The evaluation profile's own costs, with the course of the interview that was measured."""
    told, base = run.interview, shipped.inputs("eval-cpu", 1)
    spoken = told.answers - told.typed_answers
    seconds = told.minutes * 60.0
    interview = msgspec.structs.replace(
        base.workload.interview,
        question_s=seconds / told.answers,
        recorded_share=told.recorded_s / spoken * told.answers / seconds,
        speech_share=1.0,
        video_share=told.video_answers / told.answers,
        typed_share=told.typed_answers / told.answers,
    )
    reading = msgspec.structs.replace(
        base.workload.reading,
        tokens_per_speech_s=told.spoken_tokens / told.recorded_s,
        typed_tokens=told.typed_tokens,
    )
    course = msgspec.structs.replace(base.workload, interview=interview, reading=reading)
    return msgspec.structs.replace(base, request=Request(1, told.minutes), workload=course)


def near(predicted: float, measured: float, factor: float = FACTOR) -> bool:
    return measured / factor <= predicted <= measured * factor


def test_the_course_of_the_interview_is_the_measured_one(run: Run, inputs: Inputs) -> None:
    arriving = answers(inputs.request, inputs.workload)
    assert arriving.an_interview == pytest.approx(run.interview.answers)
    per_second = plan.rates(plan.load(inputs))
    assert per_second.recorded_s * run.interview.minutes * 60 == pytest.approx(run.interview.recorded_s)


def test_the_number_of_calls_is_exactly_that_measured(run: Run, inputs: Inputs) -> None:
    per_second = plan.rates(plan.load(inputs))
    assert per_second.calls * run.interview.minutes * 60 == pytest.approx(run.measured.calls)


def test_each_stage_takes_what_was_measured(run: Run, inputs: Inputs) -> None:
    found = plan.load(inputs)
    predicted = {stage: found.mean(stage, "device") * run.interview.answers for stage in Stage}
    assert near(predicted[Stage.LISTENING], run.measured.listening_s), predicted
    assert near(predicted[Stage.READING], run.measured.reading_s), predicted
    # The application's clock for watching also runs while the film is decoded.
    assert near(predicted[Stage.WATCHING], run.measured.watching_s, FACTOR_OF_A_SECOND), predicted


def test_the_report_comes_when_it_came(run: Run, inputs: Inputs) -> None:
    predicted = plan.delay(inputs, plan.load(inputs), 1)
    assert near(predicted.mean_s, run.measured.report_after_s), predicted
    assert predicted.percentile_95_s > run.measured.report_after_s


def test_a_language_model_of_half_the_speed_would_be_noticed(run: Run, inputs: Inputs) -> None:
    slow = msgspec.structs.replace(inputs, reading_factor=2.0)
    found = plan.load(slow)
    assert not near(found.mean(Stage.READING, "device") * run.interview.answers, run.measured.reading_s)
