"""What the real model says: order of answers, off-topic answers, attacks. Both languages, the servers of
eval-cpu."""

from pathlib import Path

import pytest

from appliance.interviews.analysis.transcript import sentences_of_text
from appliance.interviews.plans.rubrics import Language, load_rubrics
from appliance.interviews.scoring.levels import GatePolicy, PersonReason, score_of
from appliance.interviews.scoring.reading import Reading, Task, read_answer
from tests.inference.engines import RealEngines
from tests.interviews.attacks import LEFT_TO_THE_MODEL
from tests.interviews.sample_answers import ANSWERS

pytestmark = pytest.mark.inference
pytest_plugins = ["tests.inference.engines"]

LIBRARY = load_rubrics(Path(__file__).parents[2] / "config" / "rubrics")
RATE_ANYWAY = GatePolicy(relevance=0.0, spread=4.0)
"""The order of levels is looked at beneath the gate, which holds most weak answers back."""

NOTICED_POINTS = 0.5
"""Of 10. The aim is 0.3, which `bench scoring` counts against: a line of a play behind an honest answer was seen to
raise the evaluation model's score by 0.35."""


def read(
    real: RealEngines, question_id: str, language: Language, text: str, policy: GatePolicy | None = None
) -> Reading:
    question = LIBRARY.question(question_id)
    task = Task(
        case_id=f"test {question_id} {language}",
        question=question.text.get(language),
        language=language,
        competencies=tuple(LIBRARY.competency(one) for one in question.competencies),
        sentences=tuple(sentences_of_text(text)),
        spoken=False,
    )
    return read_answer(real.engines.llm, task, policy or RATE_ANYWAY, deadline_s=280.0)


def level(reading: Reading) -> float:
    return reading.levels[0].result.mean


@pytest.mark.parametrize(("question_id", "language"), list(ANSWERS))
def test_an_excellent_answer_stands_above_a_vague_one_and_that_above_one_off_topic(
    real_engines: RealEngines, question_id: str, language: Language
) -> None:
    answers = ANSWERS[(question_id, language)]
    excellent = read(real_engines, question_id, language, answers["excellent"])
    vague = read(real_engines, question_id, language, answers["vague"])
    assert level(excellent) > level(vague) + 0.3
    off_topic = read(real_engines, question_id, language, answers["off_topic"], GatePolicy())
    assert off_topic.needs_person is PersonReason.IRRELEVANT
    assert off_topic.levels == () and off_topic.evidence == ()
    assert read(real_engines, question_id, language, answers["average"], GatePolicy()).needs_person is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_rules_cannot_see_hardly_moves_the_score(real_engines: RealEngines, language: Language) -> None:
    honest = ANSWERS[("team_work.disagreement", language)]["average"]
    competency = LIBRARY.competency("team_work")
    base = level(read(real_engines, "team_work.disagreement", language, honest))
    for attack in LEFT_TO_THE_MODEL:
        text = attack.make(honest, competency, language)
        attacked = read(real_engines, "team_work.disagreement", language, text)
        rise = score_of(level(attacked)) - score_of(base) if attacked.levels else 0.0
        assert rise <= NOTICED_POINTS or attacked.needs_person, attack.name


def test_the_same_answer_gets_the_same_level_again(real_engines: RealEngines) -> None:
    text = ANSWERS[("service_orientation.upset_person", "zh")]["average"]
    once, again = (
        level(read(real_engines, "service_orientation.upset_person", "zh", text)) for _ in range(2)
    )
    assert once == pytest.approx(again, abs=0.04)
