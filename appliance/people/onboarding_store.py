"""Onboarding steps in core.db."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.people.model import EmployeeState, Step, StepRecord, StuckStep
from appliance.people.tables import EMPLOYEE, ONBOARDING_STEP

_ROW = ONBOARDING_STEP.c


def add(tx: Transaction, employee_id: str, step: Step, waiting_since: datetime | None) -> None:
    """An open step; without an instant its turn has not come."""
    since = None if waiting_since is None else to_text(waiting_since)
    tx.execute(insert(ONBOARDING_STEP).values(employee_id=employee_id, step=step.value, waiting_since=since))


def finish(tx: Transaction, employee_id: str, step: Step, done_by: str) -> bool:
    """Tick an open step off; False when none is open."""
    done = tx.execute(
        update(ONBOARDING_STEP)
        .where(_ROW.employee_id == employee_id, _ROW.step == step.value, _ROW.done_at.is_(None))
        .values(done_at=to_text(tx.now), done_by=done_by, waiting_since=None)
    )
    return done.rowcount == 1


def begin(tx: Transaction, employee_id: str, step: Step) -> None:
    """An open step's turn has come."""
    tx.execute(
        update(ONBOARDING_STEP)
        .where(_ROW.employee_id == employee_id, _ROW.step == step.value, _ROW.done_at.is_(None))
        .values(waiting_since=to_text(tx.now))
    )


def count_up(tx: Transaction, employee_id: str, step: Step) -> None:
    """One more of several parts of a step."""
    tx.execute(
        update(ONBOARDING_STEP)
        .where(_ROW.employee_id == employee_id, _ROW.step == step.value)
        .values(count=_ROW.count + 1)
    )


def steps_of(tx: Transaction, employee_id: str) -> list[StepRecord]:
    """An employee's steps, in no order."""
    rows = tx.execute(select(ONBOARDING_STEP).where(_ROW.employee_id == employee_id)).mappings()
    return [_record(row) for row in rows]


def waiting_before(tx: Transaction, instant: datetime) -> list[StuckStep]:
    """Open steps whose turn came before an instant, oldest first; not of people who left."""
    waiting = (
        select(_ROW.employee_id, EMPLOYEE.c.number, _ROW.step, _ROW.waiting_since)
        .join(EMPLOYEE, EMPLOYEE.c.id == _ROW.employee_id)
        .where(_ROW.done_at.is_(None), _ROW.waiting_since < to_text(instant))
        .where(EMPLOYEE.c.state != EmployeeState.LEFT.value)
        .order_by(_ROW.waiting_since)
    )
    return [
        StuckStep(row.employee_id, row.number, Step(row.step), from_text(row.waiting_since))
        for row in tx.execute(waiting)
    ]


def _record(row: Any) -> StepRecord:
    return StepRecord(
        step=Step(row["step"]),
        waiting_since=None if row["waiting_since"] is None else from_text(row["waiting_since"]),
        done_at=None if row["done_at"] is None else from_text(row["done_at"]),
        done_by=row["done_by"],
        count=row["count"],
    )
