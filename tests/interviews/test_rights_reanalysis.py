"""A corrected transcript goes through analysis and report again, and the candidate stays where they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.interviews import store as interview_store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.model import InterviewState
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.recruiting.model import CandidateState, DecisionKind
from tests.fresh import fresh_keys
from tests.interviews.recorded import recording
from tests.interviews.rights_house import RightsHouse
from tests.interviews.scripted import always
from tests.interviews.test_assessment import HeardSpeech, RelevantToAll

QUESTION = "请讲一次您和同事意见不一致、但事情必须一起完成的经历。您做了什么，结果怎样？"


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[RightsHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    llm = RelevantToAll(QUESTION, always({"4": 0.8, "3": 0.2}))
    yield RightsHouse(tmp_path, databases, keys, clock, llm, HeardSpeech())
    databases.close()


def test_the_report_speaks_in_the_corrected_words_and_nobody_is_moved_back(house: RightsHouse) -> None:
    interview, key = house.entered(video=False)
    house.recorded(key, 0, recording(video=None), "audio/webm")
    for question in house.room.look(key).plan.questions[1:]:
        house.recordings.submit_text(key, question.id, "", skip=True)
    house.room.finish(key)
    house.work_through()
    assert house.candidate_state() is CandidateState.assessed
    house.recruiting.pipeline.decide(
        house.first, house.candidate_id, DecisionKind.second_round, "We would like to meet you."
    )
    first = house.own.look(key).answers[0]
    assert first.answer is not None and first.text is not None and first.correctable
    house.own.correct(key, first.answer.id, first.text.replace("排班", "排板"))
    assert state(house, interview.id) is InterviewState.FINISHED
    house.work_through()
    assert state(house, interview.id) is InterviewState.ASSESSED
    assert house.candidate_state() is CandidateState.second_round
    body = house.databases.core.read(lambda tx: assessment_store.report_body(tx, interview.id))
    assert body is not None
    assert "排板" in body.decode() and "排班" not in body.decode()
    again = house.own.look(key).answers[0]
    assert again.correction is not None and "排班" in again.correction.original


def state(house: RightsHouse, interview_id: str) -> InterviewState:
    found = house.databases.core.read(lambda tx: interview_store.interview(tx, interview_id))
    assert found is not None
    return found.state
