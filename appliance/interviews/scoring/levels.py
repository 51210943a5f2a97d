"""A probability over the five anchored levels, and the gate that decides whether a number may be shown.

The model answers with one digit; not the digit counts but the probabilities of all five, averaged over two
orders of the anchors, each with a wording of the competency of its own, each asked in two phrasings
(``LevelRun``). Where those runs disagree, the level is the prompt's and not the answer's: no number is shown
and a person rates it.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from appliance.interviews.plans.rubrics import LEVELS
from inference.ports import TokenAlternative

POINTS_PER_LEVEL = 2.5
"""Provisional linear map of the mean level to 0..10: level 1 gives 0, level 5 gives 10. It is a scale, not a
calibration: with no ratings of the customer's own every score made with it is labelled not validated."""


class AnchorOrder(StrEnum):
    """In which order the anchors were read to the model."""

    ASCENDING = "ascending"
    DESCENDING = "descending"


class Wording(StrEnum):
    """Which wording of the competency was read to the model."""

    DEFINITION = "definition"
    RESTATED = "restated"


class Phrasing(StrEnum):
    """In which of two phrasings the level was asked for."""

    PLAIN = "plain"
    COMPARED = "compared"


class LevelRun(Struct, frozen=True):
    """One reading: probabilities of level 1 to 5 (they add up to 1) and the share of the first token's
    probability that lay on the five digits at all."""

    order: AnchorOrder
    wording: Wording
    phrasing: Phrasing
    probabilities: tuple[float, ...]
    digit_mass: float

    @property
    def mean(self) -> float:
        return expected_level(self.probabilities)


class LevelResult(Struct, frozen=True, kw_only=True):
    """The level of one answer on one competency. ``spread`` is the largest difference between the means of
    two runs, in levels."""

    competency_id: str
    rubric_hash: str
    probabilities: tuple[float, ...]
    mean: float
    deviation: float
    spread: float
    digit_mass: float
    runs: tuple[LevelRun, ...]


class PersonReason(StrEnum):
    """Why the machine shows no number and a person must look."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNINTELLIGIBLE = "unintelligible"
    SILENT = "silent"
    IRRELEVANT = "irrelevant"
    UNSTABLE = "unstable"
    NO_LEVEL = "no_level"
    MANIPULATION = "manipulation"
    UNREADABLE_MEDIA = "unreadable_media"
    ANALYSIS_FAILED = "analysis_failed"
    UNRELIABLE_BAND = "unreliable_band"
    NO_SOUND = "no_sound"
    OTHER_LANGUAGE = "other_language"
    VOICES_UNCLEAR = "voices_unclear"


class GatePolicy(Struct, frozen=True, kw_only=True):
    """Where the gate stands. ``minimum_units`` and ``maximum_units`` are Chinese characters plus words;
    ``relevance`` is a probability among four topics (chance: 0.25); ``spread`` is in levels;
    ``word_probability`` is the recogniser's mean."""

    minimum_units: int = 25
    maximum_units: int = 900
    word_probability: float = 0.45
    relevance: float = 0.29
    spread: float = 0.8
    digit_mass: float = 0.5


def digit_distribution(alternatives: Sequence[TokenAlternative]) -> tuple[tuple[float, ...], float]:
    """Probabilities of level 1 to 5 from the alternatives of one generated token, and their share of it all.
    Without any digit among them: equal probabilities and a share of 0."""
    weights = [0.0] * LEVELS
    for alternative in alternatives:
        digit = alternative.token.strip()
        if len(digit) == 1 and digit in "12345":
            weights[int(digit) - 1] += math.exp(min(alternative.logprob, 0.0))
    mass = math.fsum(weights)
    if mass <= 0.0:
        return (1.0 / LEVELS,) * LEVELS, 0.0
    return tuple(weight / mass for weight in weights), min(mass, 1.0)


def expected_level(probabilities: Sequence[float]) -> float:
    """The mean level, 1 to 5."""
    return math.fsum(level * share for level, share in enumerate(probabilities, start=1))


def deviation_of(probabilities: Sequence[float]) -> float:
    """The standard deviation of the level under this distribution."""
    mean = expected_level(probabilities)
    squares = math.fsum(share * (level - mean) ** 2 for level, share in enumerate(probabilities, start=1))
    return math.sqrt(max(squares, 0.0))


def average(distributions: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The equal mixture of several distributions; a permutation of them changes nothing."""
    count = len(distributions)
    return tuple(math.fsum(sorted(shares)) / count for shares in zip(*distributions, strict=True))


def combine(competency_id: str, rubric_hash: str, runs: Sequence[LevelRun]) -> LevelResult:
    """The runs of one answer and competency as one result; at least one run is needed."""
    probabilities = average([run.probabilities for run in runs])
    means = [run.mean for run in runs]
    return LevelResult(
        competency_id=competency_id,
        rubric_hash=rubric_hash,
        probabilities=probabilities,
        mean=expected_level(probabilities),
        deviation=deviation_of(probabilities),
        spread=max(means) - min(means),
        digit_mass=min(run.digit_mass for run in runs),
        runs=tuple(runs),
    )


def score_of(mean_level: float) -> float:
    """The mean level as a score of 0 to 10 by the provisional linear map."""
    return min(max((mean_level - 1.0) * POINTS_PER_LEVEL, 0.0), 10.0)


def gate_text(policy: GatePolicy, length_units: int, *, spoken: bool) -> PersonReason | None:
    """Before any model reads it: can this text be rated at all? Insufficient is not low."""
    if length_units == 0 and spoken:
        return PersonReason.SILENT
    if length_units < policy.minimum_units:
        return PersonReason.TOO_SHORT
    if length_units > policy.maximum_units:
        return PersonReason.TOO_LONG
    return None


def gate_level(policy: GatePolicy, result: LevelResult) -> PersonReason | None:
    """After the runs: did the model answer with levels, and the same one each time?"""
    if result.digit_mass < policy.digit_mass:
        return PersonReason.NO_LEVEL
    if result.spread > policy.spread:
        return PersonReason.UNSTABLE
    return None
