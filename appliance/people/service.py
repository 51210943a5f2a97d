"""The verbs of an employee's life here: taken on, active, leaving, each in one transaction with its ledger
row.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from appliance.audit import ledger
from appliance.events import EmployeeActivated, EmployeeCreated, EmployeeLeft
from appliance.kernel.actor import MACHINE, Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, Message, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.jobs import enqueue
from appliance.kernel.outbox import emit
from appliance.kernel.web import Paging
from appliance.people import intake, onboarding, store
from appliance.people.model import (
    EMPLOYEE_TRANSITIONS,
    STATE_LABELS,
    Contract,
    Employee,
    EmployeeFilter,
    EmployeeState,
    NewEmployee,
    Step,
    StepRecord,
    StuckStep,
    WageStep,
)
from appliance.people.probation import contract_ends_on, probation_ends_on
from appliance.people.structure import Structure, required_department, required_post

LAST_DAY_JOB: Final = "people.last_day"
_LEDGER_ROWS: Final = 100
_FURTHEST_LAST_DAY: Final = timedelta(days=366)


class LastDayJob(Struct, frozen=True):
    """Ends the employment on the day after the last one."""

    employee_id: str


class EmployeeSheet(Struct, frozen=True):
    """Everything the employee page shows."""

    employee: Employee
    contract: Contract | None
    steps: list[StepRecord]
    ledger: list[dict[str, Any]]


class People:
    """Employees, from the hire to the last day."""

    def __init__(self, core: Database, clock: Clock) -> None:
        self._core = core
        self._clock = clock
        self.structure = Structure(core)

    def take_on(self, actor: Actor, new: NewEmployee) -> Employee:
        """Open an employee's file by hand (existing staff). Raises ``Invalid``, ``NotFound``,
        ``Conflict``.
        """
        intake.check_employee(new)
        return self._core.write(lambda tx: self.open_file(tx, actor, new))

    def open_file(self, tx: Transaction, actor: Actor, new: NewEmployee) -> Employee:
        """Employee, contract, checklist, ledger row and ``EmployeeCreated`` together.

        A candidate who already has a file keeps that one: opening it again changes nothing.
        """
        if new.candidate_id is not None:
            known = store.find_by_candidate(tx, new.candidate_id)
            if known is not None:
                return known
        required_post(tx, new.post_id)
        required_department(tx, new.department_id)
        _require_free_card(tx, new.card_number)
        employee = _employee_of(tx, new)
        store.add_employee(tx, employee)
        store.add_contract(tx, _contract_of(new, employee.id))
        onboarding.open_checklist(tx, employee.id, start_on=new.start_on, zone=self._clock.zone)
        onboarding.complete(tx, employee.id, Step.FILE, actor)
        if employee.card_number or employee.face_blob_id:
            onboarding.complete(tx, employee.id, Step.CARD, actor)
        details = {"number": employee.number, "from_candidate": new.candidate_id or ""}
        ledger.record(tx, actor, "employee.created", f"employee:{employee.id}", details)
        emit(tx, _created(employee))
        return employee

    def first_punch(self, tx: Transaction, employee_id: str, punched_on: date) -> None:
        """The first punch makes a newcomer active; a later one, or one of somebody who left, changes
        nothing.
        """
        employee = required_employee(tx, employee_id)
        onboarding.complete(tx, employee_id, Step.FIRST_PUNCH, MACHINE)
        if employee.state is not EmployeeState.ONBOARDING:
            return
        # Employment begins with the first day of work (劳动合同法 art. 7), probation with it.
        begins_on = min(employee.start_on, punched_on)
        store.change(
            tx,
            employee_id,
            state=EmployeeState.ACTIVE.value,
            activated_on=punched_on,
            probation_ends_on=probation_ends_on(begins_on, employee.probation_months),
        )
        ledger.record(
            tx, MACHINE, "employee.activated", f"employee:{employee_id}", {"on": punched_on.isoformat()}
        )
        emit(tx, EmployeeActivated(employee_id=employee_id, activated_on=punched_on))

    def step_done(self, tx: Transaction, employee_id: str, step: Step) -> None:
        """Tick an onboarding step off for the machine, with its ledger row, once."""
        if onboarding.complete(tx, employee_id, step, MACHINE):
            ledger.record(tx, MACHINE, f"onboarding.{step.value}", f"employee:{employee_id}", {})

    def assign_card(self, actor: Actor, employee_id: str, card_number: str) -> None:
        """Note the card handed to an employee. Raises ``Invalid``, ``NotFound``, ``Conflict``."""
        if not (card_number.isascii() and card_number.isdigit() and len(card_number) <= 19):
            raise Invalid({"card_number": N_("A card number has 1 to 19 digits.")})

        def work(tx: Transaction) -> None:
            employee = required_employee(tx, employee_id)
            if employee.state is EmployeeState.LEFT:
                raise Conflict(N_("Employee %(number)s has left and gets no card."), number=employee.number)
            if employee.card_number == card_number:
                return
            _require_free_card(tx, card_number)
            store.change(tx, employee_id, card_number=card_number)
            onboarding.complete(tx, employee_id, Step.CARD, actor)
            ledger.record(tx, actor, "employee.card_assigned", f"employee:{employee_id}", {})

        self._core.write(work)

    def leave(self, actor: Actor, employee_id: str, last_day: date, reason: str) -> Employee:
        """Note the last day and why. Today or earlier: the employment ends now; later: the day after the
        last one.

        Raises ``Invalid``, ``NotFound``, ``Conflict`` for somebody who has left.
        """
        problems = {}
        if not reason.strip():
            problems["reason"] = N_("Say why, in a few words: the reason goes into the file.")
        if last_day > self._clock.today() + _FURTHEST_LAST_DAY:
            problems["last_day"] = N_("The last day is more than a year away; check the date.")
        if problems:
            raise Invalid(problems)

        def work(tx: Transaction) -> Employee:
            employee = required_employee(tx, employee_id)
            _require_transition(employee, EmployeeState.LEFT)
            if last_day < employee.start_on and employee.state is EmployeeState.ACTIVE:
                raise Invalid({"last_day": N_("The last day lies before the first one.")})
            store.change(tx, employee_id, leaves_on=last_day, leave_reason=reason.strip())
            details = {"last_day": last_day.isoformat()}
            ledger.record(tx, actor, "employee.leaving", f"employee:{employee_id}", details)
            if last_day <= self._clock.today():
                self._end(tx, actor, employee, last_day)
            else:
                self._end_later(tx, employee_id, last_day)
            return required_employee(tx, employee_id)

        return self._core.write(work)

    def end_if_due(self, tx: Transaction, employee_id: str) -> None:
        """End the employment when its noted last day is over; otherwise (moved since) do nothing."""
        employee = required_employee(tx, employee_id)
        day = employee.leaves_on
        if employee.state is not EmployeeState.LEFT and day is not None and day < self._clock.today():
            self._end(tx, MACHINE, employee, day)

    def today(self) -> date:
        """The calendar day at the site."""
        return self._clock.today()

    def employee(self, employee_id: str) -> Employee:
        """One employee. Raises ``NotFound``."""
        return self._core.read(lambda tx: required_employee(tx, employee_id))

    def of_candidate(self, candidate_id: str) -> Employee:
        """The employee that a hired candidate became. Raises ``NotFound``."""
        employee = self._core.read(lambda tx: store.find_by_candidate(tx, candidate_id))
        if employee is None:
            raise NotFound(N_("This candidate has no employee file yet."))
        return employee

    def sheet(self, employee_id: str) -> EmployeeSheet:
        """All of one employee. Raises ``NotFound``."""
        return self._core.read(
            lambda tx: EmployeeSheet(
                required_employee(tx, employee_id),
                store.contract_of(tx, employee_id),
                onboarding.checklist(tx, employee_id),
                store.ledger_of(tx, f"employee:{employee_id}", limit=_LEDGER_ROWS),
            )
        )

    def contract(self, tx: Transaction, employee_id: str) -> Contract:
        """The employee's contract, inside a transaction on core.db. Raises ``NotFound``."""
        contract = store.contract_of(tx, employee_id)
        if contract is None:
            raise NotFound(N_("There is no contract of employee %(id)s."), id=employee_id)
        return contract

    def agree_wage(
        self, tx: Transaction, employee_id: str, effective_from: date, monthly_wage: Decimal
    ) -> None:
        """Add a wage to the contract from a day on, inside the caller's transaction. Raises ``Conflict``."""
        contract = self.contract(tx, employee_id)
        if any(wage.effective_from >= effective_from for wage in contract.wages):
            raise Conflict(N_("A wage from that day or later is agreed already."))
        store.add_wage(tx, contract.id, WageStep(effective_from, monthly_wage), reason="")

    def page(self, chosen: EmployeeFilter, *, page: int, size: int) -> tuple[list[Employee], int]:
        """A page of employees by number (``page`` from 1) and how many there are with the filter."""
        return self._core.read(
            lambda tx: (
                store.many(tx, chosen, offset=Paging(page, size).offset, limit=size),
                store.count(tx, chosen),
            )
        )

    def export(self, actor: Actor, chosen: EmployeeFilter) -> list[Employee]:
        """All employees of the filter, noted in the ledger as handed out."""

        def work(tx: Transaction) -> list[Employee]:
            employees = store.many(tx, chosen)
            ledger.record(tx, actor, "employees.exported", "employees:list", {"rows": len(employees)})
            return employees

        return self._core.write(work)

    def counts(self) -> dict[EmployeeState, int]:
        """Employees by state."""
        return self._core.read(store.count_by_state)

    def stuck(self) -> list[StuckStep]:
        """Onboarding steps that have waited for more than a day."""
        return self._core.read(onboarding.stuck)

    def _end(self, tx: Transaction, actor: Actor, employee: Employee, last_day: date) -> None:
        _require_transition(employee, EmployeeState.LEFT)
        store.change(tx, employee.id, state=EmployeeState.LEFT.value, left_on=last_day)
        details = {"on": last_day.isoformat()}
        ledger.record(tx, actor, "employee.left", f"employee:{employee.id}", details)
        emit(tx, EmployeeLeft(employee_id=employee.id, left_on=last_day))

    def _end_later(self, tx: Transaction, employee_id: str, last_day: date) -> None:
        day_after = datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=self._clock.zone)
        enqueue(
            tx,
            LAST_DAY_JOB,
            LastDayJob(employee_id),
            run_at=day_after,
            unique_key=f"last-day:{employee_id}:{last_day.isoformat()}",
            subject=f"employee:{employee_id}",
        )


