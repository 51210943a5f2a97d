"""What the machine does around the model: averages, gates, hostile answers, evidence by number."""

from pathlib import Path

import pytest

from appliance.interviews.analysis.transcript import sentences_of_text
from appliance.interviews.plans.rubrics import Language, load_rubrics
from appliance.interviews.scoring.evidence import StarPart
from appliance.interviews.scoring.levels import GatePolicy, PersonReason
from appliance.interviews.scoring.reading import Reading, Task, read_answer
from inference.ports import ChatRequest
from tests.interviews.assessed import CONCRETE
from tests.interviews.sample_answers import ANSWERS
from tests.interviews.scripted import ScriptedLlm, Shares, always

LIBRARY = load_rubrics(Path(__file__).parents[2] / "config" / "rubrics")
QUESTION = LIBRARY.question("team_work.disagreement")
GOOD: Shares = {"4": 0.7, "5": 0.2, "3": 0.1}


def task(text: str, language: Language = "zh", word_probability: float | None = None) -> Task:
    return Task(
        case_id="case-1",
        question=QUESTION.text.get(language),
        language=language,
        competencies=(LIBRARY.competency("team_work"),),
        sentences=tuple(sentences_of_text(text)),
        spoken=word_probability is not None,
        word_probability=word_probability,
    )


def model(language: Language = "zh", **script: object) -> ScriptedLlm:
    return ScriptedLlm(QUESTION.text.get(language), **({"level": always(GOOD)} | script))  # type: ignore[arg-type]


def read(
    text: str, llm: ScriptedLlm, language: Language = "zh", word_probability: float | None = None
) -> Reading:
    return read_answer(llm, task(text, language, word_probability), GatePolicy(), deadline_s=1.0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_answer_costs_ten_short_questions_and_keeps_everything_to_run_them_again(
    language: Language,
) -> None:
    llm = model(language)
    reading = read(CONCRETE[language], llm, language)
    assert len(llm.asked) == 10
    assert {request.temperature for request in llm.asked} == {0.0}
    assert len({request.seed for request in llm.asked}) == 1
    assert {request.cache_salt for request in llm.asked} == {"case-1"}
    assert reading.engine is not None
    assert (reading.engine.calls, len(reading.engine.prompt_hash)) == (10, 64)
    assert reading.levels[0].result.mean == pytest.approx(4.1)
    assert reading.needs_person is None


def test_questions_about_one_answer_share_three_beginnings() -> None:
    llm = model()
    read(CONCRETE["zh"], llm)
    texts = [request.messages[0].content + request.messages[1].content for request in llm.asked]
    beginnings = {text[: text.index("〈/回答〉")] for text in texts}
    assert len(beginnings) == 3


def test_the_level_is_the_mean_over_both_orders_of_the_anchors() -> None:
    def by_order(request: ChatRequest) -> Shares:
        guide = request.messages[1].content
        return {"4": 1.0} if guide.index("\n1 ") < guide.index("\n5 ") else {"3": 0.4, "4": 0.6}

    result = read(CONCRETE["zh"], model(level=by_order)).levels[0].result
    assert result.mean == pytest.approx(3.8)
    assert result.spread == pytest.approx(0.4)
    assert len(result.runs) == 4


def test_an_answer_whose_level_hangs_on_the_order_is_left_to_a_person() -> None:
    def by_order(request: ChatRequest) -> Shares:
        guide = request.messages[1].content
        return {"5": 1.0} if guide.index("\n1 ") < guide.index("\n5 ") else {"2": 1.0}

    reading = read(CONCRETE["zh"], model(level=by_order))
    assert reading.levels[0].needs_person is PersonReason.UNSTABLE


def test_an_answer_to_another_question_is_not_rated_at_all() -> None:
    llm = model(relevance=0.1)
    reading = read(ANSWERS[(QUESTION.id, "zh")]["off_topic"], llm)
    assert reading.needs_person is PersonReason.IRRELEVANT
    assert (reading.levels, reading.evidence) == ((), ())
    assert len(llm.asked) == 2


@pytest.mark.parametrize(
    ("text", "probability", "reason"),
    [
        ("", 0.9, PersonReason.SILENT),
        ("我觉得还行。", None, PersonReason.TOO_SHORT),
        (CONCRETE["zh"], 0.2, PersonReason.UNINTELLIGIBLE),
        ("字" * 5000, None, PersonReason.TOO_LONG),
    ],
)
def test_what_cannot_be_rated_is_never_shown_to_the_model(
    text: str, probability: float | None, reason: PersonReason
) -> None:
    llm = model()
    assert read(text, llm, word_probability=probability).needs_person is reason
    assert llm.asked == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sentence_said_twice_is_read_once(language: Language) -> None:
    twice = sentences_of_text(CONCRETE[language])[1].text
    llm = model(language)
    read(f"{CONCRETE[language]} {twice}", llm, language)
    assert all(request.messages[1].content.count(twice) == 1 for request in llm.asked)


@pytest.mark.parametrize("quality", ["excellent", "average", "vague", "off_topic"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_honest_answers_are_not_taken_for_manipulation(language: Language, quality: str) -> None:
    for (_question, spoken), answers in ANSWERS.items():
        if spoken == language:
            assert read(answers[quality], model(language), language).manipulation == ()


def test_evidence_is_a_sentence_that_exists_or_none() -> None:
    reading = read(CONCRETE["zh"], model(part=always({"7": 0.9, "2": 0.05, "0": 0.05})))
    known = {sentence.number for sentence in sentences_of_text(CONCRETE["zh"])}
    assert {part.sentence for part in reading.evidence} <= known | {None}
    nothing = read(CONCRETE["zh"], model(part=always({"0": 0.97, "1": 0.03})))
    assert {part.sentence for part in nothing.evidence} == {None}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_undecided_model_is_helped_by_the_words_of_the_sentences(language: Language) -> None:
    flat = always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25})
    parts = {
        part.part: part.sentence
        for part in read(CONCRETE[language], model(language, part=flat), language).evidence
    }
    assert parts[StarPart.SITUATION] == 1
    assert parts[StarPart.ACTION] == 2
    assert parts[StarPart.RESULT] == 3
    vague = read(ANSWERS[(QUESTION.id, language)]["vague"], model(language, part=flat), language)
    assert {part.sentence for part in vague.evidence} == {None}


def test_a_sharp_model_is_followed_against_the_words() -> None:
    sure = always({"2": 0.97, "0": 0.02, "1": 0.01})
    evidence = read(CONCRETE["zh"], model(part=sure)).evidence
    assert {part.sentence for part in evidence} == {2}
