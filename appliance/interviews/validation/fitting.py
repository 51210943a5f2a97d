"""A monotone line from the machine's mean level to the raters' score, and what it says of answers it has not seen.

Isotonic regression by pooling adjacent violators (Barlow, Bartholomew, Bremner and Brunk 1972), drawn as straight
lines between the middles of its blocks, and mixed with a straight line: few answers make steps that are chance.
A higher level never gives a lower score.
"""

import random
from collections.abc import Callable, Sequence

import numpy as np

from appliance.interviews.validation.model import Knot

LOWEST_LEVEL, HIGHEST_LEVEL = 1.0, 5.0
FULL = 10.0
LINE_WEIGHT = 30.0
"""The straight line counts as much as so many answers do."""
FEWEST = 20
"""Rated answers of one competency in one language before a calibrator is fitted."""
FOLDS = 10
SEED = 20260102

Predict = Callable[[float], float]
Fit = Callable[[Sequence[float], Sequence[float]], Predict]


def fit_monotone(levels: Sequence[float], scores: Sequence[float]) -> tuple[Knot, ...]:
    """The line's knots, by rising level, from mean levels (1 to 5) and raters' scores (0 to 10) of the same
    answers. Raises `ValueError` without any or with unequal numbers of them."""
    if not levels or len(levels) != len(scores):
        raise ValueError("a calibrator needs the level and the score of at least one answer each")
    blocks = _pooled(levels, scores)
    line = _rising_line(levels, scores)
    share = len(levels) / (len(levels) + LINE_WEIGHT)
    middles = [level for level, _score in blocks]
    heights = [score for _level, score in blocks]
    places = sorted({LOWEST_LEVEL, *middles, HIGHEST_LEVEL})
    return tuple(
        Knot(
            round(place, 4),
            round(_kept(share * float(np.interp(place, middles, heights)) + (1 - share) * line(place)), 4),
        )
        for place in places
    )


def score_at(knots: Sequence[Knot], level: float) -> float:
    """The score (0 to 10) of a mean level on the line; beyond its ends the score of the end."""
    return float(np.interp(level, [one.level for one in knots], [one.score for one in knots]))


def left_out_scores(
    inputs: Sequence[float], scores: Sequence[float], groups: Sequence[str], fit: Fit | None = None
) -> list[float]:
    """For each answer, the score that a line fitted without its fold gives it. Answers of one group (one
    candidate) are always left out together. With one group alone nothing can be left out: `ValueError`."""
    names = sorted(set(groups))
    if len(names) < 2:
        raise ValueError("answers of at least two candidates are needed to predict one from another")
    random.Random(SEED).shuffle(names)  # noqa: S311 - folds that are the same every time
    fold_of = {name: place % min(FOLDS, len(names)) for place, name in enumerate(names)}
    folds = [fold_of[name] for name in groups]
    found = [0.0] * len(inputs)
    for fold in set(folds):
        known = [place for place, one in enumerate(folds) if one != fold]
        predict = (fit or _monotone)([inputs[one] for one in known], [scores[one] for one in known])
        for place, one in enumerate(folds):
            if one == fold:
                found[place] = predict(inputs[place])
    return found


def straight(inputs: Sequence[float], scores: Sequence[float]) -> Predict:
    """A least-squares line, whichever way it leans: the baseline of one number alone."""
    values, targets = np.array(inputs), np.array(scores)
    spread = float(np.var(values))
    slope = float(np.mean((values - values.mean()) * (targets - targets.mean()))) / spread if spread else 0.0
    return lambda value: _kept(float(targets.mean()) + slope * (value - float(values.mean())))


def _monotone(levels: Sequence[float], scores: Sequence[float]) -> Predict:
    knots = fit_monotone(levels, scores)
    return lambda level: score_at(knots, level)


def _rising_line(levels: Sequence[float], scores: Sequence[float]) -> Predict:
    """The least-squares line, or the mean where it would fall."""
    line = straight(levels, scores)
    if line(HIGHEST_LEVEL) >= line(LOWEST_LEVEL):
        return line
    mean = float(np.mean(scores))
    return lambda level: mean


def _pooled(levels: Sequence[float], scores: Sequence[float]) -> list[tuple[float, float]]:
    """The blocks of the isotonic regression as (mean level, mean score), both rising."""
    blocks: list[list[float]] = []  # sum of levels, sum of scores, number
    for level, score in sorted(zip(levels, scores, strict=True)):
        blocks.append([level, score, 1.0])
        while len(blocks) > 1 and _violated(blocks[-2], blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [one + other for one, other in zip(blocks[-1], last, strict=True)]
    return [(total / number, score / number) for total, score, number in blocks]


def _violated(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether a block does not rise above the one before, or stands at the same level."""
    falls = before[1] / before[2] >= after[1] / after[2]
    return falls or before[0] / before[2] == after[0] / after[2]


def _kept(score: float) -> float:
    return min(max(score, 0.0), FULL)
