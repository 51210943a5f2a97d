"""Whether a score may be used as more than advice, and the calibrator that makes it, from the raters' own answers."""

import math
from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from appliance.interviews.plans.rubrics import content_hash
from appliance.interviews.validation.agreement import Bootstrap, Numbers, estimate
from appliance.interviews.validation.comparison import (
    kappa_of_raters,
    kappa_with_each,
    level_of,
    score_of_raters,
)
from appliance.interviews.validation.fitting import FEWEST, fit_monotone, left_out_scores
from appliance.interviews.validation.model import (
    BandName,
    FittedCalibrator,
    Gate,
    GateState,
    RatedItem,
    WhyNot,
    band_of,
)

GAP_ALLOWED = 0.05
"""Machine-human kappa may lie below human-human by so much."""
FEWEST_FOR_GATE = 30
HELD = 0.8
"""Share of the raters' means that a score's interval holds."""
FAR_OFF = 2.5
"""Points of 10: one level."""
FAR_OFF_SHARE = 0.2
FEWEST_IN_BAND = 8


def decide(rows: Numbers, bootstrap: Bootstrap | None = None) -> Gate:
    """The gate for ratings of shape (answers, 3): two raters and what the calibrator predicted for each answer from
    the others, all on the scale of the levels."""
    draws = bootstrap or Bootstrap()
    answers = len(rows)
    human = estimate(rows, kappa_of_raters, Bootstrap(resamples=0)).value
    machine = estimate(rows, kappa_with_each, Bootstrap(resamples=0)).value
    gap = estimate(rows, lambda ratings: kappa_of_raters(ratings) - kappa_with_each(ratings), draws)
    reason: WhyNot | None = None
    if answers < FEWEST_FOR_GATE:
        reason = WhyNot.TOO_FEW
    elif gap.value is None:
        reason = WhyNot.UNDEFINED
    elif gap.value > GAP_ALLOWED:
        reason = WhyNot.BELOW_RATERS
    return Gate(
        state=GateState.ADVISORY if reason else GateState.VALIDATED,
        reason=reason,
        answers=answers,
        human=_rounded(human),
        machine=_rounded(machine),
        gap=_rounded(gap.value),
        gap_low=_rounded(gap.low),
        gap_high=_rounded(gap.high),
    )


def newest_instrument(stratum: Sequence[RatedItem]) -> list[RatedItem]:
    """The answers of the instrument that was used last: levels of another model or rubric are another scale."""
    if not stratum:
        return []
    last = stratum[-1].item.instrument
    return [one for one in stratum if one.item.instrument == last]


def fitted(
    stratum: Sequence[RatedItem], *, calibrator_id: str, number: int, at: datetime, by: str
) -> FittedCalibrator:
    """A calibrator of complete items of one competency, language and instrument, with its gate. Raises
    `ValueError` below `FEWEST` answers or with answers of one candidate alone."""
    if len(stratum) < FEWEST:
        raise ValueError(f"{FEWEST} answers are needed and {len(stratum)} are there")
    levels = [one.item.machine_level or 0.0 for one in stratum]
    scores = [score_of_raters(one) for one in stratum]
    predicted = left_out_scores(levels, scores, [one.item.candidate_id for one in stratum])
    errors = np.array(predicted) - np.array(scores)
    rows = np.array(
        [(*one.levels, level_of(score)) for one, score in zip(stratum, predicted, strict=True)],
        dtype=np.float64,
    )
    first = stratum[0].item
    made = FittedCalibrator(
        id=calibrator_id,
        competency_id=first.competency_id,
        language=first.language,
        number=number,
        knots=fit_monotone(levels, scores),
        answers=len(stratum),
        reach=_reach(errors),
        bias=round(float(errors.mean()), 4),
        deviation=round(max(float(errors.std(ddof=1)), 1e-3), 4),
        unreliable=_unreliable(levels, errors),
        instrument=first.instrument,
        gate=decide(rows),
        hash="",
        fitted_at=at,
        fitted_by=by,
    )
    return msgspec.structs.replace(made, hash=_hash_of(made, stratum))


def _reach(errors: Numbers) -> float:
    """Half of the width that held four in five of the raters' means, a little more for few answers (the
    rank of split conformal prediction: Vovk, Gammerman and Shafer 2005)."""
    ordered = np.sort(np.abs(errors))
    rank = min(math.ceil(HELD * (len(ordered) + 1)), len(ordered))
    return round(float(ordered[rank - 1]), 4)


def _unreliable(levels: Sequence[float], errors: Numbers) -> tuple[BandName, ...]:
    """Bands in which more than one answer in five was off by more than a level."""
    found = []
    for band in BandName:
        mine = [
            abs(float(error)) for level, error in zip(levels, errors, strict=True) if band_of(level) is band
        ]
        if len(mine) >= FEWEST_IN_BAND and sum(one > FAR_OFF for one in mine) > FAR_OFF_SHARE * len(mine):
            found.append(band)
    return tuple(found)


def _hash_of(made: FittedCalibrator, stratum: Sequence[RatedItem]) -> str:
    """Over the line and over the ratings that made it."""
    return content_hash(
        made.competency_id,
        made.language,
        list(made.knots),
        made.reach,
        [band.value for band in made.unreliable],
        made.instrument,
        [(one.item.id, one.item.machine_level, list(one.levels)) for one in stratum],
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
