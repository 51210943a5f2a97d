"""From the contract to the wage of each day: probation first, then the full wage (劳动合同法 art. 20)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from appliance.kernel.errors import N_, Message, Unavailable
from appliance.payroll.figures import Figure, Unit
from appliance.payroll.model import PayPolicy, SegmentKind, WageSegment
from appliance.payroll.probation_wage import probation_wage
from appliance.payroll.rulebook import RuleBook
from appliance.people.model import WageStep

_DAY = timedelta(days=1)


class Terms(Struct, frozen=True):
    """What the contract and the post say, as far as the wage goes."""

    starts_on: date
    probation_ends_on: date | None
    wages: tuple[WageStep, ...]
    probation_share: Decimal | None
    lowest_of_post: Decimal | None


def wage_segments(terms: Terms, policy: PayPolicy, rules: RuleBook) -> tuple[WageSegment, ...]:
    """Segments without gap or overlap from the first day on; the last one is open.

    Splits where a wage begins and on the day after the probation. Raises ``Unavailable`` when the law's
    share for that day is not in the rules.
    """
    starts = _boundaries(terms)
    ends: list[date | None] = [later - _DAY for later in starts[1:]]
    ends.append(None)
    return tuple(_segment(terms, policy, rules, begin, end) for begin, end in zip(starts, ends, strict=True))


def _boundaries(terms: Terms) -> Sequence[date]:
    days = {terms.starts_on}
    days |= {wage.effective_from for wage in terms.wages if wage.effective_from > terms.starts_on}
    if len({wage.effective_from for wage in terms.wages}) == 1:
        # A single wage holds from the first day, also when work began before the contract's date.
        days = {terms.starts_on}
    if terms.probation_ends_on is not None and terms.probation_ends_on >= terms.starts_on:
        days.add(terms.probation_ends_on + _DAY)
    return sorted(days)


def _segment(terms: Terms, policy: PayPolicy, rules: RuleBook, begin: date, end: date | None) -> WageSegment:
    agreed = [wage.monthly_wage for wage in terms.wages if wage.effective_from <= begin]
    wage = agreed[-1] if agreed else terms.wages[0].monthly_wage
    on_probation = terms.probation_ends_on is not None and begin <= terms.probation_ends_on
    if not on_probation:
        basis = Figure("wage", Message(N_("Agreed monthly wage")), Unit.YUAN, wage)
        return WageSegment(begin, end, wage, SegmentKind.FULL, basis)
    floor = rules.value("probation_wage_floor", policy.scope, begin)
    if floor is None:
        raise Unavailable(N_("The lowest share of the wage on probation is not in the payroll rules."))
    basis = probation_wage(
        wage=wage,
        agreed_share=terms.probation_share or policy.probation_rate,
        share_floor=floor,
        lowest_of_post=terms.lowest_of_post,
        minimum_wage=rules.value("minimum_wage", policy.scope, begin),
    )
    return WageSegment(begin, end, basis.value or wage, SegmentKind.PROBATION, basis)
