"""Invitations of many at once in core.db."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Integer, Table, Text

from appliance.interviews.invitations.model import Batch, BatchLine, Outcome
from appliance.interviews.plans.store import INTERVIEWS
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

BATCH = Table(
    "invitation_batch",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("opening_id", Text, nullable=False),
    Column("window_start", Text, nullable=False),
    Column("window_end", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_label", Text, nullable=False),
)

BATCH_LINE = Table(
    "invitation_batch_line",
    INTERVIEWS,
    Column("batch_id", Text, primary_key=True),
    Column("candidate_id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("interview_id", Text),
)


def add_batch(tx: Transaction, batch: Batch, candidate_ids: Sequence[str]) -> None:
    """Store a batch with its candidates, who all wait."""
    values = {
        "id": batch.id,
        "opening_id": batch.opening_id,
        "window_start": to_text(batch.window_start),
        "window_end": to_text(batch.window_end),
        "language": batch.language,
        "total": batch.total,
        "created_at": to_text(batch.created_at),
        "created_by": batch.created_by,
        "created_label": batch.created_label,
    }
    tx.execute(sa.insert(BATCH), values)
    for number, candidate_id in enumerate(candidate_ids, 1):
        line = {
            "batch_id": batch.id,
            "candidate_id": candidate_id,
            "number": number,
            "outcome": Outcome.WAITING.value,
        }
        tx.execute(sa.insert(BATCH_LINE), line)


def batch(tx: Transaction, batch_id: str) -> Batch | None:
    """One batch by its id."""
    row = tx.execute(sa.select(BATCH).where(BATCH.c.id == batch_id)).mappings().first()
    return _batch(row) if row else None


def newest_batches(tx: Transaction, limit: int) -> list[Batch]:
    """Batches, newest first."""
    rows = tx.execute(
        sa.select(BATCH).order_by(BATCH.c.created_at.desc(), BATCH.c.id.desc()).limit(limit)
    ).mappings()
    return [_batch(row) for row in rows]


def lines(tx: Transaction, batch_id: str) -> list[BatchLine]:
    """A batch's lines in the order in which they were chosen; who was erased since has none."""
    rows = tx.execute(
        sa.select(BATCH_LINE).where(BATCH_LINE.c.batch_id == batch_id).order_by(BATCH_LINE.c.number)
    ).mappings()
    return [_line(row) for row in rows]


def line(tx: Transaction, batch_id: str, candidate_id: str) -> BatchLine | None:
    """One candidate's line of a batch."""
    row = tx.execute(sa.select(BATCH_LINE).where(*_key(batch_id, candidate_id))).mappings().first()
    return _line(row) if row else None


def settle(
    tx: Transaction, batch_id: str, candidate_id: str, outcome: Outcome, interview_id: str | None = None
) -> None:
    """Write how it went with one candidate."""
    tx.execute(
        sa.update(BATCH_LINE)
        .where(*_key(batch_id, candidate_id))
        .values(outcome=outcome.value, interview_id=interview_id)
    )


def _key(batch_id: str, candidate_id: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return BATCH_LINE.c.batch_id == batch_id, BATCH_LINE.c.candidate_id == candidate_id


def _batch(row: Any) -> Batch:
    return Batch(
        id=row["id"],
        opening_id=row["opening_id"],
        window_start=from_text(row["window_start"]),
        window_end=from_text(row["window_end"]),
        language=row["language"],
        total=row["total"],
        created_at=from_text(row["created_at"]),
        created_by=row["created_by"],
        created_label=row["created_label"],
    )


def _line(row: Any) -> BatchLine:
    return BatchLine(row["candidate_id"], Outcome(row["outcome"]), row["interview_id"])
