"""Whether an answer is about the question at all, and which of its sentences carry the experience told.

Relevance is a choice, not a yes or no: a small model says yes to everything, but it must pick the real
question among other topics, at two places of the list. Evidence is a sentence's number, so that a quote
cannot be invented: the model's probability of each number, weighed with the words of the sentence itself
(``cues``), against none.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from appliance.interviews.analysis.transcript import Sentence
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.scoring.cues import weight
from appliance.interviews.scoring.prompts import OTHER_TOPICS, AnswerPrompt
from inference.ports import ChatRequest, ChatResult, TokenAlternative

TOPIC_POSITIONS = (1, 4)
"""Where the real question stands in the list of each relevance request: first and last, so that a habit of
picking one place cancels out."""


NONE = 0
TWO_DIGITS = 2


class StarPart(StrEnum):
    """A part of a told experience."""

    SITUATION = "situation"
    TASK = "task"
    ACTION = "action"
    RESULT = "result"


class Relevance(Struct, frozen=True):
    """Probability that the answer is one to this question: the mean over ``runs``."""

    probability: float
    runs: tuple[float, ...]


class PartEvidence(Struct, frozen=True):
    """The sentence that carries a part, ``None`` where none does; ``probability`` is the model's for its
    pick."""

    part: StarPart
    sentence: int | None
    probability: float


def relevance_requests(prompt: AnswerPrompt) -> list[ChatRequest]:
    """One request a position."""
    return [prompt.topic(position) for position in TOPIC_POSITIONS]


def read_relevance(results: Sequence[ChatResult]) -> Relevance:
    """The answers to ``relevance_requests``, in their order."""
    runs = tuple(
        _share_of(str(position), result.first_token)
        for position, result in zip(TOPIC_POSITIONS, results, strict=True)
    )
    return Relevance(math.fsum(runs) / len(runs), runs)


def part_requests(prompt: AnswerPrompt) -> list[ChatRequest]:
    """One request a part, in the order of ``StarPart``."""
    return [prompt.part(part) for part in StarPart]


def carrying(prompt: AnswerPrompt, point: str) -> ChatRequest:
    """Which sentence carries one point of a marking scheme."""
    return prompt.sentence_for(point)


def read_carrying(result: ChatResult, sentences: Sequence[Sentence]) -> int | None:
    """The answer to ``carrying``: the sentence's number, ``None`` where "none" weighs most."""
    numbers = _numbers(result)
    known = {NONE, *(sentence.number for sentence in sentences)}
    likely = {number: share for number, share in numbers.items() if number in known}
    best = max(likely, key=lambda number: (likely[number], -number), default=NONE)
    return best or None


def read_parts(
    results: Sequence[ChatResult], sentences: Sequence[Sentence], language: Language
) -> list[PartEvidence]:
    """The answers to ``part_requests``; a part for which "none" weighs most has no evidence."""
    return [
        _best(part, _numbers(result), sentences, language)
        for part, result in zip(StarPart, results, strict=True)
    ]


def _best(
    part: StarPart, numbers: dict[int, float], sentences: Sequence[Sentence], language: Language
) -> PartEvidence:
    weighed = {
        sentence.number: numbers.get(sentence.number, 0.0) * weight(part, sentence.text, language)
        for sentence in sentences
    }
    weighed[NONE] = numbers.get(NONE, 0.0)
    total = math.fsum(weighed.values())
    if total <= 0.0:
        return PartEvidence(part, None, 0.0)
    best = max(weighed, key=lambda number: (weighed[number], -number))
    return PartEvidence(part, best or None, round(weighed[best] / total, 4))


def _numbers(result: ChatResult) -> dict[int, float]:
    """The probability of each number. Only the first token has alternatives: a number of two digits is known
    only where it is the answer itself, and then takes what its first digit had."""
    found: dict[int, float] = {}
    for alternative in result.first_token:
        token = alternative.token.strip()
        if token.isascii() and token.isdigit():
            found[int(token)] = found.get(int(token), 0.0) + math.exp(min(alternative.logprob, 0.0))
    said = result.text.strip().rstrip(".。")
    if len(said) == TWO_DIGITS and said.isascii() and said.isdigit():
        found[int(said)] = found.pop(int(said[0]), 0.0)
    return found


def _share_of(digit: str, alternatives: Sequence[TokenAlternative]) -> float:
    """The probability of ``digit`` among the listed options' digits (0 without any of them)."""
    options = {str(number) for number in range(1, len(OTHER_TOPICS["zh"]) + 2)}
    weights = dict.fromkeys(options, 0.0)
    for alternative in alternatives:
        token = alternative.token.strip()
        if token in weights:
            weights[token] += math.exp(min(alternative.logprob, 0.0))
    total = math.fsum(weights.values())
    return weights[digit] / total if total > 0.0 else 0.0
