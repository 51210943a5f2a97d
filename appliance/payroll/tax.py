"""Individual income tax on wages: cumulative withholding, the annual bonus taxed apart, non-residents'
months.

Sources: 个人所得税法; 国家税务总局公告2018年第61号, 2020年第13号, 2020年第19号; 财政部
税务总局公告2023年第30号.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from appliance.payroll.rulebook import Bracket
from appliance.people.money import ZERO, to_fen

_MONTHS_A_YEAR = 12


def bracket_of(table: Sequence[Bracket], amount: Decimal) -> Bracket:
    """The bracket an amount falls into; a limit belongs to the lower bracket ("not over")."""
    for row in table:
        if row[0] is None or amount <= row[0]:
            return row
    raise ValueError("a tax table ends with a bracket without an upper limit")


def tax_on(table: Sequence[Bracket], taxable: Decimal) -> Decimal:
    """Tax on an amount after deductions, half up to the fen; nothing on nothing."""
    if taxable <= 0:
        return ZERO
    _, rate, quick = bracket_of(table, taxable)
    return to_fen(taxable * rate - quick)


class MonthIncome(Struct, frozen=True):
    """One month's wage and what comes off it, in yuan."""

    income: Decimal
    special: Decimal = ZERO
    """Own social insurance and housing fund contributions."""
    additional: Decimal = ZERO
    """Special additional deductions the employee declared."""
    other: Decimal = ZERO


class Withholding(Struct, frozen=True):
    """One month of cumulative withholding with everything that made it."""

    months_counted: int
    cumulative_income: Decimal
    basic_deduction: Decimal
    special: Decimal
    additional: Decimal
    other: Decimal
    taxable: Decimal
    rate: Decimal
    quick_deduction: Decimal
    cumulative_tax: Decimal
    withheld_before: Decimal
    tax: Decimal


def basic_deduction(
    a_month: Decimal, *, months_employed: int, month: int, first_job: bool = False, all_at_once: bool = False
) -> tuple[Decimal, int]:
    """The cumulative basic deduction and the months it counts.

    Usually a month for each month with this employer. ``first_job`` (2020 No. 13): from January of the year.
    ``all_at_once`` (2020 No. 19: the same employer's income of the year before was at most 60,000): all
    twelve.
    """
    months = months_employed
    if first_job:
        months = month
    if all_at_once:
        months = _MONTHS_A_YEAR
    return a_month * months, months


def withhold(
    months: Sequence[MonthIncome],
    table: Sequence[Bracket],
    *,
    basic_a_month: Decimal,
    first_month: int = 1,
    first_job: bool = False,
    all_at_once: bool = False,
) -> list[Withholding]:
    """Tax of each month in a row with one employer in one calendar year (2018 No. 61, art. 6).

    ``first_month`` is the calendar month of the first entry. A month's tax is the cumulative tax less what
    was withheld before, never negative: an excess waits for later months or for the yearly settlement.
    """
    steps: list[Withholding] = []
    income = special = additional = other = withheld = ZERO
    for index, month in enumerate(months):
        income += month.income
        special += month.special
        additional += month.additional
        other += month.other
        basic, counted = basic_deduction(
            basic_a_month,
            months_employed=index + 1,
            month=first_month + index,
            first_job=first_job,
            all_at_once=all_at_once,
        )
        taxable = max(ZERO, income - basic - special - additional - other)
        _, rate, quick = bracket_of(table, taxable)
        due = tax_on(table, taxable)
        tax = max(ZERO, due - withheld)
        steps.append(
            Withholding(
                counted, income, basic, special, additional, other, taxable, rate, quick, due, withheld, tax
            )
        )
        withheld += tax
    return steps


def bonus_tax(bonus: Decimal, table: Sequence[Bracket]) -> Decimal:
    """Tax on an annual bonus taxed apart: a twelfth picks the rate, the whole bonus is taxed (2023 No. 30,
    art. 1).
    """
    if bonus <= 0:
        return ZERO
    _, rate, quick = bracket_of(table, bonus / _MONTHS_A_YEAR)
    return to_fen(bonus * rate - quick)


def non_resident_tax(wage: Decimal, table: Sequence[Bracket], *, basic_a_month: Decimal) -> Decimal:
    """Tax on a non-resident's monthly wage (2018 No. 61, art. 9)."""
    return tax_on(table, wage - basic_a_month)
