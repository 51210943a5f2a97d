"""A month's wage for part of a month (工资支付暂行规定 with 人社部发〔2025〕2号): the mechanism, without
dates.

Named points of rounding: each wage part's pay, half up to the fen. Everything before is exact.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from appliance.people.money import to_fen


class Proration(StrEnum):
    """What a month's wage is divided by."""

    PAY_DAYS_21_75 = "pay_days_21_75"
    """The statutory 21.75 pay days a month."""
    ACTUAL_PAY_DAYS = "actual_pay_days"
    """The month's own paid days: its working days and statutory holidays."""
    CALENDAR_DAYS = "calendar_days"
    """The month's calendar days."""


class Count(StrEnum):
    """From which side the days are counted. The two differ only under 21.75."""

    WORKED = "worked"
    """Positive: pay for the days paid, at most the month's wage."""
    MISSED = "missed"
    """Negative: the month's wage less the days missed, at least nothing."""


class WagePart(Struct, frozen=True):
    """Days of the month paid at one monthly wage; the days are counted as the policy says."""

    monthly_wage: Decimal
    days: Decimal


def month_share(
    policy: Proration, count: Count, *, paid_days: Decimal, month_days: Decimal, divisor: Decimal
) -> Fraction:
    """The part of the month's wage that ``paid_days`` of the month's ``month_days`` earn, from 0 to 1.

    Every paid day there: 1, whatever the divisor. None there: 0. ``divisor`` is used by the 21.75 policy
    alone. Raises ``ValueError`` when more days are paid than the month has.
    """
    if not 0 <= paid_days <= month_days:
        raise ValueError("paid days must lie between none and the month's")
    if paid_days == month_days:
        return Fraction(1) if month_days else Fraction(0)
    if paid_days == 0:
        return Fraction(0)
    if policy is not Proration.PAY_DAYS_21_75:
        return Fraction(paid_days) / Fraction(month_days)
    if count is Count.WORKED:
        return min(Fraction(1), Fraction(paid_days) / Fraction(divisor))
    return max(Fraction(0), 1 - Fraction(month_days - paid_days) / Fraction(divisor))


def prorate(
    parts: Sequence[WagePart], *, policy: Proration, count: Count, month_days: Decimal, divisor: Decimal
) -> list[Decimal]:
    """Pay of each wage part in yuan, in order.

    The month's share (``month_share`` over all parts' days) is spread over the parts by their days, so that
    a month split by a change of wage pays neither more nor less days than the same month unsplit.
    """
    paid_days = sum((part.days for part in parts), Decimal(0))
    share = month_share(policy, count, paid_days=paid_days, month_days=month_days, divisor=divisor)
    if paid_days == 0:
        return [Decimal("0.00") for _ in parts]
    return [
        to_fen(Fraction(part.monthly_wage) * share * Fraction(part.days) / Fraction(paid_days))
        for part in parts
    ]


def overtime_pay(
    monthly_wage: Decimal, hours: Decimal, rate: Decimal, *, divisor: Decimal, hours_per_day: Decimal
) -> Decimal:
    """Pay for overtime hours at ``rate`` (1.5, 2 or 3; 劳动法 art. 44) on the hourly wage, rounded once at
    the end.
    """
    hourly = Fraction(monthly_wage) / (Fraction(divisor) * Fraction(hours_per_day))
    return to_fen(hourly * Fraction(hours) * Fraction(rate))


class StandardTime(Struct, frozen=True):
    """Statutory working days of a year and of an average quarter and month, to two places."""

    annual: Decimal
    quarter: Decimal
    month: Decimal


def standard_time(statutory_holidays: int) -> StandardTime:
    """365 days less 104 rest days less the statutory holidays (人社部发〔2025〕2号, part 1)."""
    annual = Decimal(365 - 104 - statutory_holidays)
    return StandardTime(annual, to_fen(Fraction(annual) / 4), to_fen(Fraction(annual) / 12))
