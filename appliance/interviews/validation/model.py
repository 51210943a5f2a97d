"""Nouns of the validation: rounds of blind rating, what is rated, ratings, calibrators, what a score may claim."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

LEVEL_COUNT = 5
RATERS_EACH = 2
"""People who rate an answer of a sample, each without knowing of the other."""


class RoundKind(StrEnum):
    """Why people were asked: to validate, for the monthly look at drift, or about one interview."""

    VALIDATION = "validation"
    DRIFT = "drift"
    ASKED = "asked"


class Round(Struct, frozen=True, kw_only=True):
    """One drawing of answers. `due_on` is the site's day by which the raters are asked to be done."""

    id: str
    kind: RoundKind
    drawn_at: datetime
    drawn_by: str
    due_on: date
    seed: int
    withdrawn_at: datetime | None = None


class Instrument(Struct, frozen=True):
    """With what the machine made its level; a calibrator holds for its own instrument alone."""

    rubric_hash: str
    prompt_hash: str
    model_sha256: str


class Item(Struct, frozen=True, kw_only=True):
    """One answer on one competency, to be rated. `machine_level` (1 to 5) is what the machine said when the answer
    was drawn, None where it said nothing; `length_units` are Chinese characters plus words."""

    id: str
    round_id: str
    interview_id: str
    candidate_id: str
    answer_id: str
    competency_id: str
    language: str
    machine_level: float | None
    length_units: int
    instrument: Instrument


class Rating(Struct, frozen=True, kw_only=True):
    """What one person gave: a level from 1 to 5, or None for "cannot be rated"."""

    item_id: str
    rater_id: str
    level: int | None
    note: str
    given_at: datetime


class RatedItem(Struct, frozen=True):
    """An item that everybody asked has rated; `levels` in the order of the raters, None for "cannot be rated"."""

    item: Item
    levels: tuple[int | None, ...]


class Knot(Struct, frozen=True):
    """A point of a calibrator's line: mean level (1 to 5) and score (0 to 10)."""

    level: float
    score: float


class BandName(StrEnum):
    """Where on the machine's scale a level lies."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


MIDDLE_FROM, MIDDLE_TO = 2.5, 3.5


def band_of(level: float) -> BandName:
    """The band of a mean level from 1 to 5."""
    if level < MIDDLE_FROM:
        return BandName.LOW
    return BandName.HIGH if level > MIDDLE_TO else BandName.MIDDLE


class GateState(StrEnum):
    """What a score may claim for its competency and language."""

    NOT_VALIDATED = "not_validated"
    ADVISORY = "advisory"
    VALIDATED = "validated"


class WhyNot(StrEnum):
    """Why a score is not validated, or advisory only."""

    NO_RATINGS = "no_ratings"
    INSTRUMENT_CHANGED = "instrument_changed"
    TOO_FEW = "too_few"
    UNDEFINED = "undefined"
    BELOW_RATERS = "below_raters"


class Gate(Struct, frozen=True, kw_only=True):
    """The decision for one competency and language. `human` is the quadratic weighted kappa of the two raters,
    `machine` the mean of the machine's with each of them, on the same answers; `gap` = human - machine."""

    state: GateState
    reason: WhyNot | None
    answers: int
    human: float | None
    machine: float | None
    gap: float | None
    gap_low: float | None
    gap_high: float | None


class FittedCalibrator(Struct, frozen=True, kw_only=True):
    """One version of a calibrator. `reach` is half the width that held 80 % of the raters' means when each answer
    was predicted from the others; `bias` and `deviation` of those errors (points of 10) are what drift is measured
    against; `unreliable` are the bands where too many answers were far off."""

    id: str
    competency_id: str
    language: str
    number: int
    knots: tuple[Knot, ...]
    answers: int
    reach: float
    bias: float
    deviation: float
    unreliable: tuple[BandName, ...]
    instrument: Instrument
    gate: Gate
    hash: str
    fitted_at: datetime
    fitted_by: str
    active: bool = True


class Validity(Struct, frozen=True, kw_only=True):
    """What stands beside a score: "validated here on `answers` answers, `since`", advisory, or not validated."""

    state: GateState
    reason: WhyNot | None = None
    answers: int = 0
    since: datetime | None = None
    calibrator_hash: str = ""


class CalibratedScore(Struct, frozen=True, kw_only=True):
    """A score of 0 to 10 with its 80 % interval. With `needs_person` the validation showed this band to be
    unreliable: no number is shown and a person looks."""

    value: float
    low: float
    high: float
    needs_person: bool
    calibrator_hash: str
