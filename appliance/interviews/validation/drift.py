"""Whether the machine still scores as it did when it was validated: a control chart over the monthly samples.

Each rated answer gives an error (calibrated score minus the raters' mean) that is taken in standard deviations of
the errors at the validation. A month's mean should lie within three standard errors of zero, and not twice in three
months beyond two on the same side (Shewhart 1931; Western Electric 1956, rules 1 and 2).
"""

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from appliance.interviews.validation.comparison import is_complete, score_of_raters
from appliance.interviews.validation.fitting import score_at
from appliance.interviews.validation.model import FittedCalibrator, RatedItem, Round, RoundKind

ALARM_AT, WARN_AT = 3.0, 2.0
WINDOW, WARNINGS_IN_WINDOW = 3, 2
FEWEST_A_MONTH = 5


class DriftPoint(Struct, frozen=True, kw_only=True):
    """One month (2026-11). `mean` is in standard deviations of the validation's errors, positive where the machine
    gives more than people; `points` the same in points of 10; `limit` is three standard errors for this number of
    answers. `alarm` marks a month that breaks a rule; a month with too few answers never does."""

    month: str
    answers: int
    mean: float
    points: float
    limit: float
    alarm: bool


def drift_points(
    rated: Sequence[tuple[Round, RatedItem]],
    calibrators: Mapping[tuple[str, str], FittedCalibrator],
    month_of: Mapping[str, str],
) -> list[DriftPoint]:
    """The chart's points, oldest first. `month_of` gives the site's month of a round by its id; answers without a
    calibrator of the same instrument, or rated for its fit, are left out."""
    months: dict[str, list[tuple[float, float]]] = {}
    for asked_in, one in rated:
        calibrator = calibrators.get((one.item.competency_id, one.item.language))
        if calibrator is None or not _counts(asked_in, one, calibrator):
            continue
        error = score_at(calibrator.knots, one.item.machine_level or 0.0) - score_of_raters(one)
        scaled = (error - calibrator.bias) / calibrator.deviation
        months.setdefault(month_of[asked_in.id], []).append((scaled, error))
    points: list[DriftPoint] = []
    for month, errors in sorted(months.items()):
        mean = math.fsum(scaled for scaled, _error in errors) / len(errors)
        point = DriftPoint(
            month=month,
            answers=len(errors),
            mean=round(mean, 3),
            points=round(math.fsum(error for _scaled, error in errors) / len(errors), 2),
            limit=round(ALARM_AT / math.sqrt(len(errors)), 3),
            alarm=_breaks(mean, len(errors), points),
        )
        points.append(point)
    return points


def _counts(asked_in: Round, one: RatedItem, calibrator: FittedCalibrator) -> bool:
    """A monthly answer of the calibrator's own instrument that was drawn after it was fitted: what it was fitted
    on fits it."""
    return (
        asked_in.kind is RoundKind.DRIFT
        and asked_in.drawn_at >= calibrator.fitted_at
        and is_complete(one)
        and one.item.instrument == calibrator.instrument
    )


def _breaks(mean: float, answers: int, before: Sequence[DriftPoint]) -> bool:
    """Beyond three standard errors, or for the second time in three months beyond two on one side."""
    if answers < FEWEST_A_MONTH:
        return False
    here = mean * math.sqrt(answers)
    if abs(here) > ALARM_AT:
        return True
    side = math.copysign(1.0, here)
    recent = [one for one in before if one.answers >= FEWEST_A_MONTH][-(WINDOW - 1) :]
    beyond = [here, *(one.mean * math.sqrt(one.answers) for one in recent)]
    return abs(here) > WARN_AT and sum(side * one > WARN_AT for one in beyond) >= WARNINGS_IN_WINDOW
