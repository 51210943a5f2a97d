"""A score on the raters' scale: marks and coverage of an answer, taught by the answers that people rated."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from appliance.interviews.calibration.coverage import Coverage
from appliance.interviews.calibration.process import Estimate, GaussianProcess
from appliance.interviews.plans.rubrics import content_hash
from appliance.interviews.scoring.marks import Marks

LEAST_RATINGS = 5
"""With fewer the marks stand alone, and the score says that it is not validated."""

INTERVAL = 1.2816
"""Standard normal quantile of 0.9: between low and high lie eight of ten ratings."""

MARKS = (0, 1, 2)
"""Which of the features are the model's marks."""


class Portrait(Struct, frozen=True):
    """All that the score is made of. ``group`` is the question, within which answers compare."""

    group: str
    marks: Marks
    coverage: Coverage

    def features(self) -> tuple[float, ...]:
        return (*msgspec.structs.astuple(self.marks), *msgspec.structs.astuple(self.coverage))


class Score(Struct, frozen=True):
    """Shares of full marks, 0 to 1; eight of ten raters would be expected between ``low`` and ``high``."""

    mean: float
    low: float
    high: float


class Calibrator:
    """Learnt from ``portraits`` with their ``targets`` (mean of the raters as a share of full marks)."""

    def __init__(self, portraits: Sequence[Portrait], targets: Sequence[float]) -> None:
        if len(portraits) < LEAST_RATINGS:
            raise ValueError(f"at least {LEAST_RATINGS} rated answers are needed")
        self._process = GaussianProcess(
            _matrix(portraits), [portrait.group for portrait in portraits], np.array(targets), MARKS
        )
        self.ratings = len(targets)
        self.hash = content_hash([msgspec.structs.astuple(one) for one in portraits], list(targets))

    def score(self, portrait: Portrait) -> Score:
        """What the raters would give this answer."""
        return _score(self._process.estimate(_matrix([portrait]), [portrait.group])[0])

    def left_out(self) -> list[Score]:
        """For each rated answer, the score that the others alone would give it."""
        return [_score(estimate) for estimate in self._process.left_out()]


def uncalibrated(marks: Marks) -> Score:
    """Before anybody rated: the model's own mark, and how little that is worth. The interval is the spread of the
    mark about raters' means that was measured on open answers of three questions (0.3 of full marks)."""
    return Score(marks.mark, max(marks.mark - 0.4, 0.0), min(marks.mark + 0.4, 1.0))


def _score(estimate: Estimate) -> Score:
    reach = INTERVAL * estimate.deviation
    return Score(estimate.mean, max(estimate.mean - reach, 0.0), min(estimate.mean + reach, 1.0))


def _matrix(portraits: Sequence[Portrait]) -> NDArray[Any]:
    matrix = np.array([portrait.features() for portrait in portraits], dtype=float)
    if not math.isfinite(float(matrix.sum())):
        raise ValueError("features must be finite")
    return matrix
