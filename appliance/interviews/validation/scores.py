"""What a score may claim here, and the calibrated score, for whoever makes or shows a report."""

from msgspec import Struct

from appliance.interviews.validation import calibrator_store
from appliance.interviews.validation.fitting import FULL, score_at
from appliance.interviews.validation.model import (
    CalibratedScore,
    FittedCalibrator,
    GateState,
    Instrument,
    Validity,
    WhyNot,
    band_of,
)
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_

VALIDITY_WORDS = {
    GateState.VALIDATED: N_("Validated here on %(answers)d answers, %(day)s"),
    GateState.ADVISORY: N_("Advisory: rated here on %(answers)d answers, %(day)s"),
    GateState.NOT_VALIDATED: N_("Not validated here"),
}
"""What stands beside a score; `day` is the day of `Validity.since`."""

WHY_WORDS = {
    WhyNot.NO_RATINGS: N_("Nobody here has rated enough answers for this yet."),
    WhyNot.INSTRUMENT_CHANGED: N_(
        "The model, its prompts or the rubric have changed since people here rated answers. Draw a new sample."
    ),
    WhyNot.TOO_FEW: N_("There are too few rated answers to compare the machine with people."),
    WhyNot.UNDEFINED: N_("The ratings are too alike to tell how far anybody agrees."),
    WhyNot.BELOW_RATERS: N_(
        "The machine agrees with your raters less than they agree with each other. Use the quotes, not the number."
    ),
}


class Standing(Struct, frozen=True):
    """How a competency's scores stand in one language: what they may claim, and the line that makes them."""

    validity: Validity
    calibrator: FittedCalibrator | None = None

    def score(self, mean_level: float) -> CalibratedScore | None:
        """The score of a mean level (1 to 5); None without a calibrator in force."""
        if self.calibrator is None:
            return None
        value = score_at(self.calibrator.knots, mean_level)
        reach = self.calibrator.reach
        return CalibratedScore(
            value=round(value, 2),
            low=round(max(value - reach, 0.0), 2),
            high=round(min(value + reach, FULL), 2),
            needs_person=band_of(mean_level) in self.calibrator.unreliable,
            calibrator_hash=self.calibrator.hash,
        )


NOT_VALIDATED = Standing(Validity(state=GateState.NOT_VALIDATED, reason=WhyNot.NO_RATINGS))


def standing(
    tx: Transaction, competency_id: str, language: str, instrument: Instrument | None = None
) -> Standing:
    """With `instrument`, a calibrator of another model, prompt or rubric does not count."""
    found = calibrator_store.active_calibrator(tx, competency_id, language)
    if found is None:
        return NOT_VALIDATED
    if instrument is not None and found.instrument != instrument:
        return Standing(
            Validity(
                state=GateState.NOT_VALIDATED,
                reason=WhyNot.INSTRUMENT_CHANGED,
                answers=found.answers,
                since=found.fitted_at,
                calibrator_hash=found.hash,
            )
        )
    validity = Validity(
        state=found.gate.state,
        reason=found.gate.reason,
        answers=found.answers,
        since=found.fitted_at,
        calibrator_hash=found.hash,
    )
    return Standing(validity, found)


def validity(
    tx: Transaction, competency_id: str, language: str, instrument: Instrument | None = None
) -> Validity:
    """What a score of this competency in this language may claim here."""
    return standing(tx, competency_id, language, instrument).validity


def calibrated(
    tx: Transaction,
    competency_id: str,
    language: str,
    mean_level: float,
    instrument: Instrument | None = None,
) -> CalibratedScore | None:
    """The score of a mean level (1 to 5) by the calibrator in force; None where there is none."""
    return standing(tx, competency_id, language, instrument).score(mean_level)
