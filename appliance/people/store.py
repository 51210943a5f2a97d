"""Employees and their contracts in core.db."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import func, insert, or_, select, update

from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.schema import AUDIT
from appliance.people.model import Contract, Employee, EmployeeFilter, EmployeeState, WageStep
from appliance.people.money import fen_count, from_fen
from appliance.people.tables import CONTRACT, CONTRACT_WAGE, EMPLOYEE, ISSUED_NUMBER

FIRST_NUMBER: Final = 100001


def issue_number(tx: Transaction, wanted: int | None = None) -> str | None:
    """Issue the next number, or the wanted one; None when that was issued before. Numbers are never
    reused.
    """
    if wanted is None:
        last = tx.execute(select(func.max(ISSUED_NUMBER.c.number))).scalar()
        wanted = FIRST_NUMBER if last is None else max(FIRST_NUMBER, last + 1)
    elif (
        tx.execute(select(ISSUED_NUMBER.c.number).where(ISSUED_NUMBER.c.number == wanted)).first() is not None
    ):
        return None
    tx.execute(insert(ISSUED_NUMBER).values(number=wanted, issued_at=to_text(tx.now)))
    return str(wanted)


def add_employee(tx: Transaction, employee: Employee) -> None:
    """Store a new employee."""
    tx.execute(
        insert(EMPLOYEE).values(
            id=employee.id,
            number=employee.number,
            name=employee.name,
            email=employee.email,
            phone=employee.phone,
            post_id=employee.post_id,
            department_id=employee.department_id,
            state=employee.state.value,
            start_on=employee.start_on.isoformat(),
            contract_months=employee.contract_months,
            probation_months=employee.probation_months,
            probation_ends_on=_day_text(employee.probation_ends_on),
            card_number=employee.card_number,
            face_blob_id=employee.face_blob_id,
            face_consent=employee.face_consent,
            candidate_id=employee.candidate_id,
            created_at=to_text(tx.now),
        )
    )


def find(tx: Transaction, employee_id: str) -> Employee | None:
    """The employee, or None."""
    row = tx.execute(select(EMPLOYEE).where(EMPLOYEE.c.id == employee_id)).mappings().first()
    return None if row is None else _employee(row)


def find_by_candidate(tx: Transaction, candidate_id: str) -> Employee | None:
    """The employee that a candidate became, or None."""
    row = tx.execute(select(EMPLOYEE).where(EMPLOYEE.c.candidate_id == candidate_id)).mappings().first()
    return None if row is None else _employee(row)


def card_holder(tx: Transaction, card_number: str) -> Employee | None:
    """Who holds the card among those who have not left, or None."""
    held = select(EMPLOYEE).where(
        EMPLOYEE.c.card_number == card_number, EMPLOYEE.c.state != EmployeeState.LEFT.value
    )
    row = tx.execute(held).mappings().first()
    return None if row is None else _employee(row)


def many(tx: Transaction, chosen: EmployeeFilter, *, offset: int = 0, limit: int = -1) -> list[Employee]:
    """Employees by number; ``limit`` -1 is all."""
    rows = select(EMPLOYEE).where(_where(chosen)).order_by(sa.cast(EMPLOYEE.c.number, sa.Integer))
    return [_employee(row) for row in tx.execute(rows.offset(offset).limit(limit)).mappings()]


def count(tx: Transaction, chosen: EmployeeFilter) -> int:
    """How many employees the filter leaves."""
    return int(tx.execute(select(func.count()).select_from(EMPLOYEE).where(_where(chosen))).scalar_one())


def count_by_state(tx: Transaction) -> dict[EmployeeState, int]:
    """Employees by state; states without anybody are 0."""
    found = dict.fromkeys(EmployeeState, 0)
    counted = select(EMPLOYEE.c.state, func.count().label("people")).group_by(EMPLOYEE.c.state)
    for row in tx.execute(counted).mappings():
        found[EmployeeState(row["state"])] = row["people"]
    return found


def change(tx: Transaction, employee_id: str, **values: object) -> None:
    """Change columns of an employee; days are written as ISO text."""
    texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    tx.execute(update(EMPLOYEE).where(EMPLOYEE.c.id == employee_id).values(**texts))


def add_contract(tx: Transaction, contract: Contract) -> None:
    """Store a contract with its wages."""
    share = contract.probation_share
    tx.execute(
        insert(CONTRACT).values(
            id=contract.id,
            employee_id=contract.employee_id,
            starts_on=contract.starts_on.isoformat(),
            ends_on=_day_text(contract.ends_on),
            probation_share=None if share is None else str(share),
            created_at=to_text(tx.now),
        )
    )
    for wage in contract.wages:
        add_wage(tx, contract.id, wage, reason="")


def add_wage(tx: Transaction, contract_id: str, wage: WageStep, *, reason: str) -> None:
    """Add a wage to a contract."""
    tx.execute(
        insert(CONTRACT_WAGE).values(
            contract_id=contract_id,
            effective_from=wage.effective_from.isoformat(),
            monthly_wage_fen=fen_count(wage.monthly_wage),
            reason=reason,
            created_at=to_text(tx.now),
        )
    )


def contract_of(tx: Transaction, employee_id: str) -> Contract | None:
    """The employee's latest contract with its wages in order, or None."""
    latest = (
        select(CONTRACT).where(CONTRACT.c.employee_id == employee_id).order_by(CONTRACT.c.starts_on.desc())
    )
    row = tx.execute(latest.limit(1)).mappings().first()
    if row is None:
        return None
    wages = tx.execute(
        select(CONTRACT_WAGE.c.effective_from, CONTRACT_WAGE.c.monthly_wage_fen)
        .where(CONTRACT_WAGE.c.contract_id == row["id"])
        .order_by(CONTRACT_WAGE.c.effective_from)
    )
    share = row["probation_share"]
    return Contract(
        id=row["id"],
        employee_id=employee_id,
        starts_on=date.fromisoformat(row["starts_on"]),
        ends_on=_day(row["ends_on"]),
        probation_share=None if share is None else Decimal(share),
        wages=tuple(
            WageStep(date.fromisoformat(wage["effective_from"]), from_fen(wage["monthly_wage_fen"]))
            for wage in wages.mappings()
        ),
    )


