"""Plans of interviews in core.db."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, Table, Text, UniqueConstraint

from appliance.interviews.model import InterviewPlan, Question
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

INTERVIEWS = MetaData()
"""The room's tables in core.db."""

PLAN = Table(
    "interview_plan_version",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("plan_id", Text, nullable=False),
    Column("opening_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("questions", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("frozen_at", Text),
    Column("created_label", Text, nullable=False, server_default=""),
    UniqueConstraint("opening_id", "number"),
)


def add_plan(tx: Transaction, plan: InterviewPlan) -> None:
    """Store one version of a plan."""
    tx.execute(
        sa.insert(PLAN),
        {
            "id": plan.id,
            "plan_id": plan.plan_id,
            "opening_id": plan.opening_id,
            "number": plan.number,
            "questions": _text(plan.questions),
            "created_at": to_text(plan.created_at),
            "created_by": plan.created_by,
            "frozen_at": to_text(plan.frozen_at) if plan.frozen_at else None,
            "created_label": plan.created_label,
        },
    )


def replace_plan(tx: Transaction, plan: InterviewPlan) -> None:
    """Change a version that nobody uses yet, and who made it so; a frozen one is left alone."""
    tx.execute(
        sa.update(PLAN)
        .where(PLAN.c.id == plan.id, PLAN.c.frozen_at.is_(None))
        .values(
            questions=_text(plan.questions),
            created_at=to_text(plan.created_at),
            created_by=plan.created_by,
            created_label=plan.created_label,
        )
    )


def freeze_plan(tx: Transaction, plan_version_id: str) -> None:
    """From now on an interview uses this version."""
    tx.execute(
        sa.update(PLAN)
        .where(PLAN.c.id == plan_version_id, PLAN.c.frozen_at.is_(None))
        .values(frozen_at=to_text(tx.now))
    )


def plan_version(tx: Transaction, plan_version_id: str) -> InterviewPlan | None:
    """One version by its id."""
    row = tx.execute(sa.select(PLAN).where(PLAN.c.id == plan_version_id)).mappings().first()
    return _plan(row) if row else None


def current_plan(tx: Transaction, opening_id: str) -> InterviewPlan | None:
    """The newest version for an opening."""
    newest = sa.select(PLAN).where(PLAN.c.opening_id == opening_id).order_by(PLAN.c.number.desc()).limit(1)
    row = tx.execute(newest).mappings().first()
    return _plan(row) if row else None


def current_plans(tx: Transaction) -> list[InterviewPlan]:
    """The newest version of every plan, newest plan first."""
    newest = sa.select(PLAN.c.opening_id, sa.func.max(PLAN.c.number).label("number")).group_by(
        PLAN.c.opening_id
    )
    last = newest.subquery()
    rows = tx.execute(
        sa.select(PLAN)
        .join(last, sa.and_(PLAN.c.opening_id == last.c.opening_id, PLAN.c.number == last.c.number))
        .order_by(PLAN.c.created_at.desc())
    ).mappings()
    return [_plan(row) for row in rows]


def versions(tx: Transaction, opening_id: str) -> list[InterviewPlan]:
    """Every version for an opening, newest first."""
    rows = tx.execute(
        sa.select(PLAN).where(PLAN.c.opening_id == opening_id).order_by(PLAN.c.number.desc())
    ).mappings()
    return [_plan(row) for row in rows]


def _plan(row: Any) -> InterviewPlan:
    return InterviewPlan(
        id=row["id"],
        plan_id=row["plan_id"],
        opening_id=row["opening_id"],
        number=row["number"],
        questions=msgspec.json.decode(row["questions"], type=tuple[Question, ...]),
        created_at=from_text(row["created_at"]),
        created_by=row["created_by"],
        frozen_at=from_text(row["frozen_at"]) if row["frozen_at"] else None,
        created_label=row["created_label"],
    )


def _text(questions: Sequence[Question]) -> str:
    return msgspec.json.encode(questions).decode("utf-8")
