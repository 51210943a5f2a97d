"""Candidates and what is decided about them in core.db."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select, update

from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.schema import AUDIT
from appliance.recruiting.model import (
    OVER,
    WAITS_FOR_PERSON,
    Candidate,
    CandidateFilter,
    CandidateState,
    Decision,
    DecisionKind,
    Source,
)
from appliance.recruiting.resumes.document import Problem
from appliance.recruiting.screening.matching import Proposal
from appliance.recruiting.tables import (
    CANDIDATE,
    CANDIDATE_ERASED,
    DECISION,
    OFFER,
    OPENING,
    RESUME_DOCUMENT,
    SCREENING,
)

TIMELINE_ROWS = 200


def current_documents(tx: Transaction, opening_id: str, state: CandidateState) -> list[tuple[str, str]]:
    """Candidates of an opening in a state, each with the id of the file that counts."""
    query = select(CANDIDATE.c.id, CANDIDATE.c.document_id).where(
        CANDIDATE.c.opening_id == opening_id, CANDIDATE.c.state == state.value
    )
    return [(row.id, row.document_id) for row in tx.execute(query)]


def applicants_for_post(tx: Transaction, post_id: str) -> list[str]:
    """Ids of everybody who applied for an opening of this post."""
    query = select(CANDIDATE.c.id).join(OPENING, OPENING.c.id == CANDIDATE.c.opening_id)
    return list(tx.execute(query.where(OPENING.c.post_id == post_id)).scalars())


def add(tx: Transaction, candidate: Candidate) -> None:
    """Stores a new candidate."""
    tx.execute(
        insert(CANDIDATE).values(
            id=candidate.id,
            opening_id=candidate.opening_id,
            state=candidate.state.value,
            name=candidate.name,
            email=candidate.email,
            phone=candidate.phone,
            source=candidate.source.value,
            created_at=to_text(candidate.created_at),
            changed_at=to_text(candidate.changed_at),
            document_id=candidate.document_id,
        )
    )


def change(tx: Transaction, candidate_id: str, **values: Any) -> None:
    """Writes columns of a candidate and the instant of the change; enums and instants as they are."""
    stored = {name: _stored(value) for name, value in values.items()}
    tx.execute(
        update(CANDIDATE).where(CANDIDATE.c.id == candidate_id).values(changed_at=to_text(tx.now), **stored)
    )


def note_seen(tx: Transaction, candidate_id: str) -> None:
    """The first look of somebody of HR."""
    tx.execute(
        update(CANDIDATE)
        .where(CANDIDATE.c.id == candidate_id, CANDIDATE.c.seen_at.is_(None))
        .values(seen_at=to_text(tx.now))
    )


def find(tx: Transaction, candidate_id: str) -> Candidate | None:
    """The candidate, or None."""
    row = tx.execute(select(CANDIDATE).where(CANDIDATE.c.id == candidate_id)).mappings().first()
    return _candidate(row) if row else None


def listed(
    tx: Transaction, wanted: CandidateFilter, *, offset: int, limit: int
) -> tuple[list[Candidate], int]:
    """A page of candidates and how many there are in all."""
    query = _filtered(select(CANDIDATE), wanted)
    total = tx.execute(_filtered(select(func.count()).select_from(CANDIDATE), wanted)).scalar_one()
    if wanted.order == "score":
        query = query.order_by(CANDIDATE.c.score.is_(None), CANDIDATE.c.score.desc(), CANDIDATE.c.id)
    else:
        query = query.order_by(CANDIDATE.c.created_at.desc(), CANDIDATE.c.id.desc())
    rows = tx.execute(query.offset(offset).limit(limit)).mappings()
    return [_candidate(row) for row in rows], int(total)


def counts(tx: Transaction, opening_id: str = "") -> dict[str, int]:
    """Candidates by state, and under ``new``, ``waiting`` and ``trouble`` those of the board's filters."""
    query = select(CANDIDATE.c.state, func.count().label("people")).group_by(CANDIDATE.c.state)
    if opening_id:
        query = query.where(CANDIDATE.c.opening_id == opening_id)
    found: dict[str, int] = {row.state: int(row.people) for row in tx.execute(query)}
    for name, wanted in (
        ("new", CandidateFilter(opening_id=opening_id, only_new=True)),
        ("waiting", CandidateFilter(opening_id=opening_id, waiting=True)),
        ("trouble", CandidateFilter(opening_id=opening_id, trouble=True)),
    ):
        found[name] = int(
            tx.execute(_filtered(select(func.count()).select_from(CANDIDATE), wanted)).scalar_one()
        )
    found["all"] = sum(found.get(state.value, 0) for state in CandidateState)
    return found


