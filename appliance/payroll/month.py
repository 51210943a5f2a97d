"""One month of one employee: wage, contributions, tax and what is paid out."""

from decimal import Decimal
from typing import Final

from msgspec import Struct

from appliance.kernel.errors import N_, Message
from appliance.payroll.figures import Figure, Unit, not_computed
from appliance.payroll.gross import month_gross
from appliance.payroll.insurance import contributions
from appliance.payroll.model import MonthPay, PayPolicy, PayRecord
from appliance.payroll.rulebook import RuleBook, rule_figure
from appliance.payroll.tax import MonthIncome, Withholding, withhold
from appliance.people.money import ZERO
from appliance.people.work_calendar import WorkCalendar

TAX: Final = Message(N_("Individual income tax"))
NET: Final = Message(N_("Paid out"))


class Books(Struct, frozen=True):
    """What a month's pay is computed with."""

    calendar: WorkCalendar
    rules: RuleBook
    policy: PayPolicy


def month_pay(record: PayRecord, year: int, month: int, books: Books) -> MonthPay:
    """The month's pay; figures that lack an input say so instead of guessing."""
    gross = month_gross(record, year, month, calendar=books.calendar, rules=books.rules, policy=books.policy)
    own = _contributions(record, year, month, gross, books)
    tax = _tax(record, year, month, books)
    return MonthPay(year, month, gross, own, tax, _net(gross, own, tax))


def _contributions(
    record: PayRecord, year: int, month: int, gross: Figure, books: Books
) -> tuple[Figure, ...]:
    if gross.value is not None and not gross.inputs:
        return ()
    return contributions(record, year, month, rules=books.rules, policy=books.policy)


def _tax(record: PayRecord, year: int, month: int, books: Books) -> Figure:
    """Cumulative withholding from January or the first month here, recomputed from the same rules."""
    start = record.starts_on
    first_month = start.month if start.year == year else 1
    if (year, month) < (start.year, start.month):
        return Figure("tax", TAX, Unit.YUAN, ZERO, rule=Message(N_("Not employed in this month")))
    months: list[MonthIncome] = []
    for number in range(first_month, month + 1):
        gross = month_gross(
            record, year, number, calendar=books.calendar, rules=books.rules, policy=books.policy
        )
        own = _contributions(record, year, number, gross, books)
        missing = next((figure for figure in (gross, *own) if figure.value is None), None)
        if missing is not None or gross.value is None:
            return not_computed(
                "tax",
                TAX,
                Message(
                    N_("depends on “%(figure)s” of %(month)s, which is not computed"),
                    {"figure": (missing or gross).label, "month": f"{year}-{number:02d}"},
                ),
            )
        months.append(MonthIncome(gross.value, special=_sum(own)))
    return _withheld(record, year, month, months, first_month, books)


def _withheld(
    record: PayRecord, year: int, month: int, months: list[MonthIncome], first_month: int, books: Books
) -> Figure:
    day = record.starts_on.replace(year=year, month=month, day=1)
    table = books.rules.table("tax_annual", record.scope, day)
    basic = books.rules.value("tax_basic_deduction", record.scope, day)
    if table is None or basic is None:
        return not_computed("tax", TAX, Message(N_("the tax table of this month is not in the rules")))
    step = withhold(months, table.value, basic_a_month=basic.value, first_month=first_month)[-1]
    return Figure(
        "tax",
        TAX,
        Unit.YUAN,
        step.tax,
        rule=Message(
            N_(
                "Cumulative taxable income x rate - quick deduction - tax withheld before, not below 0. "
                "Resident; no earlier income this year with this employer."
            )
        ),
        sources=(table.source,),
        inputs=(*_step_figures(step), rule_figure("tax_basic_deduction", basic, Unit.YUAN)),
    )


def _step_figures(step: Withholding) -> tuple[Figure, ...]:
    rows: tuple[tuple[str, str, Unit, Decimal], ...] = (
        ("cumulative_income", N_("Cumulative income"), Unit.YUAN, step.cumulative_income),
        ("months", N_("Months counted"), Unit.MONTHS, Decimal(step.months_counted)),
        ("basic", N_("Cumulative basic deduction"), Unit.YUAN, step.basic_deduction),
        ("special", N_("Cumulative own contributions"), Unit.YUAN, step.special),
        (
            "additional",
            N_("Cumulative special additional deductions (none declared)"),
            Unit.YUAN,
            step.additional,
        ),
        ("taxable", N_("Cumulative taxable income"), Unit.YUAN, step.taxable),
        ("rate", N_("Rate"), Unit.SHARE, step.rate),
        ("quick", N_("Quick deduction"), Unit.YUAN, step.quick_deduction),
        ("cumulative_tax", N_("Cumulative tax"), Unit.YUAN, step.cumulative_tax),
        ("withheld", N_("Tax withheld before"), Unit.YUAN, step.withheld_before),
    )
    return tuple(Figure(key, Message(label), unit, value) for key, label, unit, value in rows)


def _net(gross: Figure, own: tuple[Figure, ...], tax: Figure) -> Figure:
    parts = (gross, *own, tax)
    missing = next((part for part in parts if part.value is None), None)
    if missing is not None or gross.value is None or tax.value is None:
        label = (missing or gross).label
        return not_computed("net", NET, Message(N_("“%(figure)s” is not computed"), {"figure": label}))
    return Figure(
        "net",
        NET,
        Unit.YUAN,
        gross.value - _sum(own) - tax.value,
        rule=Message(N_("Wage - own contributions - tax")),
        inputs=tuple(Figure(part.key, part.label, part.unit, part.value) for part in parts),
    )


def _sum(figures: tuple[Figure, ...]) -> Decimal:
    return sum((figure.value for figure in figures if figure.value is not None), ZERO)
