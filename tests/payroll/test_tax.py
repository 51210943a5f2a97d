"""Cumulative withholding: the year's tax is right at any month, and no month gives money back."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from appliance.payroll.rulebook import RuleBook
from appliance.payroll.tax import MonthIncome, bonus_tax, tax_on, withhold
from appliance.payroll.wiring import CONFIG

RULES = RuleBook.load([CONFIG / "payroll"])
BASIC = Decimal(5000)
AMOUNTS = st.decimals("0", "150000", places=2)


def table(key: str = "tax_annual") -> tuple[tuple[Decimal | None, Decimal, Decimal], ...]:
    rule = RULES.table(key, "cn", date(2026, 11, 1))
    assert rule is not None
    return rule.value


@given(st.lists(st.builds(MonthIncome, AMOUNTS, st.decimals("0", "5000", places=2)), min_size=1, max_size=12))
def test_withheld_tax_is_never_negative_and_sums_up_to_the_highest_cumulative_tax(
    months: list[MonthIncome],
) -> None:
    steps = withhold(months, table(), basic_a_month=BASIC)
    assert all(step.tax >= 0 for step in steps)
    assert sum(step.tax for step in steps) == max(step.cumulative_tax for step in steps)


@given(AMOUNTS, st.integers(1, 12))
def test_equal_months_withhold_exactly_the_years_tax_so_far(income: Decimal, count: int) -> None:
    steps = withhold([MonthIncome(income)] * count, table(), basic_a_month=BASIC)
    assert sum(step.tax for step in steps) == tax_on(table(), (income - BASIC) * count)


@given(st.decimals("0", "3000000", places=2), st.decimals("0.01", "10000", places=2))
def test_more_taxable_income_is_never_taxed_less_and_leaves_more(taxable: Decimal, more: Decimal) -> None:
    low, high = tax_on(table(), taxable), tax_on(table(), taxable + more)
    assert low <= high <= low + more


def test_brackets_meet_without_a_jump() -> None:
    for key in ("tax_annual", "tax_monthly"):
        rows = table(key)
        for (top, rate, quick), (_, next_rate, next_quick) in zip(rows, rows[1:], strict=False):
            assert top is not None
            assert top * rate - quick == top * next_rate - next_quick


def test_a_first_job_counts_months_from_january() -> None:
    [july] = withhold(
        [MonthIncome(Decimal(20000))], table(), basic_a_month=BASIC, first_month=7, first_job=True
    )
    assert (july.basic_deduction, july.months_counted, july.tax) == (Decimal(35000), 7, Decimal(0))


def test_a_bonus_one_yuan_over_the_limit_costs_more_than_the_yuan() -> None:
    rows = table("tax_annual_bonus")
    assert bonus_tax(Decimal(36000), rows) == Decimal("1080.00")
    assert bonus_tax(Decimal(36001), rows) == Decimal("3390.10")
    assert RULES.table("tax_annual_bonus", "cn", date(2028, 1, 1)) is None
