"""Requests, corrections and the site's terms in core.db."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Float, Index, Integer, Table, Text

from appliance.interviews.plans.store import INTERVIEWS
from appliance.interviews.rights.model import (
    Correction,
    Origin,
    Outcome,
    RequestKind,
    RequestState,
    RightsPolicy,
    RightsRequest,
)
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.schema import AUDIT

REQUEST = Table(
    "rights_request",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("receipt", Text, nullable=False, unique=True),
    Column("candidate_id", Text, nullable=False),
    Column("interview_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("due_on", Text, nullable=False),
    Column("calendar_known", Integer, nullable=False),
    Column("responsible_id", Text, nullable=False),
    Column("responsible_name", Text, nullable=False),
    Column("outcome", Text),
    Column("answer", Text, nullable=False, server_default=""),
    Column("legal_ground", Text, nullable=False, server_default=""),
    Column("answered_at", Text),
    Column("answered_label", Text, nullable=False, server_default=""),
    Column("held_at", Text),
    Index("rights_request_candidate", "candidate_id", "received_at"),
    Index("rights_request_state", "state", "due_on"),
)

CORRECTION = Table(
    "transcript_correction",
    INTERVIEWS,
    Column("answer_id", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("original", Text, nullable=False),
    Column("corrected", Text, nullable=False),
    Column("share", Float, nullable=False),
    Column("corrected_at", Text, nullable=False),
)

POLICY = Table(
    "rights_policy",
    INTERVIEWS,
    Column("id", Integer, primary_key=True),
    Column("answer_days", Integer, nullable=False),
    Column("keep_months", Integer, nullable=False),
    Column("responsible_id", Text, nullable=False),
    Column("responsible_name", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
)
"""One row, once somebody has changed the terms."""

THE_ONE = 1
MOST_ROWS = 1_000
OPEN = (RequestState.RECEIVED.value, RequestState.IN_WORK.value)


def add_request(tx: Transaction, request: RightsRequest) -> None:
    """Store a new request."""
    values = msgspec.structs.asdict(request)
    tx.execute(sa.insert(REQUEST), {name: _stored(value) for name, value in values.items()})


def request(tx: Transaction, request_id: str) -> RightsRequest | None:
    """One request by its id."""
    row = tx.execute(sa.select(REQUEST).where(REQUEST.c.id == request_id)).mappings().first()
    return _request(row) if row else None


def open_request(tx: Transaction, candidate_id: str, kind: RequestKind) -> RightsRequest | None:
    """The request of this kind that waits for its answer already."""
    mine = sa.and_(
        REQUEST.c.candidate_id == candidate_id, REQUEST.c.kind == kind.value, REQUEST.c.state.in_(OPEN)
    )
    row = tx.execute(sa.select(REQUEST).where(mine)).mappings().first()
    return _request(row) if row else None


def requests_of(tx: Transaction, candidate_id: str) -> list[RightsRequest]:
    """A person's requests, newest first."""
    rows = tx.execute(
        sa.select(REQUEST)
        .where(REQUEST.c.candidate_id == candidate_id)
        .order_by(REQUEST.c.received_at.desc(), REQUEST.c.id.desc())
    ).mappings()
    return [_request(row) for row in rows]


def listed(
    tx: Transaction, *, answered: bool | None, overdue_on: date | None, offset: int, limit: int
) -> tuple[list[RightsRequest], int]:
    """A page of requests and their number: open ones by deadline (the overdue first), then answered ones,
    newest first. `overdue_on` keeps only what was due before that day."""
    wanted: list[sa.ColumnElement[bool]] = []
    if answered is not None:
        wanted.append(REQUEST.c.state.not_in(OPEN) if answered else REQUEST.c.state.in_(OPEN))
    if overdue_on is not None:
        wanted += [REQUEST.c.state.in_(OPEN), REQUEST.c.due_on < overdue_on.isoformat()]
    chosen = sa.and_(sa.true(), *wanted)
    is_open = REQUEST.c.state.in_(OPEN)
    rows = tx.execute(
        sa.select(REQUEST)
        .where(chosen)
        .order_by(
            is_open.desc(),
            sa.case((is_open, REQUEST.c.due_on), else_=""),
            REQUEST.c.answered_at.desc(),
            REQUEST.c.id,
        )
        .offset(offset)
        .limit(limit)
    ).mappings()
    total = tx.execute(sa.select(sa.func.count()).select_from(REQUEST).where(chosen)).scalar_one()
    return [_request(row) for row in rows], int(total)


