"""Raters with each other, the machine with each rater, and length alone with each rater, on the same answers.

The machine is held against each single rater and the two figures are averaged: against the mean of two raters,
which is steadier than one, it would look better than a person can. What stands under "calibrated" and "length" was
predicted for each answer from other candidates' answers.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from appliance.interviews.validation.agreement import (
    LEVELS_1_TO_5,
    Bootstrap,
    Estimate,
    Numbers,
    Statistic,
    estimate,
    icc_2_1,
    mean_absolute_error,
    pearson,
    quadratic_weighted_kappa,
)
from appliance.interviews.validation.fitting import FEWEST, left_out_scores, straight
from appliance.interviews.validation.model import RATERS_EACH, RatedItem

SMALL_CELL = 10
"""A group with fewer answers is shown with its count alone."""
POINTS_PER_LEVEL = 2.5
PAGE_RESAMPLES = Bootstrap(resamples=500)


class Figures(Struct, frozen=True):
    """Agreement of two; `mae` in levels, of which full marks are 4 apart."""

    qwk: Estimate
    icc: Estimate
    pearson: Estimate
    mae: Estimate


class Comparison(Struct, frozen=True, kw_only=True):
    """One row of the page. `answers` have a level of both raters and of the machine; `unratable` were called so by
    a rater. With `suppressed` there are too few to show. `calibrated` and `length` are None below the number that
    a calibrator needs."""

    answers: int
    unratable: int
    suppressed: bool = False
    human: Figures | None = None
    machine: Figures | None = None
    calibrated: Figures | None = None
    length: Figures | None = None


class Predictions(Struct, frozen=True):
    """Levels (1 to 5) by item id, each predicted from other candidates' answers."""

    calibrated: Mapping[str, float]
    length: Mapping[str, float]


def score_of_raters(one: RatedItem) -> float:
    """The mean of the raters' levels as a score of 0 to 10."""
    levels = [level for level in one.levels if level is not None]
    return (math.fsum(levels) / len(levels) - 1.0) * POINTS_PER_LEVEL


def level_of(score: float) -> float:
    """A score of 0 to 10 on the scale of the levels."""
    return score / POINTS_PER_LEVEL + 1.0


def is_complete(one: RatedItem) -> bool:
    """Whether both raters gave a level and the machine did."""
    return (
        len(one.levels) == RATERS_EACH
        and all(level is not None for level in one.levels)
        and one.item.machine_level is not None
    )


def strata_of(items: Iterable[RatedItem]) -> dict[tuple[str, str], list[RatedItem]]:
    """Complete items by competency and language."""
    strata: dict[tuple[str, str], list[RatedItem]] = {}
    for one in items:
        if is_complete(one):
            strata.setdefault((one.item.competency_id, one.item.language), []).append(one)
    return dict(sorted(strata.items()))


def predictions_of(items: Iterable[RatedItem]) -> Predictions:
    """What calibrators, and what length alone, would have said: fitted within a competency and language, where
    there are enough answers of more than one candidate."""
    calibrated: dict[str, float] = {}
    length: dict[str, float] = {}
    for stratum in strata_of(items).values():
        groups = [one.item.candidate_id for one in stratum]
        if len(stratum) < FEWEST or len(set(groups)) < 2:
            continue
        scores = [score_of_raters(one) for one in stratum]
        levels = [one.item.machine_level or 0.0 for one in stratum]
        lengths = [math.log1p(one.item.length_units) for one in stratum]
        by_level = left_out_scores(levels, scores, groups)
        by_length = left_out_scores(lengths, scores, groups, straight)
        for one, level_score, length_score in zip(stratum, by_level, by_length, strict=True):
            calibrated[one.item.id] = level_of(level_score)
            length[one.item.id] = level_of(length_score)
    return Predictions(calibrated, length)


def compare(
    items: Sequence[RatedItem],
    predictions: Predictions,
    bootstrap: Bootstrap = PAGE_RESAMPLES,
    *,
    smallest: int = 0,
) -> Comparison:
    """The figures of these items; below `smallest` answers the count alone."""
    complete = [one for one in items if is_complete(one)]
    unratable = sum(any(level is None for level in one.levels) for one in items)
    if len(complete) < smallest:
        return Comparison(answers=len(complete), unratable=unratable, suppressed=True)
    if not complete:
        return Comparison(answers=0, unratable=unratable)
    raters = [_pair(one) for one in complete]
    predicted = [one for one in complete if one.item.id in predictions.calibrated]
    found: dict[str, Figures | None] = {}
    for name, known in (("calibrated", predictions.calibrated), ("length", predictions.length)):
        rows = [(*_pair(one), known[one.item.id]) for one in predicted]
        found[name] = _figures(rows, _with_each, bootstrap) if rows else None
    machine = [(*pair, one.item.machine_level or 0.0) for pair, one in zip(raters, complete, strict=True)]
    return Comparison(
        answers=len(complete),
        unratable=unratable,
        human=_figures(raters, _as_it_is, bootstrap),
        machine=_figures(machine, _with_each, bootstrap),
        calibrated=found["calibrated"],
        length=found["length"],
    )


def kappa_with_each(ratings: Numbers) -> Numbers:
    """The mean of the third column's kappas with the first two, shape (..., answers, 3)."""
    return _with_each(_kappa)(ratings)


def kappa_of_raters(ratings: Numbers) -> Numbers:
    """The kappa of the first two columns."""
    return _kappa(ratings[..., :2])


def _kappa(ratings: Numbers) -> Numbers:
    """Kappa of levels: what lies between two is rounded, halves upward."""
    low = LEVELS_1_TO_5.low
    return quadratic_weighted_kappa(low + np.floor(ratings - low + 0.5))


def _with_each(statistic: Statistic) -> Statistic:
    """The mean of a figure of the third column with each of the first two."""

    def both(ratings: Numbers) -> Numbers:
        return (statistic(ratings[..., [0, 2]]) + statistic(ratings[..., [1, 2]])) / 2.0

    return both


def _as_it_is(statistic: Statistic) -> Statistic:
    return statistic


def _figures(
    rows: Sequence[tuple[float, ...]], of: Callable[[Statistic], Statistic], bootstrap: Bootstrap
) -> Figures:
    ratings = np.array(rows, dtype=np.float64).reshape(len(rows), -1)
    return Figures(
        qwk=estimate(ratings, of(_kappa), bootstrap),
        icc=estimate(ratings, of(icc_2_1), bootstrap),
        pearson=estimate(ratings, of(pearson), bootstrap),
        mae=estimate(ratings, of(mean_absolute_error), bootstrap, fewest=1),
    )


def _pair(one: RatedItem) -> tuple[float, float]:
    first, second = one.levels
    return float(first or 0), float(second or 0)
