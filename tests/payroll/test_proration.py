"""Proration: what part of a month's wage some days earn, whatever the policy."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.payroll.proration import Count, Proration, WagePart, month_share, prorate
from appliance.people.money import to_fen

DIVISOR = Decimal("21.75")
POLICIES = st.sampled_from(list(Proration))
COUNTS = st.sampled_from(list(Count))
WAGES = st.decimals("0", "200000", places=2)


@st.composite
def months(draw: st.DrawFn) -> tuple[Decimal, list[WagePart]]:
    """A month's days, and up to three wage parts that lie in it."""
    days = draw(st.integers(15, 31))
    cuts = sorted(draw(st.lists(st.integers(0, days), min_size=1, max_size=3)))
    parts = [
        WagePart(draw(WAGES), Decimal(end - begin))
        for begin, end in zip([0, *cuts], cuts, strict=False)
        if end > begin
    ]
    return Decimal(days), parts


@given(months(), POLICIES, COUNTS)
def test_pay_is_never_negative_and_never_above_the_highest_wage(
    month: tuple[Decimal, list[WagePart]], policy: Proration, count: Count
) -> None:
    month_days, parts = month
    pays = prorate(parts, policy=policy, count=count, month_days=month_days, divisor=DIVISOR)
    highest = max((part.monthly_wage for part in parts), default=Decimal(0))
    assert all(pay >= 0 for pay in pays)
    assert sum(pays) <= highest + Decimal("0.01") * len(pays)


@given(WAGES, st.integers(1, 31), POLICIES, COUNTS)
def test_a_full_month_is_the_full_wage_to_the_fen(
    wage: Decimal, days: int, policy: Proration, count: Count
) -> None:
    whole = [WagePart(wage, Decimal(days))]
    assert prorate(whole, policy=policy, count=count, month_days=Decimal(days), divisor=DIVISOR) == [wage]


@given(months(), POLICIES, COUNTS)
def test_splitting_a_month_moves_no_more_than_half_a_fen_a_part(
    month: tuple[Decimal, list[WagePart]], policy: Proration, count: Count
) -> None:
    month_days, parts = month
    same = [WagePart(Decimal("8765.43"), part.days) for part in parts]
    days = sum((part.days for part in parts), Decimal(0))
    split = sum(prorate(same, policy=policy, count=count, month_days=month_days, divisor=DIVISOR))
    [whole] = prorate(
        [WagePart(Decimal("8765.43"), days)],
        policy=policy,
        count=count,
        month_days=month_days,
        divisor=DIVISOR,
    )
    assert abs(split - whole) <= Decimal("0.005") * (len(parts) + 1)


@given(WAGES, st.integers(1, 31), POLICIES, COUNTS)
def test_another_day_never_pays_less(wage: Decimal, days: int, policy: Proration, count: Count) -> None:
    def pay(paid: int) -> Decimal:
        parts = [WagePart(wage, Decimal(paid))]
        return prorate(parts, policy=policy, count=count, month_days=Decimal(days), divisor=DIVISOR)[0]

    assert [pay(paid) for paid in range(days + 1)] == sorted(pay(paid) for paid in range(days + 1))


def test_the_two_counts_differ_only_under_the_statutory_divisor() -> None:
    def pay(policy: Proration, count: Count) -> Decimal:
        parts = [WagePart(Decimal("21750"), Decimal(10))]
        return prorate(parts, policy=policy, count=count, month_days=Decimal(22), divisor=DIVISOR)[0]

    assert pay(Proration.PAY_DAYS_21_75, Count.WORKED) == Decimal("10000.00")
    assert pay(Proration.PAY_DAYS_21_75, Count.MISSED) == Decimal("9750.00")
    assert pay(Proration.ACTUAL_PAY_DAYS, Count.WORKED) == Decimal("9886.36")
    assert pay(Proration.ACTUAL_PAY_DAYS, Count.MISSED) == Decimal("9886.36")


def test_more_paid_days_than_the_month_has_are_refused() -> None:
    with pytest.raises(ValueError, match="paid days"):
        month_share(
            Proration.CALENDAR_DAYS,
            Count.WORKED,
            paid_days=Decimal(32),
            month_days=Decimal(31),
            divisor=DIVISOR,
        )


@given(st.fractions(-10_000, 10_000, max_denominator=7000))
def test_rounding_is_half_up_and_symmetric(amount: Fraction) -> None:
    rounded = to_fen(amount)
    assert abs(Fraction(rounded) - amount) <= Fraction(1, 200)
    assert to_fen(-amount) == -rounded
    assert to_fen(Fraction(1, 200)) == Decimal("0.01")
