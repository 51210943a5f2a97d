"""What stages of an analysis gave, kept until the answer is settled; and what the site decided on observations."""

from datetime import datetime
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Integer, Table, Text

from appliance.interviews.assessment.store import (
    ANSWER_ANALYSIS,
    ANSWER_PART,
    ASSESSMENT,
    Stage,
    StageSpan,
)
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

T = TypeVar("T")

OBSERVATION_POLICY = Table(
    "interview_observation_policy",
    ASSESSMENT,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("policy", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("basis_person", Text, nullable=False, server_default=""),
    Column("basis_text", Text, nullable=False, server_default=""),
    Column("basis_day", Text),
    Column("decided_by", Text, nullable=False),
    Column("decided_by_label", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
)


# parts of an analysis


def part(
    tx: Transaction, answer_id: str, take: int, stage: Stage, kind: type[T]
) -> tuple[T, StageSpan] | None:
    """What a stage gave for this take, and when it ran; None where it has not run."""
    kept = ANSWER_PART.c
    row = tx.execute(
        sa.select(ANSWER_PART).where(kept.answer_id == answer_id, kept.stage == stage, kept.take == take)
    ).first()
    if row is None:
        return None
    span = StageSpan(stage, from_text(row.begun_at), row.seconds)
    return msgspec.json.decode(row.body, type=kind), span


def keep_part(
    tx: Transaction, answer_id: str, interview_id: str, take: int, span: StageSpan, body: msgspec.Struct
) -> None:
    """Keep what a stage gave, so that a later try does not pay for it again. Kept only while the analysis of this
    take goes on: an answer that was erased or taken again in the meantime leaves nothing behind."""
    analysis = ANSWER_ANALYSIS.c
    going_on = sa.select(analysis.answer_id).where(analysis.answer_id == answer_id, analysis.take == take)
    if tx.execute(going_on).first() is None:
        return
    mine = sa.and_(ANSWER_PART.c.answer_id == answer_id, ANSWER_PART.c.stage == span.stage)
    tx.execute(sa.delete(ANSWER_PART).where(mine))
    tx.execute(
        sa.insert(ANSWER_PART),
        {
            "answer_id": answer_id,
            "stage": span.stage,
            "interview_id": interview_id,
            "take": take,
            "begun_at": to_text(span.begun_at),
            "seconds": span.seconds,
            "body": msgspec.json.encode(body),
        },
    )


def kept_stages(tx: Transaction, interview_id: str) -> dict[str, set[Stage]]:
    """Which stages are done and kept, by answer."""
    rows = tx.execute(
        sa.select(ANSWER_PART.c.answer_id, ANSWER_PART.c.stage).where(
            ANSWER_PART.c.interview_id == interview_id
        )
    )
    found: dict[str, set[Stage]] = {}
    for row in rows:
        found.setdefault(row.answer_id, set()).add(Stage(row.stage))
    return found


def forget_parts(tx: Transaction, answer_id: str) -> None:
    """The answer is settled, or taken again: its analysis holds all that is still needed."""
    tx.execute(sa.delete(ANSWER_PART).where(ANSWER_PART.c.answer_id == answer_id))


# the policy on observations


class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One decision as it is stored; `basis_day` is an ISO date."""

    policy: str
    jurisdiction: str
    basis_person: str
    basis_text: str
    basis_day: str | None
    decided_by: str
    decided_by_label: str
    decided_at: datetime


def policy_rows(tx: Transaction, limit: int = 20) -> list[PolicyRow]:
    """The decisions, newest first."""
    rows = tx.execute(
        sa.select(OBSERVATION_POLICY).order_by(OBSERVATION_POLICY.c.id.desc()).limit(limit)
    ).mappings()
    return [
        PolicyRow(
            policy=row["policy"],
            jurisdiction=row["jurisdiction"],
            basis_person=row["basis_person"],
            basis_text=row["basis_text"],
            basis_day=row["basis_day"],
            decided_by=row["decided_by"],
            decided_by_label=row["decided_by_label"],
            decided_at=from_text(row["decided_at"]),
        )
        for row in rows
    ]


def add_policy(tx: Transaction, row: PolicyRow) -> None:
    """A further decision; earlier ones stay."""
    tx.execute(
        sa.insert(OBSERVATION_POLICY),
        msgspec.structs.asdict(row) | {"decided_at": to_text(row.decided_at)},
    )
