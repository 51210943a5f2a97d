"""Openings in core.db."""

from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update

from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.recruiting.model import Opening, OpeningState
from appliance.recruiting.screening.requirements import Requirement
from appliance.recruiting.tables import CANDIDATE, OPENING


def add(tx: Transaction, opening: Opening) -> None:
    """Stores a new opening."""
    values = _columns(opening) | {
        "id": opening.id,
        "slug": opening.slug,
        "created_at": to_text(opening.created_at),
        "created_by": opening.created_by,
    }
    tx.execute(insert(OPENING).values(**values))


def change(tx: Transaction, opening: Opening) -> None:
    """Writes everything that may change of an opening."""
    tx.execute(update(OPENING).where(OPENING.c.id == opening.id).values(**_columns(opening)))


def find(tx: Transaction, opening_id: str) -> Opening | None:
    """The opening, or None."""
    row = tx.execute(select(OPENING).where(OPENING.c.id == opening_id)).mappings().first()
    return _opening(row) if row else None


def by_slug(tx: Transaction, slug: str) -> Opening | None:
    """The opening of a public page, or None."""
    row = tx.execute(select(OPENING).where(OPENING.c.slug == slug)).mappings().first()
    return _opening(row) if row else None


def everyone(tx: Transaction, state: OpeningState | None = None) -> list[Opening]:
    """All openings, newest first."""
    query = select(OPENING).order_by(OPENING.c.created_at.desc(), OPENING.c.id)
    if state is not None:
        query = query.where(OPENING.c.state == state.value)
    return [_opening(row) for row in tx.execute(query).mappings()]


def counts(tx: Transaction) -> dict[str, dict[str, int]]:
    """Candidates by opening and state."""
    query = select(CANDIDATE.c.opening_id, CANDIDATE.c.state, func.count().label("people")).group_by(
        CANDIDATE.c.opening_id, CANDIDATE.c.state
    )
    found: dict[str, dict[str, int]] = {}
    for row in tx.execute(query):
        found.setdefault(row.opening_id, {})[row.state] = int(row.people)
    return found


def _columns(opening: Opening) -> dict[str, Any]:
    return {
        "post_id": opening.post_id,
        "department_id": opening.department_id,
        "title_zh": opening.title_zh,
        "title_en": opening.title_en,
        "description": opening.description,
        "requirements": msgspec.json.encode(opening.requirements).decode(),
        "state": opening.state.value,
        "opened_at": to_text(opening.opened_at) if opening.opened_at else None,
        "closed_at": to_text(opening.closed_at) if opening.closed_at else None,
    }


def _opening(row: Any) -> Opening:
    return Opening(
        id=row["id"],
        slug=row["slug"],
        post_id=row["post_id"],
        department_id=row["department_id"],
        title_zh=row["title_zh"],
        title_en=row["title_en"],
        description=row["description"],
        requirements=msgspec.json.decode(row["requirements"], type=list[Requirement]),
        state=OpeningState(row["state"]),
        created_at=from_text(row["created_at"]),
        created_by=row["created_by"],
        opened_at=from_text(row["opened_at"]) if row["opened_at"] else None,
        closed_at=from_text(row["closed_at"]) if row["closed_at"] else None,
    )
