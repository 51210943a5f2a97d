"""Pay records: opened by the first punch with the probation step, and a month that explains itself."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.audit.ledger import verify
from appliance.events import EmployeeActivated, PayRecordOpened
from appliance.kernel.errors import Conflict, Invalid, Message, NotFound
from appliance.payroll.figures import Figure, Unit
from appliance.payroll.gross import month_gross
from appliance.payroll.model import PayPolicy, PayRecord, SegmentKind, WageSegment
from appliance.payroll.month import Books, month_pay
from appliance.payroll.proration import Count, Proration
from appliance.payroll.segments import Terms, wage_segments
from appliance.payroll.wiring import CONFIG, books_of
from appliance.people.model import WageStep
from appliance.people.probation import probation_ends_on
from tests.people.house import HR, House

BOOKS = books_of(CONFIG / "nowhere")


def leaves(figure: Figure) -> Iterator[Figure]:
    for part in figure.inputs:
        yield from leaves(part)
    if not figure.inputs:
        yield figure


def opened(house: House, **changes: object) -> str:
    employee = house.hire(**changes)
    house.punch(employee.id, datetime(2026, 11, 9, 8, 3))
    return employee.id


def record_of(wages: tuple[WageStep, ...], probation_ends_on: date | None = None) -> PayRecord:
    terms = Terms(wages[0].effective_from, probation_ends_on, wages, None, None)
    segments = wage_segments(terms, BOOKS.policy, BOOKS.rules)
    return PayRecord("r", "e", BOOKS.policy.scope, wages[0].effective_from, None, segments)


def test_the_first_punch_opens_a_record_that_steps_up_when_probation_ends(house: House) -> None:
    employee_id = opened(house)
    record = house.payroll.sheet(HR, employee_id).record
    assert [(s.kind, s.from_on, s.until_on, s.monthly_wage) for s in record.segments] == [
        (SegmentKind.PROBATION, date(2026, 11, 9), date(2027, 2, 8), Decimal("9600.00")),
        (SegmentKind.FULL, date(2027, 2, 9), None, Decimal("12000.00")),
    ]
    assert {leaf.key for leaf in leaves(record.segments[0].basis)} >= {"wage", "share", "minimum_wage"}


def test_the_posts_lowest_pay_lifts_the_probation_wage(house: House) -> None:
    record = house.payroll.sheet(HR, opened(house, wage_floor=Decimal("10500"))).record
    assert record.segments[0].monthly_wage == Decimal("10500.00")


def test_activation_told_twice_opens_one_record(house: House) -> None:
    employee_id = opened(house)
    house.tell(EmployeeActivated(employee_id=employee_id, activated_on=date(2026, 11, 9)))
    assert house.payroll.lines(search="", page=1, size=10)[1] == 1
    assert len(house.heard_of(PayRecordOpened)) == 1
    assert verify(house.core).broken_at is None


def test_the_first_month_pays_the_days_from_the_first_one(house: House) -> None:
    pay = house.payroll.sheet(HR, opened(house), "2026-11").pay
    # 9 to 30 November 2026: 16 paid days of 21; 9600 / 21.75 x 16.
    assert pay.gross.value == Decimal("7062.07")
    [line] = pay.gross.inputs
    values = {part.key: part.value for part in line.inputs}
    assert (values["days"], values["month_days"], values["pay_divisor"]) == (
        Decimal(16),
        Decimal(21),
        Decimal("21.75"),
    )
    assert any(
        "21.75" in source.title or "2025" in source.title for part in line.inputs for source in part.sources
    )


def test_every_sum_of_the_tree_is_the_sum_of_its_lines(house: House) -> None:
    pay = house.payroll.sheet(HR, opened(house), "2026-12").pay
    assert pay.gross.value == sum(line.value or 0 for line in pay.gross.inputs) == Decimal("9600.00")


def test_an_unknown_base_is_said_and_stops_tax_and_net(house: House) -> None:
    pay = house.payroll.sheet(HR, opened(house), "2026-11").pay
    assert pay.gross.value is not None
    for figure in (*pay.contributions, pay.tax, pay.net):
        assert figure.value is None
        assert figure.missing is not None


def test_a_year_without_calendar_is_not_computed(house: House) -> None:
    pay = house.payroll.sheet(HR, opened(house), "2027-02").pay
    assert pay.gross.value is None
    assert pay.gross.missing is not None
    assert pay.gross.missing.params == {"year": "2027"}


def test_with_known_bases_the_month_comes_out_to_the_fen() -> None:
    policy = PayPolicy("cn-sh", housing_fund_rate=None)
    record = record_of((WageStep(date(2026, 1, 1), Decimal("20000")),))
    books = Books(BOOKS.calendar, BOOKS.rules, policy)
    pay = month_pay(record, 2026, 3, books)
    values = {line.key: line.value for line in pay.contributions}
    assert values == {
        "pension": Decimal("1600.00"),
        "medical": Decimal("400.00"),
        "unemployment": Decimal("100.00"),
        "housing_fund": None,
    }
    assert pay.tax.value is None


def test_the_sites_own_rules_complete_the_month(tmp_path: Path) -> None:
    (tmp_path / "payroll" / "cn-sh").mkdir(parents=True)
    (tmp_path / "payroll" / "policy.toml").write_text('scope = "cn-sh"\nhousing_fund_rate = "0.07"\n')
    (tmp_path / "payroll" / "cn-sh" / "2026.toml").write_text(
        'scope = "cn-sh"\nparent = "cn"\nzh = "上海市"\nen = "Shanghai"\n[sources.n]\ntitle = "测试通知"\n'
        + "".join(
            f'[[values]]\nkey = "{key}"\nvalue = "{value}"\nfrom = 2026-01-01\nsource = "n"\n'
            for key, value in (
                ("base_floor", 7000),
                ("base_cap", 40000),
                ("housing_fund_base_floor", 2740),
                ("housing_fund_base_cap", 40000),
            )
        )
    )
    record = record_of((WageStep(date(2026, 1, 1), Decimal("20000")),))
    pay = month_pay(record, 2026, 1, books_of(tmp_path))
    # 20000 - 1600 - 400 - 100 - 1400 = 16500; tax (16500 - 5000) x 3 % = 345.
    assert [line.value for line in pay.contributions] == [
        Decimal(n) for n in ("1600.00", "400.00", "100.00", "1400.00")
    ]
    assert (pay.tax.value, pay.net.value) == (Decimal("345.00"), Decimal("16155.00"))
    assert {step.key: step.value for step in pay.tax.inputs}["taxable"] == Decimal("11500.00")


def test_another_wage_splits_the_month_and_leaves_the_past_as_it_was(house: House) -> None:
    employee_id = opened(house, probation_months=0)
    before = house.payroll.sheet(HR, employee_id).record
    house.payroll.change_wage(
        HR, employee_id, effective_from=date(2026, 12, 16), monthly_wage=Decimal("15000"), reason="promotion"
    )
    sheet = house.payroll.sheet(HR, employee_id, "2026-12")
    assert [line.value for line in sheet.pay.gross.inputs] == [Decimal("5739.13"), Decimal("7826.09")]
    assert sheet.record.segments[0].basis == before.segments[0].basis
    assert sheet.record.segments[0].until_on == date(2026, 12, 15)
    with pytest.raises(Conflict):
        house.payroll.change_wage(
            HR,
            employee_id,
            effective_from=date(2026, 12, 1),
            monthly_wage=Decimal("16000"),
            reason="too late",
        )


def test_leaving_closes_the_record_and_ends_the_pay(house: House) -> None:
    employee_id = opened(house)
    house.clock.set(datetime.fromisoformat("2026-11-20T02:00:00+00:00"))
    house.people.leave(HR, employee_id, date(2026, 11, 20), "本人辞职")
    house.carry()
    sheet = house.payroll.sheet(HR, employee_id, "2026-11")
    assert sheet.record.closed_on == date(2026, 11, 20)
    assert sheet.pay.gross.value == Decimal("4413.79")
    assert house.payroll.sheet(HR, employee_id, "2026-12").pay.gross.value == 0


def test_looking_at_pay_is_noted_and_bad_months_are_refused(house: House) -> None:
    employee_id = opened(house)
    for month in ("2026-13", "November", "2026-1１", "1999-01", "2026-"):
        with pytest.raises(Invalid):
            house.payroll.sheet(HR, employee_id, month)
    with pytest.raises(NotFound):
        house.payroll.sheet(HR, "nobody")


@settings(deadline=None)
@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(1, 12),
    st.decimals("3000", "60000", places=2),
    st.integers(0, 6),
    st.sampled_from(list(Proration)),
    st.sampled_from(list(Count)),
)
def test_a_month_never_pays_more_than_the_wage_nor_less_than_nothing(
    start: date, month: int, wage: Decimal, probation: int, policy: Proration, count: Count
) -> None:
    record = record_of((WageStep(start, wage),), probation_ends_on(start, probation))
    chosen = PayPolicy("cn-sh", policy, count)
    gross = month_gross(record, 2026, month, calendar=BOOKS.calendar, rules=BOOKS.rules, policy=chosen)
    assert gross.value is not None
    assert 0 <= gross.value <= max(wage, Decimal(2740)) + Decimal("0.02")
    assert gross.value == sum((line.value or Decimal(0) for line in gross.inputs), Decimal(0))
    if date(2026, month, 1) >= start and probation == 0:
        assert gross.value == wage


def test_segments_have_no_gap_and_no_overlap() -> None:
    wages = (WageStep(date(2026, 3, 2), Decimal(9000)), WageStep(date(2026, 5, 1), Decimal(9900)))
    segments = record_of(wages, date(2026, 6, 1)).segments
    assert [segment.from_on for segment in segments] == [date(2026, 3, 2), date(2026, 5, 1), date(2026, 6, 2)]
    for earlier, later in zip(segments, segments[1:], strict=False):
        assert earlier.until_on is not None
        assert (later.from_on - earlier.until_on).days == 1
    assert segments[-1].until_on is None


def test_equal_neighbours_are_one_line() -> None:
    basis = Figure("wage", Message("wage"), Unit.YUAN, Decimal(5000))
    record = PayRecord(
        "r",
        "e",
        "cn-sh",
        date(2026, 1, 1),
        None,
        (
            WageSegment(date(2026, 1, 1), date(2026, 3, 10), Decimal(5000), SegmentKind.PROBATION, basis),
            WageSegment(date(2026, 3, 11), None, Decimal(5000), SegmentKind.FULL, basis),
        ),
    )
    gross = month_gross(record, 2026, 3, calendar=BOOKS.calendar, rules=BOOKS.rules, policy=BOOKS.policy)
    assert len(gross.inputs) == 1
    assert gross.value == 5000