def ledger_of(tx: Transaction, subject: str, *, limit: int) -> list[dict[str, Any]]:
    """Ledger rows of a subject, newest first."""
    rows = select(AUDIT).where(AUDIT.c.subject == subject).order_by(AUDIT.c.seq.desc()).limit(limit)
    return [dict(row) for row in tx.execute(rows).mappings()]


def _where(chosen: EmployeeFilter) -> sa.ColumnElement[bool]:
    tests: list[sa.ColumnElement[bool]] = [sa.true()]
    if chosen.search:
        tests.append(
            or_(
                *(
                    column.contains(chosen.search, autoescape=True)
                    for column in (EMPLOYEE.c.number, EMPLOYEE.c.name, EMPLOYEE.c.phone, EMPLOYEE.c.email)
                )
            )
        )
    if chosen.state is not None:
        tests.append(EMPLOYEE.c.state == chosen.state.value)
    if chosen.department_id:
        tests.append(EMPLOYEE.c.department_id == chosen.department_id)
    if chosen.post_id:
        tests.append(EMPLOYEE.c.post_id == chosen.post_id)
    if chosen.on_probation_on is not None:
        tests.append(EMPLOYEE.c.probation_ends_on >= chosen.on_probation_on.isoformat())
        tests.append(EMPLOYEE.c.state != EmployeeState.LEFT.value)
    return sa.and_(*tests)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _employee(row: Any) -> Employee:
    return Employee(
        id=row["id"],
        number=row["number"],
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        post_id=row["post_id"],
        department_id=row["department_id"],
        state=EmployeeState(row["state"]),
        start_on=date.fromisoformat(row["start_on"]),
        contract_months=row["contract_months"],
        probation_months=row["probation_months"],
        probation_ends_on=_day(row["probation_ends_on"]),
        card_number=row["card_number"],
        face_blob_id=row["face_blob_id"],
        face_consent=row["face_consent"],
        candidate_id=row["candidate_id"],
        activated_on=_day(row["activated_on"]),
        leaves_on=_day(row["leaves_on"]),
        left_on=_day(row["left_on"]),
        created_at=from_text(row["created_at"]),
    )