def required_employee(tx: Transaction, employee_id: str) -> Employee:
    """The employee. Raises ``NotFound``."""
    employee = store.find(tx, employee_id)
    if employee is None:
        raise NotFound(N_("There is no employee %(id)s."), id=employee_id)
    return employee


def _require_transition(employee: Employee, target: EmployeeState) -> None:
    if target not in EMPLOYEE_TRANSITIONS[employee.state]:
        raise Conflict(
            N_("Employee %(number)s is %(state)s; this step does not follow from there."),
            number=employee.number,
            state=Message(STATE_LABELS[employee.state]),
        )


def _require_free_card(tx: Transaction, card_number: str | None) -> None:
    holder = None if card_number is None else store.card_holder(tx, card_number)
    if holder is not None:
        raise Conflict(
            N_("This card belongs to employee %(number)s; take another or ask for it back."),
            number=holder.number,
        )


def _employee_of(tx: Transaction, new: NewEmployee) -> Employee:
    number = store.issue_number(tx, None if new.number is None else int(new.number))
    if number is None:
        raise Conflict(
            N_("The number %(number)s was given out before and is not used again."), number=new.number
        )
    return Employee(
        id=new_id(),
        number=number,
        name=new.name,
        email=new.email,
        phone=new.phone,
        post_id=new.post_id,
        department_id=new.department_id,
        state=EmployeeState.ONBOARDING,
        start_on=new.start_on,
        contract_months=new.contract_months,
        probation_months=new.probation_months,
        probation_ends_on=probation_ends_on(new.start_on, new.probation_months),
        card_number=new.card_number,
        face_blob_id=new.face_blob_id,
        # A face reaches this room only with the candidate's consent to its use at the gate.
        face_consent=new.face_blob_id is not None,
        candidate_id=new.candidate_id,
        activated_on=None,
        leaves_on=None,
        left_on=None,
        created_at=tx.now,
    )


def _contract_of(new: NewEmployee, employee_id: str) -> Contract:
    return Contract(
        id=new_id(),
        employee_id=employee_id,
        starts_on=new.start_on,
        ends_on=contract_ends_on(new.start_on, new.contract_months),
        probation_share=new.probation_share,
        wages=(WageStep(new.start_on, new.monthly_wage),),
    )


def _created(employee: Employee) -> EmployeeCreated:
    return EmployeeCreated(
        employee_id=employee.id,
        number=employee.number,
        name=employee.name,
        post_id=employee.post_id,
        department_id=employee.department_id,
        start_on=employee.start_on,
        card_number=employee.card_number,
        face_blob_id=employee.face_blob_id,
    )
