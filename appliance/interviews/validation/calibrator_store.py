"""Calibrators by version, groups that HR declares, and impact reports, in core.db."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from appliance.interviews.plans.store import INTERVIEWS
from appliance.interviews.validation.model import FittedCalibrator
from appliance.kernel.clock import to_text
from appliance.kernel.db import Transaction

CALIBRATOR = Table(
    "calibrator",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("competency_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("fitted_at", Text, nullable=False),
    Column("fitted_by", Text, nullable=False),
    Column("active", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("competency_id", "language", "number"),
)

GROUP = Table(
    "candidate_group",
    INTERVIEWS,
    Column("candidate_id", Text, primary_key=True),
    Column("attribute", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("declared_at", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
)

IMPACT = Table(
    "impact_report",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("made_at", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires_on", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("impact_report_made", "made_at"),
)


def add_calibrator(tx: Transaction, made: FittedCalibrator) -> None:
    """Store a version and put it in force in place of the one before."""
    withdraw_calibrator(tx, made.competency_id, made.language)
    tx.execute(
        sa.insert(CALIBRATOR),
        {
            "id": made.id,
            "competency_id": made.competency_id,
            "language": made.language,
            "number": made.number,
            "hash": made.hash,
            "answers": made.answers,
            "fitted_at": to_text(made.fitted_at),
            "fitted_by": made.fitted_by,
            "active": int(made.active),
            "body": msgspec.json.encode(made),
        },
    )


def withdraw_calibrator(tx: Transaction, competency_id: str, language: str) -> bool:
    """Take the version in force out of force; False when there was none."""
    mine = sa.and_(
        CALIBRATOR.c.competency_id == competency_id,
        CALIBRATOR.c.language == language,
        CALIBRATOR.c.active == 1,
    )
    return tx.execute(sa.update(CALIBRATOR).where(mine).values(active=0)).rowcount > 0


def active_calibrators(tx: Transaction) -> list[FittedCalibrator]:
    """Every version in force."""
    query = sa.select(CALIBRATOR.c.body).where(CALIBRATOR.c.active == 1)
    ordered = query.order_by(CALIBRATOR.c.competency_id, CALIBRATOR.c.language)
    return [msgspec.json.decode(row.body, type=FittedCalibrator) for row in tx.execute(ordered)]


def active_calibrator(tx: Transaction, competency_id: str, language: str) -> FittedCalibrator | None:
    """The version in force for a competency in a language."""
    mine = sa.and_(
        CALIBRATOR.c.competency_id == competency_id,
        CALIBRATOR.c.language == language,
        CALIBRATOR.c.active == 1,
    )
    body = tx.execute(sa.select(CALIBRATOR.c.body).where(mine)).scalar()
    return msgspec.json.decode(body, type=FittedCalibrator) if body is not None else None


def next_number(tx: Transaction, competency_id: str, language: str) -> int:
    """The number of the next version."""
    mine = sa.and_(CALIBRATOR.c.competency_id == competency_id, CALIBRATOR.c.language == language)
    return (
        int(
            tx.execute(
                sa.select(sa.func.coalesce(sa.func.max(CALIBRATOR.c.number), 0)).where(mine)
            ).scalar_one()
        )
        + 1
    )


def declare(tx: Transaction, candidate_id: str, groups: Mapping[str, str], declared_by: str) -> None:
    """Set what HR declares of a candidate; an empty value takes the declaration back."""
    for attribute, value in groups.items():
        mine = sa.and_(GROUP.c.candidate_id == candidate_id, GROUP.c.attribute == attribute)
        tx.execute(sa.delete(GROUP).where(mine))
        if value:
            row = {
                "candidate_id": candidate_id,
                "attribute": attribute,
                "value": value,
                "declared_at": to_text(tx.now),
                "declared_by": declared_by,
            }
            tx.execute(sa.insert(GROUP), row)


def declared(tx: Transaction) -> dict[str, dict[str, str]]:
    """Attribute and value by candidate."""
    found: dict[str, dict[str, str]] = {}
    for row in tx.execute(sa.select(GROUP).order_by(GROUP.c.candidate_id, GROUP.c.attribute)):
        found.setdefault(row.candidate_id, {})[row.attribute] = row.value
    return found


def add_impact(
    tx: Transaction, impact_id: str, made_by: str, expires_on: date, content_hash: str, body: bytes
) -> None:
    """Store an impact report as it was made."""
    row = {
        "id": impact_id,
        "made_at": to_text(tx.now),
        "made_by": made_by,
        "expires_on": expires_on.isoformat(),
        "hash": content_hash,
        "body": body,
    }
    tx.execute(sa.insert(IMPACT), row)


def impacts(tx: Transaction) -> list[Any]:
    """Impact reports, newest first: rows of id, made_at, expires_on, hash."""
    columns = (IMPACT.c.id, IMPACT.c.made_at, IMPACT.c.made_by, IMPACT.c.expires_on, IMPACT.c.hash)
    return list(tx.execute(sa.select(*columns).order_by(IMPACT.c.made_at.desc(), IMPACT.c.id.desc())))


def impact_body(tx: Transaction, impact_id: str) -> bytes | None:
    """An impact report as it was made."""
    body = tx.execute(sa.select(IMPACT.c.body).where(IMPACT.c.id == impact_id)).scalar()
    return bytes(body) if body is not None else None
