"""The checklist of a newcomer: which step is done by whom, which one waits, and which has waited too long."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from appliance.kernel.actor import Actor
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.people.model import EmployeeState, Step, StepRecord, StuckStep
from appliance.people.tables import EMPLOYEE, ONBOARDING_STEP

STUCK_AFTER: Final = timedelta(days=1)


def open_checklist(tx: Transaction, employee_id: str, *, start_on: date, zone: ZoneInfo) -> None:
    """All steps open. The first punch has its turn on the first day, the pay record after the first punch."""
    first_day = datetime.combine(start_on, time.min, tzinfo=zone)
    waiting: dict[Step, datetime | None] = {
        Step.FILE: tx.now,
        Step.CARD: tx.now,
        Step.TERMINALS: tx.now,
        Step.FIRST_PUNCH: max(tx.now, first_day),
        Step.PAY_RECORD: None,
    }
    for step, since in waiting.items():
        tx.execute(
            insert(ONBOARDING_STEP).values(
                employee_id=employee_id,
                step=step.value,
                waiting_since=None if since is None else to_text(since),
            )
        )


def complete(tx: Transaction, employee_id: str, step: Step, actor: Actor) -> bool:
    """Tick a step off; False when it was done before (or the employee has no checklist)."""
    row = ONBOARDING_STEP.c
    open_step = (row.employee_id == employee_id) & (row.step == step.value) & row.done_at.is_(None)
    done = tx.execute(
        update(ONBOARDING_STEP)
        .where(open_step)
        .values(done_at=to_text(tx.now), done_by=f"{actor.kind}:{actor.label}", waiting_since=None)
    )
    if done.rowcount and step is Step.FIRST_PUNCH:
        _begin(tx, employee_id, Step.PAY_RECORD)
    return done.rowcount == 1


def count_up(tx: Transaction, employee_id: str, step: Step) -> None:
    """One more of several parts of a step is there (a terminal has enrolled the newcomer)."""
    row = ONBOARDING_STEP.c
    tx.execute(
        update(ONBOARDING_STEP)
        .where((row.employee_id == employee_id) & (row.step == step.value))
        .values(count=row.count + 1)
    )


def checklist(tx: Transaction, employee_id: str) -> list[StepRecord]:
    """The steps in their usual order; empty for somebody who was never onboarded here."""
    rows = tx.execute(select(ONBOARDING_STEP).where(ONBOARDING_STEP.c.employee_id == employee_id)).mappings()
    found = {Step(row["step"]): _record(row) for row in rows}
    return [found[step] for step in Step if step in found]


def next_step(steps: list[StepRecord]) -> Step | None:
    """The first step that is not done."""
    return next((record.step for record in steps if record.done_at is None), None)


def stuck(tx: Transaction) -> list[StuckStep]:
    """Steps whose turn came more than a day ago and that are not done, oldest first; not of people who
    left.
    """
    row = ONBOARDING_STEP.c
    waiting = (
        select(row.employee_id, EMPLOYEE.c.number, row.step, row.waiting_since)
        .join(EMPLOYEE, EMPLOYEE.c.id == row.employee_id)
        .where(row.done_at.is_(None), row.waiting_since < to_text(tx.now - STUCK_AFTER))
        .where(EMPLOYEE.c.state != EmployeeState.LEFT.value)
        .order_by(row.waiting_since)
    )
    return [
        StuckStep(row.employee_id, row.number, Step(row.step), from_text(row.waiting_since))
        for row in tx.execute(waiting)
    ]


def _begin(tx: Transaction, employee_id: str, step: Step) -> None:
    row = ONBOARDING_STEP.c
    tx.execute(
        update(ONBOARDING_STEP)
        .where((row.employee_id == employee_id) & (row.step == step.value) & row.done_at.is_(None))
        .values(waiting_since=to_text(tx.now))
    )


def _record(row: Any) -> StepRecord:
    return StepRecord(
        step=Step(row["step"]),
        waiting_since=None if row["waiting_since"] is None else from_text(row["waiting_since"]),
        done_at=None if row["done_at"] is None else from_text(row["done_at"]),
        done_by=row["done_by"],
        count=row["count"],
    )
