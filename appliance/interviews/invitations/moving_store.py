"""How often and how far a candidate may move their own window, in core.db."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Column, Integer, Table, Text

from appliance.interviews.plans.store import INTERVIEWS
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

OWN_MOVE = Table(
    "interview_own_move",
    INTERVIEWS,
    Column("interview_id", Text, primary_key=True),
    Column("moves_left", Integer, nullable=False),
    Column("latest_end", Text, nullable=False),
)


def allow(tx: Transaction, interview_id: str, moves_left: int, latest_end: datetime) -> None:
    """Set what is allowed; the last word counts."""
    tx.execute(sa.delete(OWN_MOVE).where(OWN_MOVE.c.interview_id == interview_id))
    values = {"interview_id": interview_id, "moves_left": moves_left, "latest_end": to_text(latest_end)}
    tx.execute(sa.insert(OWN_MOVE), values)


def allowed(tx: Transaction, interview_id: str) -> tuple[int, datetime | None]:
    """Moves left, and the latest end they may lead to."""
    row = tx.execute(sa.select(OWN_MOVE).where(OWN_MOVE.c.interview_id == interview_id)).mappings().first()
    return (row["moves_left"], from_text(row["latest_end"])) if row else (0, None)
