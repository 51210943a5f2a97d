"""One answer read by the language model: relevance, evidence and levels, with the gate's word on each.

Ten short questions an answer with one competency: two for relevance, and, only if it is relevant, four for
the parts of the experience and four for each competency (anchors in two orders, each asked in two phrasings).
"""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from appliance.interviews.analysis.transcript import Sentence, plain, units
from appliance.interviews.plans.rubrics import Competency, Language, content_hash
from appliance.interviews.scoring.evidence import (
    PartEvidence,
    Relevance,
    part_requests,
    read_parts,
    read_relevance,
    relevance_requests,
)
from appliance.interviews.scoring.levels import (
    AnchorOrder,
    GatePolicy,
    LevelResult,
    LevelRun,
    PersonReason,
    Phrasing,
    Wording,
    combine,
    digit_distribution,
    gate_level,
    gate_text,
)
from appliance.interviews.scoring.manipulation import Manipulation, ManipulationKind, find_manipulation
from appliance.interviews.scoring.prompts import ALTERNATIVES, SEED, AnswerPrompt, prompt_hash
from inference.ports import ChatRequest, ChatResult, Llm

GUIDES = ((AnchorOrder.ASCENDING, Wording.DEFINITION), (AnchorOrder.DESCENDING, Wording.RESTATED))
"""Each order of the anchors comes with a wording of its own: two beginnings to compute instead of four."""

OVER_AND_OVER = 3
"""So often said, a sentence is no longer told but repeated."""

RUNS = tuple((order, wording, phrasing) for order, wording in GUIDES for phrasing in Phrasing)


class EngineUse(Struct, frozen=True, kw_only=True):
    """What a reading was made with and what it cost; ``settings`` are the engine's own description,
    ``seconds`` the sum over calls that ran side by side."""

    model: str
    model_sha256: str
    settings: str
    prompt_hash: str
    temperature: float
    seed: int
    top_logprobs: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float


class LevelReading(Struct, frozen=True, kw_only=True):
    """The level on one competency; with ``needs_person`` no number may be shown."""

    result: LevelResult
    needs_person: PersonReason | None


class Reading(Struct, frozen=True, kw_only=True):
    """All that the model said of one answer. ``needs_person`` holds for the whole answer."""

    needs_person: PersonReason | None
    units: int
    relevance: Relevance | None
    evidence: tuple[PartEvidence, ...]
    levels: tuple[LevelReading, ...]
    manipulation: tuple[Manipulation, ...]
    engine: EngineUse | None


class Task(Struct, frozen=True, kw_only=True):
    """What is to be read: the question as the candidate saw it, what it is to show, and the answer. ``hidden`` says
    that its text, as it arrived, held characters that nobody sees."""

    case_id: str
    question: str
    language: Language
    competencies: tuple[Competency, ...]
    sentences: tuple[Sentence, ...]
    spoken: bool
    word_probability: float | None = None
    hidden: bool = False


def read_answer(llm: Llm, task: Task, policy: GatePolicy, *, deadline_s: float) -> Reading:
    """Reads one answer. Raises the errors of ``inference.errors``; never a number for what the gate holds
    back."""
    length = sum(units(sentence.text) for sentence in task.sentences)
    signs = tuple(find_manipulation(task.sentences, task.competencies, task.language))
    if task.hidden:
        signs = (Manipulation(ManipulationKind.HIDDEN_TEXT, 0), *signs)
    honest = told_sentences(task.sentences, signs)
    held = (
        gate_text(policy, length, spoken=task.spoken)
        or _unintelligible(policy, task)
        or _nothing_left(policy, honest)
    )
    if held is not None:
        return _unread(held, length, signs)
    prompt = AnswerPrompt(task.question, honest, task.language, task.case_id)
    first = llm.chat_many(relevance_requests(prompt), deadline_s=deadline_s)
    relevance = read_relevance(first)
    if relevance.probability < policy.relevance:
        return _unread(PersonReason.IRRELEVANT, length, signs, relevance, _use(first))
    parts = part_requests(prompt)
    results = llm.chat_many([*parts, *_level_requests(prompt, task.competencies)], deadline_s=deadline_s)
    return Reading(
        needs_person=PersonReason.MANIPULATION if signs else None,
        units=length,
        relevance=relevance,
        evidence=tuple(read_parts(results[: len(parts)], honest, task.language)),
        levels=tuple(_levels(results[len(parts) :], task.competencies, policy)),
        manipulation=signs,
        engine=_use([*first, *results]),
    )


def told_sentences(sentences: Sequence[Sentence], signs: Sequence[Manipulation]) -> tuple[Sentence, ...]:
    """What the model reads: no sentence that speaks to the scorer, a repeated one once, one said over and over not
    at all. What is left out stays in the transcript for a person; a level that it raised would be its own and not
    the experience's."""
    flagged = {sign.sentence for sign in signs}
    said = Counter(plain(sentence.text) for sentence in sentences)
    seen: set[str] = set()
    kept = []
    for sentence in sentences:
        words = plain(sentence.text)
        if sentence.number not in flagged and words not in seen and said[words] < OVER_AND_OVER:
            kept.append(sentence)
            seen.add(words)
    return tuple(kept)


def _nothing_left(policy: GatePolicy, honest: Sequence[Sentence]) -> PersonReason | None:
    """An answer that is long only by sentences that tell nothing."""
    length = sum(units(sentence.text) for sentence in honest)
    return PersonReason.MANIPULATION if length < policy.minimum_units else None


def _level_requests(prompt: AnswerPrompt, competencies: Sequence[Competency]) -> list[ChatRequest]:
    return [prompt.level(competency, *run) for competency in competencies for run in RUNS]


def _levels(
    results: Sequence[ChatResult], competencies: Sequence[Competency], policy: GatePolicy
) -> list[LevelReading]:
    readings = []
    for index, competency in enumerate(competencies):
        own = results[index * len(RUNS) : (index + 1) * len(RUNS)]
        runs = [
            LevelRun(*run, *digit_distribution(result.first_token))
            for run, result in zip(RUNS, own, strict=True)
        ]
        result = combine(competency.id, content_hash(competency), runs)
        readings.append(LevelReading(result=result, needs_person=gate_level(policy, result)))
    return readings


def _unintelligible(policy: GatePolicy, task: Task) -> PersonReason | None:
    if task.word_probability is not None and task.word_probability < policy.word_probability:
        return PersonReason.UNINTELLIGIBLE
    return None


def _unread(
    reason: PersonReason,
    length: int,
    signs: tuple[Manipulation, ...],
    relevance: Relevance | None = None,
    engine: EngineUse | None = None,
) -> Reading:
    return Reading(
        needs_person=reason,
        units=length,
        relevance=relevance,
        evidence=(),
        levels=(),
        manipulation=signs,
        engine=engine,
    )


def _use(results: Sequence[ChatResult]) -> EngineUse:
    return EngineUse(
        model=results[0].model,
        model_sha256=results[0].model_sha256,
        settings=results[0].engine,
        prompt_hash=prompt_hash(),
        temperature=0.0,
        seed=SEED,
        top_logprobs=ALTERNATIVES,
        calls=len(results),
        prompt_tokens=sum(result.prompt_tokens for result in results),
        completion_tokens=sum(result.completion_tokens for result in results),
        seconds=round(sum(result.seconds for result in results), 3),
    )
