"""Page events and hand-over links in core.db."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, Table, Text
from sqlalchemy.dialects.sqlite import insert

from appliance.interviews.plans.store import INTERVIEWS
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

PAGE_EVENT = Table(
    "interview_page_event",
    INTERVIEWS,
    Column("interview_id", Text, primary_key=True),
    Column("question_id", Text, primary_key=True),
    Column("take", Integer, primary_key=True),
    Column("at_ms", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("received_at", Text, nullable=False),
)

HAND_OVER = Table(
    "interview_hand_over",
    INTERVIEWS,
    Column("secret_hash", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
    Column("device_hash", Text),
    Index("interview_hand_over_interview", "interview_id"),
)


class StoredPageEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something the page noticed in an answer's `take`: `at_ms` as in `PageEvent`, `amount` in milliseconds for
    leaving the page and in characters for pasting, else 0."""

    question_id: str
    take: int
    kind: str
    at_ms: int
    amount: int
    received_at: datetime


class HandOver(msgspec.Struct, frozen=True):
    """A link for one further device: `device_hash` is that device's, once it has taken the interview up."""

    secret_hash: str
    interview_id: str
    expires_at: datetime
    device_hash: str | None


# page events


def count_page_events(tx: Transaction, interview_id: str, question_id: str) -> int:
    """How many events of a question are stored, over all takes."""
    event = PAGE_EVENT.c
    mine = sa.and_(event.interview_id == interview_id, event.question_id == question_id)
    return int(tx.execute(sa.select(sa.func.count()).select_from(PAGE_EVENT).where(mine)).scalar_one())


def add_page_event(tx: Transaction, interview_id: str, event: StoredPageEvent) -> None:
    """Store an event; one that is sent again (same answer, moment and kind) is there already."""
    tx.execute(
        insert(PAGE_EVENT).on_conflict_do_nothing(),
        {
            "interview_id": interview_id,
            "question_id": event.question_id,
            "take": event.take,
            "at_ms": event.at_ms,
            "kind": event.kind,
            "amount": event.amount,
            "received_at": to_text(event.received_at),
        },
    )


def page_events(tx: Transaction, interview_id: str) -> list[StoredPageEvent]:
    """An interview's page events, by question, take and time."""
    event = PAGE_EVENT.c
    rows = tx.execute(
        sa.select(PAGE_EVENT)
        .where(event.interview_id == interview_id)
        .order_by(event.question_id, event.take, event.at_ms, event.kind)
    ).mappings()
    return [
        StoredPageEvent(
            question_id=row["question_id"],
            take=row["take"],
            kind=row["kind"],
            at_ms=row["at_ms"],
            amount=row["amount"],
            received_at=from_text(row["received_at"]),
        )
        for row in rows
    ]


# hand-over


def add_hand_over(tx: Transaction, interview_id: str, secret_hash: str, expires_at: datetime) -> None:
    """Store a new link for one further device; an earlier one that nobody used is void from now on."""
    unused = sa.and_(HAND_OVER.c.interview_id == interview_id, HAND_OVER.c.used_at.is_(None))
    tx.execute(sa.delete(HAND_OVER).where(unused))
    tx.execute(
        sa.insert(HAND_OVER),
        {
            "secret_hash": secret_hash,
            "interview_id": interview_id,
            "made_at": to_text(tx.now),
            "expires_at": to_text(expires_at),
        },
    )


def hand_over(tx: Transaction, secret_hash: str) -> HandOver | None:
    """The hand-over link with this hash."""
    row: Any = (
        tx.execute(sa.select(HAND_OVER).where(HAND_OVER.c.secret_hash == secret_hash)).mappings().first()
    )
    if row is None:
        return None
    return HandOver(row["secret_hash"], row["interview_id"], from_text(row["expires_at"]), row["device_hash"])


def use_hand_over(tx: Transaction, secret_hash: str, device_hash: str) -> None:
    """Bind a link to the device that took it up first; the link of a letter is none and stays as it is."""
    unused = sa.and_(HAND_OVER.c.secret_hash == secret_hash, HAND_OVER.c.used_at.is_(None))
    tx.execute(sa.update(HAND_OVER).where(unused).values(used_at=to_text(tx.now), device_hash=device_hash))
