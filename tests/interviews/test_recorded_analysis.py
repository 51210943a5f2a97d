"""Answers read and analysed with what the real engines said of them (tests/recordings), without the engines."""

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from appliance.interviews.analysis.transcript import sentences_of_text
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis
from appliance.interviews.model import ANALYSE_ANSWER
from appliance.interviews.plans.rubrics import Language, load_rubrics
from appliance.interviews.scoring.levels import GatePolicy, PersonReason
from appliance.interviews.scoring.reading import Reading, Task, read_answer
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from inference import known
from inference.engines import Engines
from inference.recorded import NotRecorded, replay
from tests.fresh import fresh_keys
from tests.inference.engines import RECORDINGS
from tests.interviews.assessed import AssessedHouse
from tests.interviews.sample_answers import ANSWERS

QUESTION = "team_work.disagreement"
LIBRARY = load_rubrics(Path(__file__).parents[2] / "config" / "rubrics")
DEADLINE_S = 280.0


def read(engines: Engines, language: Language, text: str) -> Reading:
    question = LIBRARY.question(QUESTION)
    task = Task(
        case_id="recorded",
        question=question.text.get(language),
        language=language,
        competencies=tuple(LIBRARY.competency(one) for one in question.competencies),
        sentences=tuple(sentences_of_text(text)),
        spoken=False,
    )
    return read_answer(engines.llm, task, GatePolicy(), deadline_s=DEADLINE_S)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_excellent_answer_gets_a_level_and_quotes_and_the_figures_to_run_it_again(
    recorded_engines: Engines, language: Language
) -> None:
    text = ANSWERS[(QUESTION, language)]["excellent"]
    reading = read(recorded_engines, language, text)
    assert reading.needs_person is None
    (level,) = reading.levels
    assert level.needs_person is None and level.result.mean > 3.5
    assert reading.evidence
    assert reading.engine is not None
    assert (reading.engine.calls, len(reading.engine.model_sha256)) == (10, 64)
    assert reading.engine.prompt_tokens > 10 * reading.engine.completion_tokens > 0
    assert read(recorded_engines, language, text) == reading


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_answer_off_the_topic_is_left_to_a_person_after_two_questions(
    recorded_engines: Engines, language: Language
) -> None:
    answers = ANSWERS[(QUESTION, language)]
    reading = read(recorded_engines, language, answers["off_topic"])
    to_the_point = read(recorded_engines, language, answers["excellent"])
    assert reading.relevance is not None and to_the_point.relevance is not None
    assert reading.relevance.probability < to_the_point.relevance.probability
    assert reading.needs_person is PersonReason.IRRELEVANT
    assert reading.levels == () and reading.engine is not None and reading.engine.calls == 2


def test_an_answer_that_nobody_recorded_is_not_read() -> None:
    """Replayed strictly, also while others are being recorded."""
    unseen = ANSWERS[(QUESTION, "en")]["excellent"].replace("October", "November")
    with pytest.raises(NotRecorded, match="no recording of this chat"):
        read(replay(RECORDINGS), "en", unseen)


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock, recorded_engines: Engines) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    engines = recorded_engines
    yield AssessedHouse(tmp_path, databases, keys, clock, engines.llm, engines.speech, engines.vision)
    databases.close()


def analysed(house: AssessedHouse, interview_id: str) -> dict[str, AnswerAnalysis]:
    """The analyses by question."""
    assert house.work(ANALYSE_ANSWER) == 0
    found = house.databases.core.read(lambda tx: assessment_store.analyses(tx, interview_id))
    return {analysis.question_id: analysis for analysis in found.values()}


def lossless(pcm16: bytes) -> bytes:
    """A recording in which every sample stays as it is, so that the engines were asked the very same."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as output:
        stream = output.add_stream("pcm_s16le", rate=16_000, layout="mono")
        samples = np.frombuffer(pcm16, dtype=np.int16)
        for start in range(0, len(samples), 1600):
            piece = samples[start : start + 1600].reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, start, Fraction(1, 16_000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def test_a_written_answer_goes_through_the_house_to_its_level(house: AssessedHouse) -> None:
    interview_id = house.finished(ANSWERS[(QUESTION, "zh")]["excellent"], "", "", language="zh")
    reading = analysed(house, interview_id)[QUESTION].reading
    assert reading.needs_person is None and reading.levels[0].result.mean > 3.5


def test_a_spoken_answer_is_heard_measured_and_found_too_short(house: AssessedHouse) -> None:
    interview, key = house.entered(video=False, language="en")
    house.recorded(key, 0, lossless(known.speech()), "audio/webm;codecs=pcm")
    analysis = analysed(house, interview.id)[QUESTION]
    said = " ".join(word.text for word in analysis.words).lower()
    assert all(word in said for word in known.SPOKEN_AT_S)
    assert analysis.speech is not None and (analysis.speech.word_probability or 0) > 0.5
    assert analysis.observations.figures
    assert analysis.reading.needs_person is PersonReason.TOO_SHORT
