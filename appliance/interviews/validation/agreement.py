"""How far two raters agree, with intervals: the figures every claim about a score rests on.

All figures are of pairs: one answer, two values on one scale. A pair that lacks a value is left out and counted.
Where a figure has no meaning (one pair, no differences to agree about) it is None with a reason, never NaN.
Intervals are percentile bootstraps over answers with a fixed seed (Efron and Tibshirani 1993, chapter 13): the
same ratings give the same interval.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Numbers = npt.NDArray[np.float64]
Statistic = Callable[[Numbers], Numbers]
"""Ratings of shape (..., answers, raters) to figures of shape (...); NaN where the figure has no meaning."""

RESAMPLES = 1000
SEED = 20260101
COVERAGE = 0.95
FEWEST_FOR_FIGURE = 3
"""Two pairs always lie on one line."""
FEWEST_FOR_INTERVAL = 5
DEFINED_SHARE = 0.9
"""Of the resamples that must have a meaning before their spread is called an interval."""
CELLS_AT_ONCE = 2_000_000
SAME = 1e-12


class Reason(StrEnum):
    """Why a figure or its interval is missing."""

    TOO_FEW = "too_few"
    CONSTANT = "constant"
    INTERVAL_TOO_FEW = "interval_too_few"


class Estimate(Struct, frozen=True):
    """A figure with its 95 % interval. `value` is None for `reason`; with a value, `low` and `high` are None
    where the answers are too few or too alike for an interval."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: Reason | None = None


class Scale(Struct, frozen=True):
    """The ends of a scale; `step` is the distance between two values that a rater can give (1 for levels, None
    where every value is possible). With a step, kappa, exact and adjacent agreement see values rounded to it."""

    low: float
    high: float
    step: float | None = None

    @property
    def length(self) -> float:
        return self.high - self.low


LEVELS_1_TO_5 = Scale(1.0, 5.0, 1.0)


class Agreement(Struct, frozen=True, kw_only=True):
    """Agreement of two raters over `answers` pairs; `left_out` pairs lacked a value.

    `qwk`: quadratic weighted kappa; `icc_single`, `icc_average`: ICC(2,1) and ICC(2,k), absolute agreement of
    raters drawn at random; `mae`: in points of the scale, `mae_share`: as a share of its length; `exact` and
    `adjacent`: shares of pairs at most 0 and 1 step apart (None without a step)."""

    answers: int
    left_out: int
    qwk: Estimate
    icc_single: Estimate
    icc_average: Estimate
    pearson: Estimate
    spearman: Estimate
    mae: Estimate
    mae_share: Estimate
    exact: Estimate | None
    adjacent: Estimate | None


class Bootstrap(Struct, frozen=True):
    """How intervals are made. `resamples=0` gives figures without intervals."""

    resamples: int = RESAMPLES
    seed: int = SEED
    coverage: float = COVERAGE


def agreement(
    first: Sequence[float | None],
    second: Sequence[float | None],
    scale: Scale = LEVELS_1_TO_5,
    bootstrap: Bootstrap | None = None,
) -> Agreement:
    """The agreement of two raters of the same answers, in the same order. Raises `ValueError` when the two
    are of different length or a value lies outside of the scale."""
    ratings = _complete(first, second, scale)
    draws = bootstrap or Bootstrap()
    rounded = _rounded(ratings, scale)

    def of(statistic: Statistic, values: Numbers = ratings, fewest: int = FEWEST_FOR_FIGURE) -> Estimate:
        return estimate(values, statistic, draws, fewest=fewest)

    step = scale.step
    return Agreement(
        answers=len(ratings),
        left_out=len(first) - len(ratings),
        qwk=of(quadratic_weighted_kappa, rounded),
        icc_single=of(icc_2_1),
        icc_average=of(icc_2_k),
        pearson=of(pearson),
        spearman=of(spearman),
        mae=of(mean_absolute_error, fewest=1),
        mae_share=of(lambda values: mean_absolute_error(values) / scale.length, fewest=1),
        exact=of(lambda values: _within(values, 0.0), rounded, 1) if step is not None else None,
        adjacent=of(lambda values: _within(values, step), rounded, 1) if step is not None else None,
    )


def estimate(
    ratings: Numbers, statistic: Statistic, bootstrap: Bootstrap, *, fewest: int = FEWEST_FOR_FIGURE
) -> Estimate:
    """One figure of ratings of shape (answers, raters) with its interval over resampled answers."""
    if len(ratings) < fewest:
        return Estimate(None, reason=Reason.TOO_FEW)
    value = float(statistic(ratings[np.newaxis])[0])
    if not np.isfinite(value):
        return Estimate(None, reason=Reason.CONSTANT)
    if not bootstrap.resamples:
        return Estimate(value)
    if len(ratings) < FEWEST_FOR_INTERVAL:
        return Estimate(value, reason=Reason.INTERVAL_TOO_FEW)
    drawn = _resampled(ratings, statistic, bootstrap)
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < DEFINED_SHARE * bootstrap.resamples:
        return Estimate(value, reason=Reason.INTERVAL_TOO_FEW)
    tail = (1.0 - bootstrap.coverage) / 2.0
    low, high = np.quantile(defined, [tail, 1.0 - tail])
    return Estimate(value, float(low), float(high))


def quadratic_weighted_kappa(ratings: Numbers) -> Numbers:
    """Cohen's kappa with quadratic weights (Cohen 1968) of two raters, shape (..., answers, 2).

    1 minus the mean squared difference over its expectation when the raters are independent. Without a table of
    categories: with quadratic weights the expectation is var(x) + var(y) + (mean x - mean y)^2, so that kappa is
    the same for every range of categories and equals the concordance coefficient (Lin 1989).
    """
    first, second = ratings[..., 0], ratings[..., 1]
    squared = np.mean((first - second) ** 2, axis=-1)
    apart = (np.mean(first, axis=-1) - np.mean(second, axis=-1)) ** 2
    expected = np.var(first, axis=-1) + np.var(second, axis=-1) + apart
    return 1.0 - _ratio(squared, expected)


