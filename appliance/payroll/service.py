"""Opening, changing and closing pay records, and the pay of a month with its reasons."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct

from appliance.audit import ledger
from appliance.events import EmployeeActivated, EmployeeLeft, PayRecordOpened
from appliance.kernel.actor import MACHINE, Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.outbox import EventMeta, Subscription, emit
from appliance.kernel.web import Paging
from appliance.payroll import store
from appliance.payroll.model import MonthPay, PayRecord, WageSegment
from appliance.payroll.month import Books, month_pay
from appliance.payroll.segments import Terms, wage_segments
from appliance.people.intake import is_amount
from appliance.people.model import Employee
from appliance.people.service import People, required_employee
from appliance.people.structure import required_post

_EARLIEST_YEAR: Final = 2000
_LATEST_YEAR: Final = 2100


class RecordLine(Struct, frozen=True):
    """A row of the list: the employee, the record, and the running month."""

    employee: Employee
    record: PayRecord
    pay: MonthPay


class RecordSheet(Struct, frozen=True):
    """Everything the pay record page shows."""

    employee: Employee
    record: PayRecord
    pay: MonthPay


class Payroll:
    """Pay records of the site."""

    def __init__(self, core: Database, clock: Clock, people: People, books: Books) -> None:
        self._core = core
        self._clock = clock
        self._people = people
        self.books = books

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All that the room listens to, on core.db."""
        return (
            Subscription("payroll.employee_activated", EmployeeActivated, "core", self._activated),
            Subscription("payroll.employee_left", EmployeeLeft, "core", self._left),
        )

    def open_record(self, tx: Transaction, actor: Actor, employee_id: str, activated_on: date) -> PayRecord:
        """Open the record with the probation step, once an employee; ledger row and ``PayRecordOpened``
        with it.

        Pay begins with the first day of work, even if that is before the contract's date (劳动合同法 art. 7).
        """
        known = store.of_employee(tx, employee_id)
        if known is not None:
            return known
        employee = required_employee(tx, employee_id)
        starts_on = min(employee.start_on, activated_on)
        record = PayRecord(
            id=new_id(),
            employee_id=employee_id,
            scope=self.books.policy.scope,
            starts_on=starts_on,
            closed_on=employee.left_on,
            segments=wage_segments(self._terms(tx, employee, starts_on), self.books.policy, self.books.rules),
        )
        store.add(tx, record)
        details = {"employee_id": employee_id, "scope": record.scope, "starts_on": starts_on.isoformat()}
        ledger.record(tx, actor, "pay_record.opened", f"pay_record:{record.id}", details)
        emit(tx, PayRecordOpened(employee_id=employee_id, pay_record_id=record.id))
        return record

    def change_wage(
        self, actor: Actor, employee_id: str, *, effective_from: date, monthly_wage: Decimal, reason: str
    ) -> PayRecord:
        """Agree another wage from a day on: contract and segments change together.

        Raises ``Invalid``, ``NotFound``, ``Conflict`` when a wage from that day or later is agreed already.
        """
        problems = {}
        if not is_amount(monthly_wage) or monthly_wage <= 0:
            problems["monthly_wage"] = N_("Write the monthly wage in yuan with at most two decimals.")
        if not reason.strip():
            problems["reason"] = N_("Say why the wage changes; the reason goes into the ledger.")
        if problems:
            raise Invalid(problems)

        def work(tx: Transaction) -> PayRecord:
            record = _required(tx, employee_id)
            if effective_from <= record.starts_on or record.closed_on is not None:
                raise Conflict(N_("The wage can change only from a later day of a record that is open."))
            self._people.agree_wage(tx, employee_id, effective_from, monthly_wage)
            terms = self._terms(tx, required_employee(tx, employee_id), record.starts_on)
            rebuilt = wage_segments(terms, self.books.policy, self.books.rules)
            store.replace_segments(tx, record.id, _from_day(record.segments, rebuilt, effective_from))
            details = {"from": effective_from.isoformat(), "reason": reason.strip()}
            ledger.record(tx, actor, "pay_record.wage_changed", f"pay_record:{record.id}", details)
            return _required(tx, employee_id)

        return self._core.write(work)

    def today(self) -> date:
        """The calendar day at the site."""
        return self._clock.today()

    def lines(self, *, search: str, page: int, size: int) -> tuple[list[RecordLine], int]:
        """A page of records (from 1) with the running month's pay, and the total."""
        today = self._clock.today()

        def work(tx: Transaction) -> tuple[list[RecordLine], int]:
            records, total = store.page(tx, search=search, offset=Paging(page, size).offset, limit=size)
            return [
                RecordLine(
                    required_employee(tx, record.employee_id),
                    record,
                    month_pay(record, today.year, today.month, self.books),
                )
                for record in records
            ], total

        return self._core.read(work)

    def sheet(self, actor: Actor, employee_id: str, month: str = "") -> RecordSheet:
        """One record with a month's pay ("2026-11"; empty: the running month); the look is noted in the
        ledger.

        Raises ``NotFound``, ``Invalid``.
        """
        year, number = self.month_of(month)

        def work(tx: Transaction) -> RecordSheet:
            record = _required(tx, employee_id)
            details = {"month": f"{year}-{number:02d}"}
            ledger.record(tx, actor, "pay_record.seen", f"pay_record:{record.id}", details)
            pay = month_pay(record, year, number, self.books)
            return RecordSheet(required_employee(tx, employee_id), record, pay)

        return self._core.write(work)

    def month_of(self, text: str) -> tuple[int, int]:
        """Year and month of "2026-11"; the running month for an empty text. Raises ``Invalid``."""
        if not text:
            today = self._clock.today()
            return today.year, today.month
        year, dash, month = text.partition("-")
        digits = year.isascii() and year.isdigit() and month.isascii() and month.isdigit()
        if dash and digits and _EARLIEST_YEAR <= int(year) <= _LATEST_YEAR and 1 <= int(month) <= 12:
            return int(year), int(month)
        raise Invalid({"month": N_("Write the month as 2026-11.")})

    def _terms(self, tx: Transaction, employee: Employee, starts_on: date) -> Terms:
        contract = self._people.contract(tx, employee.id)
        return Terms(
            starts_on=starts_on,
            probation_ends_on=employee.probation_ends_on,
            wages=contract.wages,
            probation_share=contract.probation_share,
            lowest_of_post=required_post(tx, employee.post_id).wage_floor,
        )

    def _activated(self, tx: Transaction, event: EmployeeActivated, meta: EventMeta) -> None:
        self.open_record(tx, MACHINE, event.employee_id, event.activated_on)

    def _left(self, tx: Transaction, event: EmployeeLeft, meta: EventMeta) -> None:
        if store.close(tx, event.employee_id, event.left_on):
            record = _required(tx, event.employee_id)
            details = {"on": event.left_on.isoformat()}
            ledger.record(tx, MACHINE, "pay_record.closed", f"pay_record:{record.id}", details)


def _from_day(
    past: tuple[WageSegment, ...], rebuilt: tuple[WageSegment, ...], day: date
) -> tuple[WageSegment, ...]:
    """The segments as they were until the day before, and as rebuilt from the day on."""
    before = day - timedelta(days=1)
    kept = [
        msgspec.structs.replace(segment, until_on=min(segment.until_on or before, before))
        for segment in past
        if segment.from_on < day
    ]
    return (*kept, *(segment for segment in rebuilt if segment.from_on >= day))


def _required(tx: Transaction, employee_id: str) -> PayRecord:
    record = store.of_employee(tx, employee_id)
    if record is None:
        raise NotFound(
            N_("There is no pay record of employee %(id)s yet; it opens with the first punch."),
            id=employee_id,
        )
    return record
