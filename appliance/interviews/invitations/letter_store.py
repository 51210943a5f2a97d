"""Which letters an interview's candidate was written, in core.db; what they said is not kept."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, Table, Text

from appliance.interviews.plans.store import INTERVIEWS
from appliance.interviews.store import INTERVIEW
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

LETTER = Table(
    "interview_letter",
    INTERVIEWS,
    Column("message_id", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("asked_at", Text, nullable=False),
    Index("interview_letter_interview", "interview_id"),
)


def add(tx: Transaction, interview_id: str, message_id: str, step: str, sequence: int) -> None:
    """Remember a letter; `sequence` is its calendar event's."""
    values = {
        "message_id": message_id,
        "interview_id": interview_id,
        "step": step,
        "sequence": sequence,
        "asked_at": to_text(tx.now),
    }
    tx.execute(sa.insert(LETTER), values)


def of_interview(tx: Transaction, interview_id: str) -> list[tuple[str, str, datetime]]:
    """Message id, step and instant of an interview's letters, newest first."""
    rows = tx.execute(
        sa.select(LETTER)
        .where(LETTER.c.interview_id == interview_id)
        .order_by(LETTER.c.asked_at.desc(), LETTER.c.message_id.desc())
    ).mappings()
    return [(row["message_id"], row["step"], from_text(row["asked_at"])) for row in rows]


def written_since(tx: Transaction, interview_id: str, step: str, since: datetime) -> bool:
    """Whether a letter of this step was asked for at or after `since`."""
    mine = (LETTER.c.interview_id == interview_id) & (LETTER.c.step == step)
    query = sa.select(LETTER.c.message_id).where(mine, LETTER.c.asked_at >= to_text(since))
    return tx.execute(query.limit(1)).first() is not None


def last_sequence(tx: Transaction, candidate_id: str) -> int:
    """The highest sequence of the candidate's calendar event so far; -1 before the first letter."""
    query = (
        sa.select(sa.func.max(LETTER.c.sequence))
        .select_from(LETTER.join(INTERVIEW, INTERVIEW.c.id == LETTER.c.interview_id))
        .where(INTERVIEW.c.candidate_id == candidate_id)
    )
    highest = tx.execute(query).scalar()
    return -1 if highest is None else int(highest)
