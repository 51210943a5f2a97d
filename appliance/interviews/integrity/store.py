"""Page events as the timeline reads them. The room writes them; this is its table, for reading alone."""

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, Table, Text

from appliance.kernel.db import Transaction

PAGE_EVENT = Table(
    "interview_page_event",
    MetaData(),
    Column("interview_id", Text, primary_key=True),
    Column("question_id", Text, primary_key=True),
    Column("take", Integer, primary_key=True),
    Column("at_ms", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("received_at", Text, nullable=False),
)


class PageEventRow(msgspec.Struct, frozen=True):
    """Something the page noticed `at_ms` after the question was shown; `amount` is milliseconds for leaving the page
    and characters for pasting, else 0."""

    question_id: str
    take: int
    kind: str
    at_ms: int
    amount: int


def page_events(tx: Transaction, interview_id: str) -> list[PageEventRow]:
    """An interview's page events, by question, take and time."""
    event = PAGE_EVENT.c
    rows = tx.execute(
        sa.select(PAGE_EVENT)
        .where(event.interview_id == interview_id)
        .order_by(event.question_id, event.take, event.at_ms, event.kind)
    )
    return [PageEventRow(row.question_id, row.take, row.kind, row.at_ms, row.amount) for row in rows]
