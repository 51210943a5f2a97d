"""One answer read by the language model: its marks, its evidence and, where the rubric has levels, its levels."""

import threading
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from appliance.evaluation.patience import ask
from appliance.evaluation.running import Result
from appliance.evaluation.scoring.answers import Answer
from appliance.evaluation.scoring.rubric import Marked, language_of
from appliance.interviews.analysis.transcript import Sentence, sentences_of_text, units
from appliance.interviews.calibration.calibrator import Portrait
from appliance.interviews.calibration.coverage import Yardstick, length
from appliance.interviews.plans.rubrics import Language, content_hash
from appliance.interviews.scoring.evidence import carrying, read_carrying
from appliance.interviews.scoring.levels import GatePolicy, PersonReason, gate_text
from appliance.interviews.scoring.manipulation import find_manipulation, hides_text
from appliance.interviews.scoring.marks import mark_requests, marks_hash, read_marks
from appliance.interviews.scoring.prompts import AnswerPrompt, prompt_hash
from appliance.interviews.scoring.reading import Task, read_answer, told_sentences
from inference.ports import Llm

DEADLINE_S = 900.0
"""For all questions about one answer: one that cannot be answered in that time says so and can be tried again."""

STORY, FACTS = GatePolicy(), GatePolicy(minimum_units=1, maximum_units=4000)
"""By levels an experience is told, which takes some words; by criteria a single figure may be all that is asked."""


class Quote(Struct, frozen=True):
    """The candidate's own words: sentence ``number`` carries ``part`` (a part of the experience, or a criterion)."""

    part: str
    sentence: int
    text: str


class Levels(Struct, frozen=True):
    """Probabilities of level 1 to 5, their mean, and the largest difference between two readings."""

    probabilities: tuple[float, ...]
    mean: float
    spread: float


class Read(Struct, frozen=True, kw_only=True):
    """What a score is made of. Without ``portrait`` there was nothing that could be read."""

    id: str
    question: str
    reason: str = ""
    portrait: Portrait | None = None
    length: float = 0.0
    levels: Levels | None = None
    evidence: tuple[Quote, ...] = ()
    relevance: float | None = None
    model: str = ""
    model_sha256: str = ""
    prompt_hash: str = ""
    failure: str = ""


class Scoring:
    """The work on one answer."""

    def __init__(self, llm: Llm, answers: Mapping[str, tuple[Answer, Marked]]) -> None:
        self._llm = llm
        self._answers = answers

    def do(self, key: str, stop: threading.Event) -> Result:
        answer, marked = self._answers[key]
        read = ask(lambda: read_one(self._llm, answer, marked), stop)
        return Result(line_of(read), reason=read.failure)

    def failed(self, key: str, reason: str) -> str:
        _, marked = self._answers[key]
        return line_of(Read(id=key, question=marked.id, reason=PersonReason.ANALYSIS_FAILED, failure=reason))


def read_one(llm: Llm, answer: Answer, marked: Marked) -> Read:
    """Reads one answer; raises the errors of ``inference.errors``."""
    language = _language(answer, marked)
    sentences = sentences_of_text(answer.text)
    competency = marked.competency()
    signs = find_manipulation(sentences, [competency] if competency else [], language)
    flagged = bool(signs) or hides_text(answer.text)
    honest = told_sentences(sentences, signs)
    texts = [sentence.text for sentence in honest]
    long = length([sentence.text for sentence in sentences])
    if not any(units(text) for text in texts):
        reason = PersonReason.MANIPULATION if flagged else PersonReason.TOO_SHORT
        return Read(id=answer.key, question=marked.id, reason=reason, length=long)
    scheme = marked.scheme(language)
    results = llm.chat_many(mark_requests(scheme, honest, answer.key), deadline_s=DEADLINE_S)
    yardstick = Yardstick(marked.question, scheme.criteria, scheme.reference)
    portrait = Portrait(marked.id, read_marks(results, language), yardstick.measure(texts))
    partial = Read(
        id=answer.key,
        question=marked.id,
        portrait=portrait,
        length=long,
        reason=PersonReason.MANIPULATION if flagged else "",
        model=results[0].model,
        model_sha256=results[0].model_sha256,
        prompt_hash=content_hash(prompt_hash(), marks_hash()),
    )
    if competency is not None:
        return _told(llm, partial, Task(
            case_id=answer.key, question=marked.question, language=language, competencies=(competency,),
            sentences=tuple(sentences), spoken=False,
        ))  # fmt: skip
    return _pointed(llm, partial, marked, honest, language)


def _told(llm: Llm, partial: Read, task: Task) -> Read:
    """An experience, read as an interview's answer is."""
    reading = read_answer(llm, task, STORY, deadline_s=DEADLINE_S)
    level = reading.levels[0] if reading.levels else None
    reason = reading.needs_person or (level.needs_person if level else None)
    texts = {sentence.number: sentence.text for sentence in task.sentences}
    return msgspec.structs.replace(
        partial,
        reason=reason or partial.reason,
        relevance=reading.relevance.probability if reading.relevance else None,
        levels=Levels(level.result.probabilities, level.result.mean, level.result.spread) if level else None,
        evidence=tuple(
            Quote(part.part, part.sentence, texts[part.sentence])
            for part in reading.evidence
            if part.sentence is not None
        ),
    )


def _pointed(llm: Llm, partial: Read, marked: Marked, honest: Sequence[Sentence], language: Language) -> Read:
    """An answer to a question of knowledge: which sentence carries which criterion."""
    held = gate_text(FACTS, sum(units(sentence.text) for sentence in honest), spoken=False)
    points = marked.points()
    if held or not points:
        return msgspec.structs.replace(partial, reason=partial.reason or held or "")
    prompt = AnswerPrompt(marked.question, honest, language, partial.id)
    results = llm.chat_many([carrying(prompt, point) for point in points], deadline_s=DEADLINE_S)
    texts = {sentence.number: sentence.text for sentence in honest}
    numbers = [read_carrying(result, honest) for result in results]
    quotes = [
        Quote(point, number, texts[number])
        for point, number in zip(points, numbers, strict=True)
        if number is not None
    ]
    return msgspec.structs.replace(partial, evidence=tuple(quotes))


def _language(answer: Answer, marked: Marked) -> Language:
    language: Literal["zh", "en"] = language_of(answer.text) if answer.text.strip() else marked.language
    # A figure or a formula has no language: then it is the question's.
    return language if any(character.isalpha() for character in answer.text) else marked.language


def line_of(read: Read) -> str:
    """A line of the readings that an interrupted run goes on from."""
    return msgspec.json.encode(read).decode() + "\n"
