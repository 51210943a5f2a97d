"""What is seen and heard beside the words is used as the site decided, and never against who was not seen."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audit.ledger import verify
from appliance.identity.permissions import Role
from appliance.interviews.analysis.counted import WEIGHT, counted, delivery
from appliance.interviews.analysis.observations import (
    Observation,
    ObservationKind,
    Observations,
    observe_expression,
    observe_movement,
)
from appliance.interviews.analysis.policy import (
    EU_AND_EEA,
    LegalBasis,
    ObservationPolicies,
    ObservationPolicy,
    counting_forbidden,
)
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis
from appliance.interviews.model import ANALYSE_ANSWER
from appliance.interviews.report.report import Report
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.errors import Invalid
from inference.engines import Unavailable
from inference.errors import InferenceUnavailable
from inference.ports import Expression, MovementFrame, Prosody
from inference.profile import load
from tests.fresh import fresh_keys
from tests.interviews.assessed import CONCRETE, AssessedHouse
from tests.interviews.recorded import recording
from tests.interviews.scripted import always
from tests.interviews.test_assessment import HR, HeardSpeech, RelevantToAll, SeeingVision

BASIS = LegalBasis(
    person="数据保护负责人(测试)", text="经职工代表大会讨论并公示的评估办法第三条", day=date(2026, 11, 1)
)
VIDEO = "video/webm;codecs=vp8,opus"


class WordsOnly(HeardSpeech):
    """Hears words; how they were said is not measured here, as where the model is not installed."""

    def prosody(self, pcm16: bytes, *, deadline_s: float) -> Prosody:
        raise InferenceUnavailable("prosody is not installed")


class Expressive(SeeingVision):
    """Counts how often it is asked for expressions."""

    def __init__(self) -> None:
        self.expressions = 0

    def expression(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[Expression]:
        self.expressions += 1
        return super().expression(jpegs, deadline_s=deadline_s)


@pytest.fixture
def databases(tmp_path: Path, clock: FixedClock) -> Iterator[Databases]:
    found = Databases.open(tmp_path, fresh_keys(tmp_path), clock)
    yield found
    found.close()


def policies(
    databases: Databases,
    clock: FixedClock,
    jurisdiction: str = "CN",
    shipped: ObservationPolicy = ObservationPolicy.OBSERVE,
) -> ObservationPolicies:
    return ObservationPolicies(databases.core, clock, jurisdiction, shipped)


def assessed(
    tmp_path: Path, databases: Databases, clock: FixedClock, speech: HeardSpeech, vision: object
) -> AssessedHouse:
    llm = RelevantToAll(
        "", always({"4": 0.7, "5": 0.2, "3": 0.1}), always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25})
    )
    return AssessedHouse(tmp_path, databases, fresh_keys(tmp_path), clock, llm, speech, vision)  # type: ignore[arg-type]


def of(house: AssessedHouse) -> ObservationPolicies:
    return house._service("observation_policies", ObservationPolicies)


def filmed(house: AssessedHouse) -> AnswerAnalysis:
    interview, key = house.entered(language="zh")
    house.recorded(key, 0, recording(2.0), VIDEO)
    assert house.work(ANALYSE_ANSWER) == 0
    found = house.databases.core.read(lambda tx: assessment_store.analyses(tx, interview.id))
    (analysis,) = found.values()
    return analysis


# the policy


def test_as_shipped_observations_are_shown_and_not_counted(databases: Databases, clock: FixedClock) -> None:
    standing = policies(databases, clock).standing()
    assert (standing.policy, standing.decided) == (ObservationPolicy.OBSERVE, None)
    assert standing.measures and standing.may_count


def test_counting_needs_a_person_a_ground_and_a_day(databases: Databases, clock: FixedClock) -> None:
    desk = policies(databases, clock)
    with pytest.raises(Invalid) as refused:
        desk.decide(HR, ObservationPolicy.SCORE)
    assert set(refused.value.fields) == {"basis_person", "basis_text", "basis_day"}
    tomorrow = msgspec.structs.replace(BASIS, day=clock.today() + timedelta(days=1))
    with pytest.raises(Invalid) as early:
        desk.decide(HR, ObservationPolicy.SCORE, tomorrow)
    assert set(early.value.fields) == {"basis_day"}
    assert desk.standing().policy is ObservationPolicy.OBSERVE


def test_a_decision_is_kept_with_who_on_what_ground_and_a_ledger_row(
    databases: Databases, clock: FixedClock
) -> None:
    desk = policies(databases, clock)
    standing = desk.decide(HR, ObservationPolicy.SCORE, BASIS)
    assert standing.policy is ObservationPolicy.SCORE and standing.decided is not None
    kept = standing.decided
    assert (kept.basis_text, kept.basis_person, kept.jurisdiction) == (BASIS.text, BASIS.person, "CN")
    assert (kept.decided_by, kept.basis_day) == (HR.id, "2026-11-01")
    desk.decide(HR, ObservationPolicy.OFF)
    assert [row.policy for row in desk.history()] == ["off", "score"]
    assert verify(databases.core).broken_at is None


@pytest.mark.parametrize("jurisdiction", [*sorted(EU_AND_EEA), "DE-BY", "fr"])
def test_counting_is_refused_where_inferring_emotions_is_banned(
    databases: Databases, clock: FixedClock, jurisdiction: str
) -> None:
    desk = policies(databases, clock, jurisdiction)
    with pytest.raises(Invalid) as refused:
        desk.decide(HR, ObservationPolicy.SCORE, BASIS)
    assert "policy" in refused.value.fields and desk.history() == []


def test_a_site_that_moves_falls_back_to_showing(databases: Databases, clock: FixedClock) -> None:
    policies(databases, clock, "CN").decide(HR, ObservationPolicy.SCORE, BASIS)
    for elsewhere in ("DE", "SG"):
        standing = policies(databases, clock, elsewhere).standing()
        assert (standing.policy, standing.overruled) == (ObservationPolicy.OBSERVE, True)
    assert not counting_forbidden("SG")


def test_off_asks_neither_vision_nor_prosody(tmp_path: Path, databases: Databases, clock: FixedClock) -> None:
    house = assessed(tmp_path, databases, clock, WordsOnly(), Unavailable())
    of(house).decide(HR, ObservationPolicy.OFF)
    analysis = filmed(house)
    assert analysis.observations == Observations() and analysis.observed == "off"
    assert analysis.reading.levels and not {"watching", "prosody"} & set(analysis.seconds)


def test_where_emotions_may_not_be_inferred_no_face_is_asked_what_it_expresses(
    tmp_path: Path, databases: Databases, clock: FixedClock
) -> None:
    vision = Expressive()
    house = assessed(tmp_path, databases, clock, HeardSpeech(), vision)
    of(house)._jurisdiction = "DE"
    kinds = {figure.kind for figure in filmed(house).observations.figures}
    assert vision.expressions == 0 and ObservationKind.EXPRESSION_HAPPY not in kinds
    assert ObservationKind.HAND_MOVEMENT in kinds


# counting


def observed(**figures: float) -> Observations:
    kinds = tuple(Observation(ObservationKind(name), value) for name, value in figures.items())
    return Observations(kinds, (), 60)


def test_counting_takes_at_most_a_tenth_and_never_adds(
    tmp_path: Path, databases: Databases, clock: FixedClock
) -> None:
    house = assessed(tmp_path, databases, clock, HeardSpeech(), SeeingVision())
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    house.work_through()
    written = house.reports.open(HR, interview_id)
    assert written.match is not None
    assert counted(written) == written, "somebody who answers in writing has nothing to count"
    slow = _seen_as(written, observed(speech_rate_units_per_min=20.0, pause_share=0.9))
    lowered = counted(slow).match
    assert lowered is not None and written.match.value > lowered.value
    assert lowered.value >= round(written.match.value * (1 - WEIGHT), 1)
    fluent = _seen_as(written, observed(speech_rate_units_per_min=200.0, pause_share=0.1))
    assert counted(fluent).match == written.match
    assert "delivery" in counted(slow).scale and "delivery" not in counted(fluent).scale


@given(looking=st.floats(0, 1), present=st.floats(0, 1), rate=st.floats(0, 600), pauses=st.floats(0, 1))
def test_delivery_is_a_mark_between_nothing_and_ten(
    looking: float, present: float, rate: float, pauses: float
) -> None:
    mark = delivery(
        [
            observed(
                looking_share=looking,
                face_present_share=present,
                speech_rate_units_per_min=rate,
                pause_share=pauses,
            )
        ]
    )
    assert mark is not None and 0.0 <= mark <= 10.0


def test_a_gap_in_the_video_is_a_gap_and_not_a_bad_mark() -> None:
    gap = observed(looking_share=0.0, face_present_share=0.2)
    assert delivery([gap]) is None
    assert delivery([observed(looking_share=0.0, face_present_share=0.9)]) == 0.0
    assert delivery([Observations()]) is None


def test_a_counted_report_says_so_in_its_scale_and_in_the_ledger(
    tmp_path: Path, databases: Databases, clock: FixedClock
) -> None:
    house = assessed(tmp_path, databases, clock, HeardSpeech(), SeeingVision())
    of(house).decide(HR, ObservationPolicy.SCORE, BASIS)
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    house.work_through()
    assert house.reports.open(HR, interview_id).match is not None
    assert house.actions().count("interview.observation_policy_set") == 1


def _seen_as(report: Report, seen: Observations) -> Report:
    answers = tuple(msgspec.structs.replace(one, observations=seen) for one in report.answers)
    return msgspec.structs.replace(report, answers=answers)


# figures


def test_movement_needs_two_pictures_with_somebody_in_them() -> None:
    assert observe_movement([MovementFrame(present=True)]) == Observations()
    moving = [MovementFrame(present=True), MovementFrame(present=True, upper_body=0.1, hand=0.3)]
    figures = {figure.kind: figure.value for figure in observe_movement(moving).figures}
    assert figures == {ObservationKind.HAND_MOVEMENT: 0.3, ObservationKind.UPPER_BODY_MOVEMENT: 0.1}


def test_expressions_are_means_over_pictures_with_a_face() -> None:
    frames = [
        Expression(present=True, probabilities={"neutral": 0.8, "happy": 0.2}),
        Expression(present=False),
        Expression(present=True, probabilities={"neutral": 0.4, "happy": 0.6}),
    ]
    figures = {figure.kind: figure.value for figure in observe_expression(frames).figures}
    assert figures[ObservationKind.EXPRESSION_NEUTRAL] == 0.6
    assert observe_expression([Expression(present=False)]) == Observations()


# the page, and how many analyses run at once


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_hr_manager_sees_sets_and_is_told_what_is_missing(
    tmp_path: Path, databases: Databases, clock: FixedClock, language: str
) -> None:
    house = assessed(tmp_path, databases, clock, HeardSpeech(), SeeingVision())
    client = house.client(Role.HR_MANAGER, language=language)
    page = client.get("/observations")
    assert page.status_code == 200 and ("只显示，不计分" in page.text) is (language == "zh")
    form = {"policy": "score", "basis_person": "", "basis_text": "too short", "basis_day": ""}
    refused = client.post("/observations", data=form)
    assert refused.status_code == 422 and refused.text.count("field-error") >= 3
    assert "too short" in refused.text
    form = {
        "policy": "score",
        "basis_person": BASIS.person,
        "basis_text": BASIS.text,
        "basis_day": "2026-11-01",
    }
    client.post("/observations", data=form)
    assert of(house).standing().policy is ObservationPolicy.SCORE
    assert BASIS.text in client.get("/observations").text
    assert client.post("/observations", data={"policy": "whatever"}).status_code == 422


def test_only_the_hr_manager_decides(tmp_path: Path, databases: Databases, clock: FixedClock) -> None:
    house = assessed(tmp_path, databases, clock, HeardSpeech(), SeeingVision())
    for role in (Role.RECRUITER, Role.INTERVIEWER, Role.IT, Role.DEPARTMENT_HEAD):
        assert house.client(role).get("/observations").status_code == 403
        assert house.client(role).post("/observations", data={"policy": "off"}).status_code == 403


def test_a_larger_profile_analyses_more_answers_at_once() -> None:
    profiles = Path(__file__).parents[2] / "config" / "profiles"
    at_once = {
        name: load(profiles / f"{name}.toml").answers_at_once
        for name in ("eval-cpu", "gpu-single", "gpu-rack")
    }
    assert at_once["eval-cpu"] == 3
    assert at_once["eval-cpu"] < at_once["gpu-single"] < at_once["gpu-rack"]
