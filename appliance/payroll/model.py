"""Pay records, their wage segments, and the site's choices within the law."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.kernel.errors import N_
from appliance.payroll.figures import Figure
from appliance.payroll.proration import Count, Proration


class SegmentKind(StrEnum):
    """Why a wage holds."""

    PROBATION = "probation"
    FULL = "full"


SEGMENT_LABELS = {SegmentKind.PROBATION: N_("Probation"), SegmentKind.FULL: N_("Full wage")}


class WageSegment(msgspec.Struct, frozen=True):
    """A monthly wage in yuan from a day until a day (both inclusive; None: until changed), and what made
    it.
    """

    from_on: date
    until_on: date | None
    monthly_wage: Decimal
    kind: SegmentKind
    basis: Figure


class PayRecord(msgspec.Struct, frozen=True):
    """An employee's pay record; ``closed_on`` is the last day that is paid."""

    id: str
    employee_id: str
    scope: str
    starts_on: date
    closed_on: date | None
    segments: tuple[WageSegment, ...]

    def segment_on(self, day: date) -> WageSegment | None:
        """The segment that holds on a day, or None before the first."""
        for segment in self.segments:
            if segment.from_on <= day and (segment.until_on is None or day <= segment.until_on):
                return segment
        return None


class PayPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``policy.toml``: what the site decides within the law."""

    scope: str
    proration: Proration = Proration.PAY_DAYS_21_75
    count: Count = Count.WORKED
    probation_rate: Decimal = Decimal("0.80")
    housing_fund_rate: Decimal | None = None

    @classmethod
    def load(cls, folders: Iterable[Path]) -> "PayPolicy":
        """The last folder's ``policy.toml``; the first folder is the shipped one and must have it."""
        found = [folder / "policy.toml" for folder in folders if (folder / "policy.toml").is_file()]
        return msgspec.toml.decode(found[-1].read_bytes(), type=cls)


class MonthPay(msgspec.Struct, frozen=True):
    """One employee's pay of one calendar month, every figure with its explanation."""

    year: int
    month: int
    gross: Figure
    contributions: tuple[Figure, ...]
    tax: Figure
    net: Figure
