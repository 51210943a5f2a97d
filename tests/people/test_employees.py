"""An employee's life: taken over from recruiting, checked in, active, leaving."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from appliance.audit.ledger import verify
from appliance.events import (
    EmployeeActivated,
    EmployeeCreated,
    EmployeeEnrolledEverywhere,
    EmployeeLeft,
    PayRecordOpened,
    TerminalEnrolled,
)
from appliance.kernel.errors import Conflict, Invalid, NotFound
from appliance.kernel.jobs import lease
from appliance.kernel.outbox import EventMeta
from appliance.people.model import EmployeeFilter, EmployeeState, Step
from appliance.people.service import LAST_DAY_JOB
from tests.people.house import HR, MORNING, House


def done_steps(house: House, employee_id: str) -> set[Step]:
    return {record.step for record in house.people.sheet(employee_id).steps if record.done_at is not None}


def test_a_hire_opens_the_file_with_everything_recruiting_knew(house: House) -> None:
    employee = house.hire()
    sheet = house.people.sheet(employee.id)
    assert (employee.state, employee.number, employee.name) == (EmployeeState.ONBOARDING, "100001", "测试甲")
    assert employee.probation_ends_on == date(2027, 2, 8)
    assert sheet.contract is not None
    assert sheet.contract.ends_on == date(2029, 11, 8)
    assert sheet.contract.wages[0].monthly_wage == Decimal("12000.00")
    [created] = house.heard_of(EmployeeCreated)
    assert (created.employee_id, created.number, created.card_number) == (employee.id, "100001", "7001")
    assert done_steps(house, employee.id) == {Step.FILE, Step.CARD}
    assert [row["action"] for row in sheet.ledger] == ["employee.created"]


def test_a_hire_that_is_told_twice_opens_one_file(house: House) -> None:
    event = house.hired(house.post())
    house.tell(event)
    house.tell(event)
    meta = EventMeta("another-delivery", MORNING)
    house.core.write(lambda tx: house.handover.candidate_hired(tx, event, meta))
    house.carry()
    assert house.people.page(EmployeeFilter(), page=1, size=10)[1] == 1
    assert len(house.heard_of(EmployeeCreated)) == 1


def test_an_unlawfully_long_probation_is_held_to_the_law(house: House) -> None:
    employee = house.hire(contract_months=12, probation_months=6)
    assert employee.probation_months == 2
    assert employee.probation_ends_on == date(2027, 1, 8)


def test_a_hire_for_a_post_that_is_not_there_leaves_nothing_behind(house: House) -> None:
    event = house.hired(house.post(), post_id="nowhere")
    with pytest.raises(NotFound):
        house.core.write(lambda tx: house.handover.candidate_hired(tx, event, EventMeta("e", MORNING)))
    assert house.people.page(EmployeeFilter(), page=1, size=10) == ([], 0)


def test_the_whole_way_in_ticks_every_step_once(house: House) -> None:
    employee = house.hire()
    house.tell(TerminalEnrolled(employee_id=employee.id, terminal_id="t-1", serial="TEST0001"))
    house.tell(EmployeeEnrolledEverywhere(employee_id=employee.id))
    house.punch(employee.id, datetime(2026, 11, 9, 8, 2))
    house.punch(employee.id, datetime(2026, 11, 10, 8, 2))
    after = house.people.employee(employee.id)
    assert (after.state, after.activated_on) == (EmployeeState.ACTIVE, date(2026, 11, 9))
    assert done_steps(house, employee.id) == set(Step)
    assert house.people.sheet(employee.id).steps[2].count == 1
    assert len(house.heard_of(EmployeeActivated)) == 1
    assert len(house.heard_of(PayRecordOpened)) == 1
    assert verify(house.core).broken_at is None


def test_a_step_older_than_a_day_is_stuck_until_it_is_done(house: House) -> None:
    employee = house.hire(card_number=None)
    assert house.people.stuck() == []
    house.clock.advance(timedelta(hours=25))
    assert {(item.employee_id, item.step) for item in house.people.stuck()} == {
        (employee.id, Step.CARD),
        (employee.id, Step.TERMINALS),
        (employee.id, Step.FIRST_PUNCH),
    }
    house.people.assign_card(HR, employee.id, "7002")
    house.punch(employee.id, datetime(2026, 11, 10, 9, 0))
    house.tell(EmployeeEnrolledEverywhere(employee_id=employee.id))
    assert house.people.stuck() == []


def test_the_first_punch_is_not_overdue_before_the_first_day(house: House) -> None:
    employee = house.hire(start_on=date(2026, 12, 1))
    house.clock.advance(timedelta(days=5))
    assert Step.FIRST_PUNCH not in {item.step for item in house.people.stuck()}
    assert employee.start_on == date(2026, 12, 1)


def test_leaving_today_ends_the_employment_at_once_and_only_once(house: House) -> None:
    employee = house.hire()
    house.punch(employee.id, datetime(2026, 11, 9, 8, 0))
    left = house.people.leave(HR, employee.id, date(2026, 11, 9), "本人辞职")
    house.carry()
    assert (left.state, left.left_on) == (EmployeeState.LEFT, date(2026, 11, 9))
    assert house.heard_of(EmployeeLeft) == [EmployeeLeft(employee_id=employee.id, left_on=date(2026, 11, 9))]
    with pytest.raises(Conflict):
        house.people.leave(HR, employee.id, date(2026, 11, 9), "again")


def test_a_later_last_day_ends_the_employment_when_it_is_over(house: House) -> None:
    employee = house.hire()
    house.punch(employee.id, datetime(2026, 11, 9, 8, 0))
    house.people.leave(HR, employee.id, date(2026, 11, 30), "contract ends")
    assert lease(house.core, LAST_DAY_JOB) is None
    house.clock.advance(timedelta(days=21, hours=16))
    job = lease(house.core, LAST_DAY_JOB)
    assert job is not None
    house.handover.last_day(job)
    house.carry()
    assert house.people.employee(employee.id).left_on == date(2026, 11, 30)
    assert len(house.heard_of(EmployeeLeft)) == 1


def test_leaving_needs_a_reason(house: House) -> None:
    employee = house.hire()
    with pytest.raises(Invalid) as error:
        house.people.leave(HR, employee.id, date(2026, 11, 9), "  ")
    assert set(error.value.fields) == {"reason"}


def test_numbers_are_never_used_twice(house: House) -> None:
    post = house.post()
    first = house.people.take_on(HR, house.new(post, number="200500"))
    following = house.people.take_on(HR, house.new(post))
    assert (first.number, following.number) == ("200500", "200501")
    house.people.leave(HR, first.id, date(2026, 11, 1), "left")
    with pytest.raises(Conflict):
        house.people.take_on(HR, house.new(post, number="200500"))


def test_a_card_has_one_holder_until_the_holder_leaves(house: House) -> None:
    post = house.post()
    first = house.people.take_on(HR, house.new(post, card_number="7100"))
    with pytest.raises(Conflict):
        house.people.take_on(HR, house.new(post, card_number="7100"))
    house.people.leave(HR, first.id, date(2026, 11, 1), "left")
    assert house.people.take_on(HR, house.new(post, card_number="7100")).card_number == "7100"


def test_every_wrong_field_is_named_at_once(house: House) -> None:
    new = house.new(
        house.post(),
        name="line\nbreak",
        email="nobody",
        phone="call me",
        card_number="x",
        number="007",
        monthly_wage=Decimal("1.001"),
        probation_months=7,
    )
    with pytest.raises(Invalid) as error:
        house.people.take_on(HR, new)
    assert set(error.value.fields) == {
        "name",
        "email",
        "phone",
        "card_number",
        "number",
        "monthly_wage",
        "probation_months",
    }


def test_search_takes_percent_signs_literally(house: House) -> None:
    house.hire()
    assert house.people.page(EmployeeFilter(search="测试"), page=1, size=10)[1] == 1
    assert house.people.page(EmployeeFilter(search="%"), page=1, size=10)[1] == 0
    assert house.people.page(EmployeeFilter(state=EmployeeState.LEFT), page=1, size=10)[1] == 0
