"""A Gaussian process over a few features: what 5 to 200 rated answers teach about the others.

Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1, and section 5.4.2 for the
predictions that leave each rated answer out. The kernel is a sum: a line shared by all questions, a smaller line
and an offset of each question's own, and a smooth part for what is not a line. Its weights are fixed: with so few
answers, choosing them by likelihood was measured to be worse. The mean before any rating is the marks' own: with
few ratings the model's marks stand, with more the raters decide.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[Any]

SHARED, OWN, SMOOTH, NOISE = 0.5, 0.3, 0.5, 0.4
"""Variances of the kernel's parts and of one rating, in units of the ratings' own variance."""

PRIOR_SLOPE = 0.6
"""Standard deviations of the rating for one of the marks, before anything is learnt."""

LEAST_SPREAD = 0.15
"""Standard deviation that ratings are taken to have at least (of full marks): five equal ratings do not say that
all answers are equal."""

REACH = 3.0
"""Features beyond so many standard deviations of the rated answers count as at the edge: no answer may climb by
being stranger than any that was rated."""


class Estimate(Struct, frozen=True):
    """A score with the standard deviation of what a rater might give, both in shares of full marks."""

    mean: float
    deviation: float


class GaussianProcess:
    """``features``: answers x features, finite. ``groups``: the question of each. ``targets``: 0 to 1. ``marks``
    are the columns that are marks of a model already."""

    def __init__(self, features: Array, groups: Sequence[str], targets: Array, marks: Sequence[int]) -> None:
        if not len(features) == len(groups) == len(targets) or len(targets) < 2:
            raise ValueError("at least two rated answers, each with features and a question, are needed")
        self._marks = list(marks)
        self._mean, self._spread = features.mean(axis=0), features.std(axis=0) + 1e-6
        self._level, self._scale = float(targets.mean()), max(float(targets.std()), LEAST_SPREAD)
        self._rated = self._standard(features)
        self._groups = np.array(groups)
        residual = (targets - self._level) / self._scale - self._before(self._rated)
        kernel = self._kernel(self._rated, self._groups) + NOISE * np.eye(len(targets))
        self._inverse = np.linalg.inv(kernel)
        self._weights = self._inverse @ residual
        self._residual = residual

    def estimate(self, features: Array, groups: Sequence[str]) -> list[Estimate]:
        """What the raters would give, for answers they have not rated."""
        asked, labels = self._standard(features), np.array(groups)
        cross = self._kernel(asked, labels, self._rated, self._groups)
        means = self._before(asked) + cross @ self._weights
        own = np.array([self._kernel(asked[[i]], labels[[i]])[0, 0] for i in range(len(asked))])
        variances = np.maximum(own - np.einsum("ij,jk,ik->i", cross, self._inverse, cross), 0.0) + NOISE
        return self._estimates(means, variances)

    def left_out(self) -> list[Estimate]:
        """For each rated answer, what the others say of it."""
        variances = 1.0 / np.diag(self._inverse)
        means = self._before(self._rated) + self._residual - self._weights * variances
        return self._estimates(means, variances)

    def _estimates(self, means: Array, variances: Array) -> list[Estimate]:
        scores = np.clip(self._level + self._scale * means, 0.0, 1.0)
        deviations = self._scale * np.sqrt(variances)
        return [Estimate(float(mean), float(spread)) for mean, spread in zip(scores, deviations, strict=True)]

    def _standard(self, features: Array) -> Array:
        standard: Array = np.clip((features - self._mean) / self._spread, -REACH, REACH)
        return standard

    def _before(self, standard: Array) -> Array:
        mean: Array = PRIOR_SLOPE * standard[:, self._marks].mean(axis=1)
        return mean

    def _kernel(
        self, a: Array, groups_a: Array, b: Array | None = None, groups_b: Array | None = None
    ) -> Array:
        b, groups_b = (a, groups_a) if b is None or groups_b is None else (b, groups_b)
        line = a @ b.T / a.shape[1]
        apart = ((a[:, None] - b[None]) ** 2).mean(axis=2)
        same = (groups_a[:, None] == groups_b[None]).astype(float)
        kernel: Array = (
            SHARED * line + OWN * same * (line + 0.5) + SMOOTH * np.exp(-0.5 * apart) * (0.5 + 0.5 * same)
        )
        return kernel
