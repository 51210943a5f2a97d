"""The employee's own contributions to social insurance and housing fund, where base and rate are known."""

from datetime import date
from decimal import Decimal
from typing import Final

from appliance.kernel.errors import N_, Message
from appliance.payroll.figures import Figure, Unit, not_computed
from appliance.payroll.model import PayPolicy, PayRecord
from appliance.payroll.rulebook import LABELS, RuleBook, rule_figure
from appliance.people.money import to_fen
from appliance.people.work_calendar import month_bounds

KINDS: Final = ("pension", "medical", "unemployment")

CONTRIBUTION_LABELS: Final = {
    "pension": N_("Pension insurance"),
    "medical": N_("Medical insurance"),
    "unemployment": N_("Unemployment insurance"),
    "housing_fund": N_("Housing fund"),
}
_BASE: Final = Message(N_("Contribution base"))
_BASE_YEAR_STARTS: Final = 7


def contributions(
    record: PayRecord, year: int, month: int, *, rules: RuleBook, policy: PayPolicy
) -> tuple[Figure, ...]:
    """One line a kind, each rounded half up to the fen; a line whose base or rate is unknown says which.

    A month is contributed for as a whole once the employment touches it (社会保险法 art. 58, 60).
    """
    first, _ = month_bounds(year, month)
    base = contribution_base(record, year, month, rules=rules, prefix="base")
    lines = []
    for kind in KINDS:
        label = Message(CONTRIBUTION_LABELS[kind])
        rate = rules.value(f"{kind}.employee", record.scope, first)
        if rate is None:
            reason = Message(N_("the rate of this month is not in the rules"))
            lines.append(not_computed(kind, label, reason))
            continue
        lines.append(_line(kind, label, base, rule_figure(f"{kind}.employee", rate, Unit.SHARE)))
    lines.append(_housing_fund(record, year, month, rules, policy))
    return tuple(lines)


def contribution_base(record: PayRecord, year: int, month: int, *, rules: RuleBook, prefix: str) -> Figure:
    """Monthly base in yuan: a newcomer's first wage, within the floor and cap of the month (社会保险法 art.
    12).

    Who was here before the base year (July to June) began its reference year needs last year's average
    wage, which a closed pay run gives; until then the base is not computed.
    """
    first, _ = month_bounds(year, month)
    base_year = year if month >= _BASE_YEAR_STARTS else year - 1
    if record.starts_on < date(base_year, 1, 1):
        return not_computed(prefix, _BASE, Message(N_("last year's average wage is not recorded here yet")))
    floor = rules.value(f"{prefix}_floor", record.scope, first)
    cap = rules.value(f"{prefix}_cap", record.scope, first)
    if floor is None or cap is None:
        reason = N_("the base limits of this month are not in the rules; enter them from the city's notice")
        return not_computed(prefix, _BASE, Message(reason))
    wage = record.segments[0].monthly_wage
    return Figure(
        prefix,
        _BASE,
        Unit.YUAN,
        min(max(wage, floor.value), cap.value),
        rule=Message(N_("The first month's wage, not below the floor and not above the cap")),
        inputs=(
            Figure("first_wage", Message(N_("First monthly wage")), Unit.YUAN, wage),
            rule_figure(f"{prefix}_floor", floor, Unit.YUAN),
            rule_figure(f"{prefix}_cap", cap, Unit.YUAN),
        ),
    )


def _housing_fund(record: PayRecord, year: int, month: int, rules: RuleBook, policy: PayPolicy) -> Figure:
    label = Message(CONTRIBUTION_LABELS["housing_fund"])
    if policy.housing_fund_rate is None:
        return not_computed(
            "housing_fund",
            label,
            Message(N_("the site's housing fund rate is not entered in the pay policy")),
        )
    base = contribution_base(record, year, month, rules=rules, prefix="housing_fund_base")
    key = "housing_fund.employee"
    return _line(
        "housing_fund", label, base, Figure(key, Message(LABELS[key]), Unit.SHARE, policy.housing_fund_rate)
    )


def _line(kind: str, label: Message, base: Figure, rate: Figure) -> Figure:
    if base.value is None or rate.value is None:
        return not_computed(kind, label, base.missing or Message(""), (base, rate))
    value: Decimal = to_fen(base.value * rate.value)
    return Figure(kind, label, Unit.YUAN, value, rule=Message(N_("Base x rate")), inputs=(base, rate))
