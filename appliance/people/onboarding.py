"""The checklist of a newcomer: which step is done by whom, which one waits, and which has waited too long."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from appliance.kernel.actor import Actor
from appliance.kernel.db import Transaction
from appliance.people import onboarding_store
from appliance.people.model import Step, StepRecord, StuckStep

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
        onboarding_store.add(tx, employee_id, step, since)


def complete(tx: Transaction, employee_id: str, step: Step, actor: Actor) -> bool:
    """Tick a step off; False when it was done before (or the employee has no checklist)."""
    done = onboarding_store.finish(tx, employee_id, step, f"{actor.kind}:{actor.label}")
    if done and step is Step.FIRST_PUNCH:
        onboarding_store.begin(tx, employee_id, Step.PAY_RECORD)
    return done


def count_up(tx: Transaction, employee_id: str, step: Step) -> None:
    """One more of several parts of a step is there (a terminal has enrolled the newcomer)."""
    onboarding_store.count_up(tx, employee_id, step)


def checklist(tx: Transaction, employee_id: str) -> list[StepRecord]:
    """The steps in their usual order; empty for somebody who was never onboarded here."""
    found = {record.step: record for record in onboarding_store.steps_of(tx, employee_id)}
    return [found[step] for step in Step if step in found]


def next_step(steps: list[StepRecord]) -> Step | None:
    """The first step that is not done."""
    return next((record.step for record in steps if record.done_at is None), None)


def stuck(tx: Transaction) -> list[StuckStep]:
    """Steps whose turn came more than a day ago and that are not done, oldest first."""
    return onboarding_store.waiting_before(tx, tx.now - STUCK_AFTER)
