"""Follow-up questions of interviews in core.db."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Integer, Table, Text, UniqueConstraint

from appliance.interviews.follow_ups.model import FollowUp, Origin
from appliance.interviews.plans.store import INTERVIEWS
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

FOLLOW_UP = Table(
    "interview_follow_up",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("follows", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("pending", Boolean, nullable=False),
    Column("origin", Text, nullable=False),
    Column("intent", Text, nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("model", Text, nullable=False, server_default=""),
    Column("model_sha256", Text, nullable=False, server_default=""),
    Column("prompt_hash", Text, nullable=False, server_default=""),
    Column("fallback", Text, nullable=False, server_default=""),
    UniqueConstraint("interview_id", "follows", "number"),
)


def add(tx: Transaction, follow_up: FollowUp) -> None:
    """Store a follow-up, asked at once or still being made."""
    tx.execute(sa.insert(FOLLOW_UP), {"id": follow_up.id, **_values(follow_up)})


def replace(tx: Transaction, follow_up: FollowUp) -> None:
    """Store what a follow-up has become."""
    tx.execute(sa.update(FOLLOW_UP).where(FOLLOW_UP.c.id == follow_up.id).values(_values(follow_up)))


def of_interview(tx: Transaction, interview_id: str) -> list[FollowUp]:
    """An interview's follow-ups, those being made among them."""
    rows = tx.execute(
        sa.select(FOLLOW_UP)
        .where(FOLLOW_UP.c.interview_id == interview_id)
        .order_by(FOLLOW_UP.c.created_at, FOLLOW_UP.c.number)
    ).mappings()
    return [_follow_up(row) for row in rows]


def _values(follow_up: FollowUp) -> dict[str, Any]:
    return {
        "interview_id": follow_up.interview_id,
        "follows": follow_up.follows,
        "number": follow_up.number,
        "pending": follow_up.pending,
        "origin": follow_up.origin,
        "intent": follow_up.intent,
        "text_zh": follow_up.text_zh,
        "text_en": follow_up.text_en,
        "created_at": to_text(follow_up.created_at),
        "model": follow_up.model,
        "model_sha256": follow_up.model_sha256,
        "prompt_hash": follow_up.prompt_hash,
        "fallback": follow_up.fallback,
    }


def _follow_up(row: Any) -> FollowUp:
    return FollowUp(
        id=row["id"],
        interview_id=row["interview_id"],
        follows=row["follows"],
        number=row["number"],
        pending=bool(row["pending"]),
        origin=Origin(row["origin"]),
        intent=row["intent"],
        text_zh=row["text_zh"],
        text_en=row["text_en"],
        created_at=from_text(row["created_at"]),
        model=row["model"],
        model_sha256=row["model_sha256"],
        prompt_hash=row["prompt_hash"],
        fallback=row["fallback"],
    )
