"""Reading jobs, deliveries and the ledger from the kernel's tables; one file at a time."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from appliance.audit.model import DatabaseName, DeadDelivery, JobView, LedgerQuery, LedgerRow
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.jobs import JobState
from appliance.kernel.schema import AUDIT, JOB, OUTBOX, OUTBOX_DELIVERY

DEAD = "dead"


def count_jobs(tx: Transaction) -> dict[tuple[JobState, str], int]:
    """Jobs by state and kind."""
    number = sa.func.count().label("number")
    query = sa.select(JOB.c.state, JOB.c.kind, number).group_by(JOB.c.state, JOB.c.kind)
    return {(JobState(row.state), str(row.kind)): int(row.number) for row in tx.execute(query)}


def latest_jobs(tx: Transaction, state: JobState | None, kind: str, limit: int) -> list[JobView]:
    """Jobs, the newest first (ids are time-ordered)."""
    query = sa.select(JOB)
    if state is not None:
        query = query.where(JOB.c.state == state)
    if kind:
        query = query.where(JOB.c.kind == kind)
    rows = tx.execute(query.order_by(JOB.c.id.desc()).limit(limit))
    return [_job(tx, row) for row in rows]


def find_job(tx: Transaction, job_id: str) -> JobView | None:
    """A job of this file."""
    row = tx.execute(sa.select(JOB).where(JOB.c.id == job_id)).first()
    return _job(tx, row) if row else None


def dead_deliveries(tx: Transaction) -> list[DeadDelivery]:
    """Events of this file that a subscriber could not take, the newest first."""
    delivery = OUTBOX_DELIVERY
    query = (
        sa.select(delivery, OUTBOX.c.kind, OUTBOX.c.occurred_at)
        .join(OUTBOX, OUTBOX.c.seq == delivery.c.seq)
        .where(delivery.c.state == DEAD)
        .order_by(delivery.c.seq.desc())
    )
    return [
        DeadDelivery(
            DatabaseName(tx.database.name),
            row.seq,
            row.subscriber,
            row.kind,
            row.attempts,
            row.last_error,
            from_text(row.occurred_at),
        )
        for row in tx.execute(query)
    ]


def count_ledger(tx: Transaction, query: LedgerQuery) -> int:
    """How many rows fit."""
    counted = sa.select(sa.func.count()).select_from(AUDIT).where(*_fitting(query))
    return int(tx.execute(counted).scalar_one())


def latest_ledger(tx: Transaction, query: LedgerQuery, limit: int) -> list[LedgerRow]:
    """Rows that fit, the newest first."""
    found = sa.select(AUDIT).where(*_fitting(query)).order_by(AUDIT.c.seq.desc()).limit(limit)
    return [_ledger(tx, row) for row in tx.execute(found)]


def all_ledger(tx: Transaction, query: LedgerQuery) -> Iterator[LedgerRow]:
    """Rows that fit, the oldest first."""
    for row in tx.execute(sa.select(AUDIT).where(*_fitting(query)).order_by(AUDIT.c.seq)):
        yield _ledger(tx, row)


def known_actions(tx: Transaction) -> set[str]:
    """The actions that this file's ledger tells."""
    return {str(action) for action in tx.execute(sa.select(AUDIT.c.action).distinct()).scalars()}


def _fitting(query: LedgerQuery) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if query.subject:
        where.append(AUDIT.c.subject.contains(query.subject, autoescape=True))
    if query.actor:
        where.append(sa.or_(AUDIT.c.actor_id == query.actor, AUDIT.c.actor_label == query.actor))
    if query.action:
        where.append(AUDIT.c.action == query.action)
    if query.since is not None:
        where.append(AUDIT.c.at >= to_text(query.since))
    if query.until is not None:
        where.append(AUDIT.c.at < to_text(query.until))
    return where


def _job(tx: Transaction, row: Any) -> JobView:
    return JobView(
        id=row.id,
        database=DatabaseName(tx.database.name),
        kind=row.kind,
        subject=row.subject,
        state=JobState(row.state),
        attempts=row.attempts,
        max_attempts=row.max_attempts,
        progress=row.progress,
        note=row.note,
        last_error=row.last_error,
        created_at=from_text(row.created_at),
        run_at=from_text(row.run_at),
        finished_at=from_text(row.finished_at) if row.finished_at else None,
    )


def _ledger(tx: Transaction, row: Any) -> LedgerRow:
    return LedgerRow(
        database=DatabaseName(tx.database.name),
        seq=row.seq,
        at=from_text(row.at),
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_label=row.actor_label,
        action=row.action,
        subject=row.subject,
        details=json.loads(row.details),
        hash=row.hash,
    )