def counts(tx: Transaction, today: date) -> dict[str, int]:
    """How many requests are `open`, `overdue`, `answered`."""
    is_open = REQUEST.c.state.in_(OPEN)
    late = sa.and_(is_open, REQUEST.c.due_on < today.isoformat())
    row = tx.execute(
        sa.select(
            sa.func.count().label("number"),
            sa.func.coalesce(sa.func.sum(sa.case((is_open, 1), else_=0)), 0).label("open"),
            sa.func.coalesce(sa.func.sum(sa.case((late, 1), else_=0)), 0).label("overdue"),
        ).select_from(REQUEST)
    ).one()
    return {"open": row.open, "overdue": row.overdue, "answered": row.number - row.open}


def update_request(tx: Transaction, request_id: str, **values: Any) -> None:
    """Set columns; instants, days and enums as they are."""
    stored = {name: _stored(value) for name, value in values.items()}
    tx.execute(sa.update(REQUEST).where(REQUEST.c.id == request_id).values(stored))


def forget_words(tx: Transaction, candidate_id: str) -> None:
    """After an erasure: that somebody asked and was answered stays, what was written goes."""
    tx.execute(sa.update(REQUEST).where(REQUEST.c.candidate_id == candidate_id).values(words="", answer=""))


# corrections


def add_correction(tx: Transaction, correction: Correction) -> None:
    """Store the one correction of an answer."""
    values = msgspec.structs.asdict(correction)
    tx.execute(sa.insert(CORRECTION), {name: _stored(value) for name, value in values.items()})


def correction_of(tx: Transaction, answer_id: str) -> Correction | None:
    """The correction of an answer's transcript, if there was one."""
    row = tx.execute(sa.select(CORRECTION).where(CORRECTION.c.answer_id == answer_id)).mappings().first()
    return _correction(row) if row else None


def corrections(tx: Transaction, interview_id: str) -> dict[str, Correction]:
    """An interview's corrections by answer id."""
    rows = tx.execute(sa.select(CORRECTION).where(CORRECTION.c.interview_id == interview_id)).mappings()
    return {row["answer_id"]: _correction(row) for row in rows}


# the ledger


def ledger_rows(tx: Transaction, subjects: Sequence[str]) -> list[Mapping[str, Any]]:
    """The ledger's rows on these subjects, newest first."""
    query = sa.select(AUDIT).where(AUDIT.c.subject.in_(list(subjects))).order_by(AUDIT.c.seq.desc())
    return [dict(row) for row in tx.execute(query.limit(MOST_ROWS)).mappings()]


# the site's terms


def policy(tx: Transaction) -> RightsPolicy:
    """The site's terms; the shipped ones until somebody changes them."""
    row = tx.execute(sa.select(POLICY).where(POLICY.c.id == THE_ONE)).mappings().first()
    if row is None:
        return RightsPolicy()
    return RightsPolicy(
        answer_days=row["answer_days"],
        keep_months=row["keep_months"],
        responsible_id=row["responsible_id"],
        responsible_name=row["responsible_name"],
        changed_at=from_text(row["changed_at"]),
    )


def set_policy(tx: Transaction, wanted: RightsPolicy) -> None:
    """Replace the terms."""
    tx.execute(sa.delete(POLICY))
    values = msgspec.structs.asdict(wanted) | {"id": THE_ONE, "changed_at": to_text(tx.now)}
    tx.execute(sa.insert(POLICY), values)


# rows and Structs


def _request(row: Any) -> RightsRequest:
    return RightsRequest(
        id=row["id"],
        receipt=row["receipt"],
        candidate_id=row["candidate_id"],
        interview_id=row["interview_id"],
        kind=RequestKind(row["kind"]),
        origin=Origin(row["origin"]),
        state=RequestState(row["state"]),
        language=row["language"],
        words=row["words"],
        received_at=from_text(row["received_at"]),
        due_on=date.fromisoformat(row["due_on"]),
        calendar_known=bool(row["calendar_known"]),
        responsible_id=row["responsible_id"],
        responsible_name=row["responsible_name"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        answer=row["answer"],
        legal_ground=row["legal_ground"],
        answered_at=from_text(row["answered_at"]) if row["answered_at"] else None,
        answered_label=row["answered_label"],
        held_at=from_text(row["held_at"]) if row["held_at"] else None,
    )


def _correction(row: Any) -> Correction:
    return Correction(
        answer_id=row["answer_id"],
        interview_id=row["interview_id"],
        original=row["original"],
        corrected=row["corrected"],
        share=row["share"],
        corrected_at=from_text(row["corrected_at"]),
    )


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return int(value)
    return getattr(value, "value", value)
