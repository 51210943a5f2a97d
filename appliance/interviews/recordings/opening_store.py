"""Who opened which recording when, in core.db: several looks within a while are one opening."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, Table, Text

from appliance.interviews.plans.store import INTERVIEWS
from appliance.kernel.clock import to_text
from appliance.kernel.db import Transaction

OPENING_OF_RECORDING = Table(
    "recording_opening",
    INTERVIEWS,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("answer_id", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Index("recording_opening_by", "answer_id", "actor_id", "opened_at"),
)


def opened_since(tx: Transaction, answer_id: str, actor_id: str, since: datetime) -> bool:
    """Whether the actor has opened this recording at or after `since`."""
    opening = OPENING_OF_RECORDING.c
    mine = sa.and_(
        opening.answer_id == answer_id, opening.actor_id == actor_id, opening.opened_at >= to_text(since)
    )
    return tx.execute(sa.select(opening.id).where(mine).limit(1)).first() is not None


def add_opening(tx: Transaction, answer_id: str, actor_id: str) -> None:
    """Note that the actor opens this recording now."""
    tx.execute(
        sa.insert(OPENING_OF_RECORDING),
        {"answer_id": answer_id, "actor_id": actor_id, "opened_at": to_text(tx.now)},
    )