def add_decision(tx: Transaction, decision: Decision) -> None:
    """Stores a person's decision."""
    tx.execute(
        insert(DECISION).values(
            id=decision.id,
            candidate_id=decision.candidate_id,
            kind=decision.kind.value,
            reason=decision.reason,
            decided_by=decision.decided_by,
            decided_label=decision.decided_label,
            decided_at=to_text(decision.decided_at),
        )
    )


def decisions(tx: Transaction, candidate_id: str) -> list[Decision]:
    """The decisions on a candidate, oldest first."""
    rows = tx.execute(
        select(DECISION)
        .where(DECISION.c.candidate_id == candidate_id)
        .order_by(DECISION.c.decided_at, DECISION.c.id)
    ).mappings()
    return [
        Decision(
            id=row["id"],
            candidate_id=row["candidate_id"],
            kind=DecisionKind(row["kind"]),
            reason=row["reason"],
            decided_by=row["decided_by"],
            decided_label=row["decided_label"],
            decided_at=from_text(row["decided_at"]),
        )
        for row in rows
    ]


def forget(tx: Transaction, candidate: Candidate, *, keep_offers: bool) -> dict[str, int]:
    """Removes a candidate with resumes, screenings and decisions, and leaves a mark that they were erased;
    returns the rows removed by table. Files of resumes in media.db are not touched."""
    tables = [RESUME_DOCUMENT, SCREENING, DECISION, *([] if keep_offers else [OFFER])]
    removed = {
        table.name: tx.execute(delete(table).where(table.c.candidate_id == candidate.id)).rowcount
        for table in tables
    }
    removed[CANDIDATE.name] = tx.execute(delete(CANDIDATE).where(CANDIDATE.c.id == candidate.id)).rowcount
    tx.execute(
        insert(CANDIDATE_ERASED).values(
            candidate_id=candidate.id,
            opening_id=candidate.opening_id,
            state=candidate.state.value,
            erased_at=to_text(tx.now),
        )
    )
    return {name: count for name, count in removed.items() if count}


def erased_at(tx: Transaction, candidate_id: str) -> datetime | None:
    """When the candidate was erased; None for one who was not."""
    erased = CANDIDATE_ERASED.c
    text = tx.execute(select(erased.erased_at).where(erased.candidate_id == candidate_id)).scalar()
    return from_text(text) if text else None


def over_before(tx: Transaction, instant: datetime) -> list[str]:
    """Candidates who were not hired and whose last change, the decision, lies before the instant."""
    not_hired = [CandidateState.rejected.value, CandidateState.withdrawn.value]
    query = select(CANDIDATE.c.id).where(
        CANDIDATE.c.state.in_(not_hired), CANDIDATE.c.changed_at < to_text(instant)
    )
    return [str(row.id) for row in tx.execute(query.order_by(CANDIDATE.c.changed_at, CANDIDATE.c.id))]


def ledger_rows(tx: Transaction, subjects: Sequence[str]) -> list[Mapping[str, Any]]:
    """The ledger's rows on these subjects, newest first."""
    query = (
        select(AUDIT).where(AUDIT.c.subject.in_(subjects)).order_by(AUDIT.c.seq.desc()).limit(TIMELINE_ROWS)
    )
    return [dict(row) for row in tx.execute(query).mappings()]


def _filtered(query: Select[Any], wanted: CandidateFilter) -> Select[Any]:
    columns = CANDIDATE.c
    if wanted.state is not None:
        query = query.where(columns.state == wanted.state.value)
    if wanted.opening_id:
        query = query.where(columns.opening_id == wanted.opening_id)
    if wanted.only_new:
        query = query.where(columns.seen_at.is_(None), columns.state.not_in([state.value for state in OVER]))
    if wanted.waiting:
        waiting = columns.state.in_([state.value for state in WAITS_FOR_PERSON])
        query = query.where(waiting, columns.fault.is_(None))
    if wanted.trouble:
        query = query.where(columns.fault.is_not(None), columns.state.not_in([state.value for state in OVER]))
    if wanted.text:
        pattern = f"%{_escaped(wanted.text)}%"
        query = query.where(
            or_(
                *(
                    column.like(pattern, escape="\\")
                    for column in (columns.name, columns.email, columns.phone)
                )
            )
        )
    return query


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    return getattr(value, "value", value)


def _candidate(row: Any) -> Candidate:
    return Candidate(
        id=row["id"],
        opening_id=row["opening_id"],
        state=CandidateState(row["state"]),
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        source=Source(row["source"]),
        created_at=from_text(row["created_at"]),
        changed_at=from_text(row["changed_at"]),
        document_id=row["document_id"],
        seen_at=from_text(row["seen_at"]) if row["seen_at"] else None,
        score=row["score"],
        must_met=row["must_met"],
        must_total=row["must_total"],
        unknown=row["unknown"],
        proposal=Proposal(row["proposal"]) if row["proposal"] else None,
        fault=Problem(row["fault"]) if row["fault"] else None,
        decision=row["decision"],
    )