def icc_2_1(ratings: Numbers) -> Numbers:
    """ICC(2,1) of Shrout and Fleiss (1979): one rater, two-way random, absolute agreement. Shape (..., answers,
    raters). Raters are taken as the same people for all answers; where pairs of people change, the columns stand
    for a first and a second rater."""
    answers, raters = ratings.shape[-2:]
    rows, columns, error = _mean_squares(ratings)
    return _ratio(rows - error, rows + (raters - 1) * error + raters * (columns - error) / answers)


def icc_2_k(ratings: Numbers) -> Numbers:
    """ICC(2,k) of Shrout and Fleiss (1979): the mean of all k raters. Shape (..., answers, raters)."""
    answers = ratings.shape[-2]
    rows, columns, error = _mean_squares(ratings)
    return _ratio(rows - error, rows + (columns - error) / answers)


def pearson(ratings: Numbers) -> Numbers:
    """The product-moment correlation of two raters, shape (..., answers, 2)."""
    centred = ratings - ratings.mean(axis=-2, keepdims=True)
    shared = np.mean(centred[..., 0] * centred[..., 1], axis=-1)
    spread = np.sqrt(np.mean(centred[..., 0] ** 2, axis=-1) * np.mean(centred[..., 1] ** 2, axis=-1))
    return np.clip(_ratio(shared, spread), -1.0, 1.0)


def spearman(ratings: Numbers) -> Numbers:
    """The correlation of ranks, equal values sharing their mean rank, shape (..., answers, 2)."""
    return pearson(np.stack([_ranks(ratings[..., 0]), _ranks(ratings[..., 1])], axis=-1))


def mean_absolute_error(ratings: Numbers) -> Numbers:
    """The mean distance of two raters in points of the scale, shape (..., answers, 2)."""
    return np.asarray(np.mean(np.abs(ratings[..., 0] - ratings[..., 1]), axis=-1))


def _within(ratings: Numbers, distance: float) -> Numbers:
    near = np.abs(ratings[..., 0] - ratings[..., 1]) <= distance + SAME
    return np.asarray(np.mean(near, axis=-1, dtype=np.float64))


def _mean_squares(ratings: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Between answers, between raters and residual, of the two-way analysis of variance."""
    answers, raters = ratings.shape[-2:]
    grand = ratings.mean(axis=(-2, -1), keepdims=True)
    row_means = ratings.mean(axis=-1, keepdims=True)
    column_means = ratings.mean(axis=-2, keepdims=True)
    rows = raters * np.sum((row_means - grand) ** 2, axis=(-2, -1)) / (answers - 1)
    columns = answers * np.sum((column_means - grand) ** 2, axis=(-2, -1)) / (raters - 1)
    residual = ratings - row_means - column_means + grand
    error = np.sum(residual**2, axis=(-2, -1)) / ((answers - 1) * (raters - 1))
    return rows, columns, error


def _ranks(values: Numbers) -> Numbers:
    """Mean ranks along the last axis, from counts of the distinct values: no sorting of each resample."""
    distinct, places = np.unique(values, return_inverse=True)
    flat = places.reshape(-1, values.shape[-1])
    offsets = np.arange(len(flat))[:, np.newaxis] * len(distinct)
    counts = np.bincount((flat + offsets).ravel(), minlength=len(flat) * len(distinct))
    counts = counts.reshape(len(flat), len(distinct))
    mean_ranks = np.cumsum(counts, axis=1) - (counts - 1) / 2.0
    return np.take_along_axis(mean_ranks, flat, axis=1).reshape(values.shape)


def _ratio(part: Numbers, whole: Numbers) -> Numbers:
    """The quotient; NaN where the whole is nothing, or less than nothing."""
    meaningful = whole > SAME
    return np.where(meaningful, part / np.where(meaningful, whole, 1.0), np.nan)


def _resampled(ratings: Numbers, statistic: Statistic, bootstrap: Bootstrap) -> Numbers:
    """The figure of every resample, some thousand at a time so that memory stays small."""
    generator = np.random.default_rng(bootstrap.seed)
    at_once = max(1, CELLS_AT_ONCE // ratings.size)
    found = []
    for start in range(0, bootstrap.resamples, at_once):
        number = min(at_once, bootstrap.resamples - start)
        drawn = generator.integers(0, len(ratings), size=(number, len(ratings)))
        found.append(statistic(ratings[drawn]))
    return np.concatenate(found)


def _rounded(ratings: Numbers, scale: Scale) -> Numbers:
    """Values on the scale's steps, halves upward as people round."""
    if scale.step is None:
        return ratings
    return scale.low + np.floor((ratings - scale.low) / scale.step + 0.5) * scale.step


def _complete(first: Sequence[float | None], second: Sequence[float | None], scale: Scale) -> Numbers:
    if len(first) != len(second):
        raise ValueError(f"{len(first)} values of one rater stand against {len(second)} of the other")
    pairs = [
        (one, other)
        for one, other in zip(first, second, strict=True)
        if one is not None and other is not None
    ]
    ratings = np.array(pairs, dtype=np.float64).reshape(len(pairs), 2)
    inside = (ratings >= scale.low - SAME) & (ratings <= scale.high + SAME)
    if not bool(np.all(inside)):
        raise ValueError(f"a rating lies outside of the scale from {scale.low} to {scale.high}")
    return ratings
