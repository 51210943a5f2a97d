"""Pay records and wage segments in core.db. Money is kept in whole fen, days as ISO text."""

from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from appliance.kernel.clock import to_text
from appliance.kernel.db import Transaction
from appliance.payroll.figures import Figure
from appliance.payroll.model import PayRecord, SegmentKind, WageSegment
from appliance.people.money import fen_count, from_fen
from appliance.people.tables import EMPLOYEE

PAYROLL = MetaData()

PAY_RECORD = Table(
    "pay_record",
    PAYROLL,
    Column("id", Text, primary_key=True),
    Column("employee_id", Text, nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("starts_on", Text, nullable=False),
    Column("closed_on", Text),
    Column("created_at", Text, nullable=False),
)

WAGE_SEGMENT = Table(
    "wage_segment",
    PAYROLL,
    Column("pay_record_id", Text, primary_key=True),
    Column("from_on", Text, primary_key=True),
    Column("until_on", Text),
    Column("monthly_wage_fen", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    # The explained figure as it was when the segment was written: later rules must not rewrite the reason.
    Column("basis", LargeBinary, nullable=False),
    Index("wage_segment_record", "pay_record_id", "from_on"),
)


def add(tx: Transaction, record: PayRecord) -> None:
    """Store a new record with its segments."""
    tx.execute(
        insert(PAY_RECORD).values(
            id=record.id,
            employee_id=record.employee_id,
            scope=record.scope,
            starts_on=record.starts_on.isoformat(),
            created_at=to_text(tx.now),
        )
    )
    _add_segments(tx, record.id, record.segments)


def replace_segments(tx: Transaction, record_id: str, segments: tuple[WageSegment, ...]) -> None:
    """Write the segments of a record anew."""
    tx.execute(delete(WAGE_SEGMENT).where(WAGE_SEGMENT.c.pay_record_id == record_id))
    _add_segments(tx, record_id, segments)


def close(tx: Transaction, employee_id: str, closed_on: date) -> bool:
    """Note the last paid day; False when there is no open record."""
    is_open = (PAY_RECORD.c.employee_id == employee_id) & PAY_RECORD.c.closed_on.is_(None)
    return tx.execute(update(PAY_RECORD).where(is_open).values(closed_on=closed_on.isoformat())).rowcount == 1


def of_employee(tx: Transaction, employee_id: str) -> PayRecord | None:
    """The employee's record, or None."""
    row = tx.execute(select(PAY_RECORD).where(PAY_RECORD.c.employee_id == employee_id)).mappings().first()
    return None if row is None else _record(tx, row)


def page(tx: Transaction, *, search: str, offset: int, limit: int) -> tuple[list[PayRecord], int]:
    """Records by employee number and how many the search (number or name) leaves."""
    chosen = select(PAY_RECORD).join(EMPLOYEE, EMPLOYEE.c.id == PAY_RECORD.c.employee_id)
    if search:
        chosen = chosen.where(
            or_(
                EMPLOYEE.c.number.contains(search, autoescape=True),
                EMPLOYEE.c.name.contains(search, autoescape=True),
            )
        )
    total = tx.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    ordered = chosen.order_by(sa.cast(EMPLOYEE.c.number, sa.Integer)).offset(offset).limit(limit)
    return [_record(tx, row) for row in tx.execute(ordered).mappings().all()], total


def _add_segments(tx: Transaction, record_id: str, segments: tuple[WageSegment, ...]) -> None:
    for segment in segments:
        tx.execute(
            insert(WAGE_SEGMENT).values(
                pay_record_id=record_id,
                from_on=segment.from_on.isoformat(),
                until_on=None if segment.until_on is None else segment.until_on.isoformat(),
                monthly_wage_fen=fen_count(segment.monthly_wage),
                kind=segment.kind.value,
                basis=msgspec.json.encode(segment.basis),
            )
        )


def _record(tx: Transaction, row: Any) -> PayRecord:
    segments = (
        select(WAGE_SEGMENT).where(WAGE_SEGMENT.c.pay_record_id == row["id"]).order_by(WAGE_SEGMENT.c.from_on)
    )
    return PayRecord(
        id=row["id"],
        employee_id=row["employee_id"],
        scope=row["scope"],
        starts_on=date.fromisoformat(row["starts_on"]),
        closed_on=None if row["closed_on"] is None else date.fromisoformat(row["closed_on"]),
        segments=tuple(_segment(found) for found in tx.execute(segments).mappings()),
    )


def _segment(row: Any) -> WageSegment:
    return WageSegment(
        from_on=date.fromisoformat(row["from_on"]),
        until_on=None if row["until_on"] is None else date.fromisoformat(row["until_on"]),
        monthly_wage=from_fen(row["monthly_wage_fen"]),
        kind=SegmentKind(row["kind"]),
        basis=msgspec.json.decode(row["basis"], type=Figure),
    )
