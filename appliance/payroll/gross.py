"""A month's pay from the wage segments and the working calendar, explained line by line."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from msgspec import Struct

from appliance.kernel.errors import N_, Message
from appliance.payroll.figures import Figure, Source, Unit, not_computed
from appliance.payroll.model import SEGMENT_LABELS, PayPolicy, PayRecord, WageSegment
from appliance.payroll.proration import Count, Proration, WagePart, prorate
from appliance.payroll.rulebook import RuleBook, rule_figure
from appliance.people.money import ZERO
from appliance.people.work_calendar import UnknownYear, WorkCalendar, month_bounds

GROSS: Final = Message(N_("Wage of the month"))

_RULES: Final[Mapping[tuple[Proration, Count], str]] = {
    (Proration.PAY_DAYS_21_75, Count.WORKED): N_(
        "Monthly wage / 21.75 x paid days, at most the monthly wage"
    ),
    (Proration.PAY_DAYS_21_75, Count.MISSED): N_(
        "Monthly wage - monthly wage / 21.75 x days missed, at least 0"
    ),
    (Proration.ACTUAL_PAY_DAYS, Count.WORKED): N_("Monthly wage x paid days / paid days of the month"),
    (Proration.ACTUAL_PAY_DAYS, Count.MISSED): N_("Monthly wage x paid days / paid days of the month"),
    (Proration.CALENDAR_DAYS, Count.WORKED): N_("Monthly wage x calendar days / calendar days of the month"),
    (Proration.CALENDAR_DAYS, Count.MISSED): N_("Monthly wage x calendar days / calendar days of the month"),
}
_WHOLE: Final = N_("Every paid day of the month is there: the whole monthly wage")
_SHARED: Final = N_(
    "The month's pay is spread over its parts by their days: wage x the month's share x days / all days"
)


class _Part(Struct, frozen=True):
    segment: WageSegment
    first: date
    last: date
    days: Decimal


def month_gross(
    record: PayRecord, year: int, month: int, *, calendar: WorkCalendar, rules: RuleBook, policy: PayPolicy
) -> Figure:
    """The month's wage in yuan: the sum of its parts, each rounded half up to the fen.

    A month outside the employment is 0. A year without a calendar is not computed.
    """
    first, last = month_bounds(year, month)
    begin = max(first, record.starts_on)
    end = last if record.closed_on is None else min(last, record.closed_on)
    if begin > end:
        return Figure("gross", GROSS, Unit.YUAN, ZERO, rule=Message(N_("Not employed in this month")))
    divisor = rules.value("pay_divisor", record.scope, first)
    if divisor is None:
        return not_computed(
            "gross", GROSS, Message(N_("The pay days a month are not in the rules for this month."))
        )
    try:
        month_days = _days(calendar, policy, first, last)
        parts = _parts(record, begin, end, calendar, policy)
    except UnknownYear as unknown:
        return not_computed("gross", GROSS, Message(unknown.message, unknown.params))
    pays = prorate(
        [WagePart(part.segment.monthly_wage, part.days) for part in parts],
        policy=policy.proration,
        count=policy.count,
        month_days=month_days,
        divisor=divisor.value,
    )
    notice = _notice(calendar, year)
    common = (
        Figure("month_days", _days_label(policy, whole_month=True), Unit.DAYS, month_days, sources=notice),
        rule_figure("pay_divisor", divisor, Unit.DAYS),
    )
    lines = tuple(
        _line(part, pay, _rule(parts, month_days, policy), common, policy, notice)
        for part, pay in zip(parts, pays, strict=True)
    )
    return Figure(
        "gross", GROSS, Unit.YUAN, sum(pays, ZERO), rule=Message(N_("Sum of the parts")), inputs=lines
    )


def _parts(
    record: PayRecord, begin: date, end: date, calendar: WorkCalendar, policy: PayPolicy
) -> Sequence[_Part]:
    """The month's days by wage; neighbours with the same wage stay one part, so that a split costs no fen."""
    parts: list[_Part] = []
    for segment in record.segments:
        first = max(begin, segment.from_on)
        last = end if segment.until_on is None else min(end, segment.until_on)
        if first > last:
            continue
        days = _days(calendar, policy, first, last)
        before = parts[-1] if parts else None
        if before is not None and before.segment.monthly_wage == segment.monthly_wage:
            parts[-1] = _Part(before.segment, before.first, last, before.days + days)
        else:
            parts.append(_Part(segment, first, last, days))
    return parts


def _days(calendar: WorkCalendar, policy: PayPolicy, first: date, last: date) -> Decimal:
    paid = calendar.pay_days(first, last)
    return Decimal((last - first).days + 1 if policy.proration is Proration.CALENDAR_DAYS else paid)


def _rule(parts: Sequence[_Part], month_days: Decimal, policy: PayPolicy) -> Message:
    if len(parts) > 1:
        return Message(_SHARED)
    if parts and parts[0].days == month_days:
        return Message(_WHOLE)
    return Message(_RULES[(policy.proration, policy.count)])


def _line(
    part: _Part,
    pay: Decimal,
    rule: Message,
    common: tuple[Figure, ...],
    policy: PayPolicy,
    notice: tuple[Source, ...],
) -> Figure:
    label = Message(
        N_("%(from)s to %(until)s, %(kind)s"),
        {
            "from": part.first,
            "until": part.last,
            "kind": Message(SEGMENT_LABELS[part.segment.kind]),
        },
    )
    days = Figure("days", _days_label(policy, whole_month=False), Unit.DAYS, part.days, sources=notice)
    return Figure("part", label, Unit.YUAN, pay, rule=rule, inputs=(part.segment.basis, days, *common))


def _days_label(policy: PayPolicy, *, whole_month: bool) -> Message:
    if policy.proration is Proration.CALENDAR_DAYS:
        return Message(N_("Calendar days of the month") if whole_month else N_("Calendar days of this part"))
    if whole_month:
        return Message(N_("Paid days of the month (working days and statutory holidays)"))
    return Message(N_("Paid days of this part (working days and statutory holidays)"))


def _notice(calendar: WorkCalendar, year: int) -> tuple[Source, ...]:
    source = calendar.year(year).source
    return (Source(title=source.title, url=source.url), Source(title=source.regulation))
