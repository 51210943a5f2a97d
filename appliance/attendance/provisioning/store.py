"""SQL of people and enrolments."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from appliance.attendance.provisioning.model import Enrolment, EnrolmentState, Person
from appliance.attendance.tables import ATTENDANCE_EMPLOYEE, ENROLMENT, TERMINAL
from appliance.attendance.terminals.model import TerminalState
from appliance.attendance.terminals.store import moment
from appliance.kernel.clock import to_text
from appliance.kernel.db import Transaction

_P = ATTENDANCE_EMPLOYEE.c
_E = ENROLMENT.c
_GONE = (EnrolmentState.LEAVING.value, EnrolmentState.REMOVED.value)


def _person(row: RowMapping) -> Person:
    return Person(
        employee_id=row["employee_id"],
        number=row["number"],
        pin=row["pin"],
        name=row["name"],
        department_id=row["department_id"],
        start_on=date.fromisoformat(row["start_on"]),
        known_from=date.fromisoformat(row["known_from"]),
        left_on=date.fromisoformat(row["left_on"]) if row["left_on"] else None,
        card_number=row["card_number"],
        face_blob_id=row["face_blob_id"],
        trouble=row["trouble"],
    )


def save(tx: Transaction, person: Person) -> None:
    """Keep a person, new or changed."""
    values: dict[str, Any] = {
        "number": person.number,
        "pin": person.pin,
        "name": person.name,
        "department_id": person.department_id,
        "start_on": person.start_on.isoformat(),
        "known_from": person.known_from.isoformat(),
        "left_on": person.left_on.isoformat() if person.left_on else None,
        "card_number": person.card_number,
        "face_blob_id": person.face_blob_id,
        "trouble": person.trouble,
    }
    statement = upsert(ATTENDANCE_EMPLOYEE).values(employee_id=person.employee_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["employee_id"], set_=values))


def find(tx: Transaction, employee_id: str) -> Person | None:
    """The person of an employee id."""
    row = tx.execute(select(ATTENDANCE_EMPLOYEE).where(_P.employee_id == employee_id)).mappings().first()
    return _person(row) if row else None


def pin_taken(tx: Transaction, pin: str, by_other_than: str) -> bool:
    """Whether somebody who works here carries the PIN, or somebody who left is still on a terminal with
    it.
    """
    still_there = (
        select(_E.employee_id)
        .where(_E.employee_id == _P.employee_id, _E.state != EnrolmentState.REMOVED.value)
        .exists()
    )
    statement = select(_P.employee_id).where(
        _P.pin == pin, _P.employee_id != by_other_than, _P.left_on.is_(None) | still_there
    )
    return tx.execute(statement.limit(1)).first() is not None


def working(tx: Transaction) -> list[Person]:
    """Everybody who has not left and can be put on terminals."""
    statement = select(ATTENDANCE_EMPLOYEE).where(_P.left_on.is_(None), _P.pin.is_not(None))
    return [_person(row) for row in tx.execute(statement.order_by(_P.number)).mappings()]


def in_trouble(tx: Transaction) -> list[Person]:
    """People who can be put on no terminal."""
    statement = select(ATTENDANCE_EMPLOYEE).where(_P.trouble != "", _P.left_on.is_(None)).limit(200)
    return [_person(row) for row in tx.execute(statement).mappings()]


def note_first_punch(tx: Transaction, employee_id: str, punch_id: int) -> bool:
    """Remember a person's first punch; False when one was remembered before."""
    statement = (
        update(ATTENDANCE_EMPLOYEE)
        .where(_P.employee_id == employee_id, _P.first_punch_id.is_(None))
        .values(first_punch_id=punch_id)
    )
    return tx.execute(statement).rowcount == 1


def note_enrolled_everywhere(tx: Transaction, employee_id: str) -> bool:
    """Remember that every terminal acknowledged; False when that was so before, or is not so yet."""
    missing = (
        select(_E.employee_id)
        .join(TERMINAL, TERMINAL.c.key == _E.terminal_key)
        .where(
            _E.employee_id == employee_id,
            TERMINAL.c.state == TerminalState.APPROVED.value,
            _E.state.not_in((EnrolmentState.ENROLLED.value, *_GONE)),
        )
        .exists()
    )
    statement = (
        update(ATTENDANCE_EMPLOYEE)
        .where(_P.employee_id == employee_id, _P.enrolled_everywhere_at.is_(None), ~missing)
        .values(enrolled_everywhere_at=to_text(tx.now))
    )
    return tx.execute(statement).rowcount == 1


# --- enrolments -------------------------------------------------------------------------------------------


def _enrolment(row: RowMapping) -> Enrolment:
    return Enrolment(
        employee_id=row["employee_id"],
        terminal_key=row["terminal_key"],
        state=EnrolmentState(row["state"]),
        user_command=row["user_command"],
        photo_command=row["photo_command"],
        removal_command=row["removal_command"],
        return_code=row["return_code"],
        trouble=row["trouble"],
        acknowledged_at=moment(row["acknowledged_at"]),
        proof=row["proof"],
    )


def enrolment(tx: Transaction, employee_id: str, terminal_key: int) -> Enrolment | None:
    """One person on one terminal."""
    statement = select(ENROLMENT).where(_E.employee_id == employee_id, _E.terminal_key == terminal_key)
    row = tx.execute(statement).mappings().first()
    return _enrolment(row) if row else None


def enrolments_of(tx: Transaction, employee_id: str) -> list[Enrolment]:
    """A person on all terminals."""
    statement = select(ENROLMENT).where(_E.employee_id == employee_id).order_by(_E.terminal_key)
    return [_enrolment(row) for row in tx.execute(statement).mappings()]


def enrolments_at(tx: Transaction, terminal_key: int) -> dict[str, Enrolment]:
    """Everybody on one terminal, by employee id."""
    statement = select(ENROLMENT).where(_E.terminal_key == terminal_key)
    return {row["employee_id"]: _enrolment(row) for row in tx.execute(statement).mappings()}


def set_enrolment(tx: Transaction, employee_id: str, terminal_key: int, **values: Any) -> None:
    """Create an enrolment or change some of its columns."""
    changed = values | {"changed_at": to_text(tx.now)}
    statement = upsert(ENROLMENT).values(employee_id=employee_id, terminal_key=terminal_key, **changed)
    keys = ["employee_id", "terminal_key"]
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def counts(tx: Transaction) -> dict[int, dict[EnrolmentState, int]]:
    """How many people stand where, by terminal key."""
    statement = select(_E.terminal_key, _E.state, func.count().label("number")).group_by(
        _E.terminal_key, _E.state
    )
    found: dict[int, dict[EnrolmentState, int]] = {}
    for row in tx.execute(statement):
        found.setdefault(row.terminal_key, {})[EnrolmentState(row.state)] = row.number
    return found


def attention(tx: Transaction, terminal_key: int) -> Sequence[tuple[Enrolment, str, str]]:
    """Enrolments of one terminal that are not finished, with the person's number and name."""
    statement = (
        select(ENROLMENT, _P.number, _P.name)
        .join(ATTENDANCE_EMPLOYEE, _P.employee_id == _E.employee_id)
        .where(
            _E.terminal_key == terminal_key,
            _E.state.not_in((EnrolmentState.ENROLLED.value, EnrolmentState.REMOVED.value)),
        )
        .order_by(_E.state, _P.number)
        .limit(200)
    )
    return [(_enrolment(row), row["number"], row["name"]) for row in tx.execute(statement).mappings()]
