"""SQL of shifts."""

from datetime import date, time, timedelta

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from appliance.attendance.shifts.model import Assignment, Shift
from appliance.attendance.tables import SHIFT, SHIFT_ASSIGNMENT, SHIFT_DEFAULT
from appliance.kernel.clock import to_text
from appliance.kernel.db import Transaction
from appliance.kernel.ids import new_id

_A = SHIFT_ASSIGNMENT.c


def _shift(row: RowMapping) -> Shift:
    return Shift(
        id=row["id"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        starts=time.fromisoformat(row["starts"]),
        ends=time.fromisoformat(row["ends"]),
        break_minutes=row["break_minutes"],
        weekdays=frozenset(map(int, row["weekdays"])),
    )


def save(tx: Transaction, shift: Shift) -> None:
    """Keep a shift, new or changed."""
    values = {
        "name_zh": shift.name_zh,
        "name_en": shift.name_en,
        "starts": shift.starts.isoformat("minutes"),
        "ends": shift.ends.isoformat("minutes"),
        "break_minutes": shift.break_minutes,
        "weekdays": "".join(map(str, sorted(shift.weekdays))),
        "changed_at": to_text(tx.now),
    }
    statement = upsert(SHIFT).values(id=shift.id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def find(tx: Transaction, shift_id: str) -> Shift | None:
    """The shift of an id."""
    row = tx.execute(select(SHIFT).where(SHIFT.c.id == shift_id)).mappings().first()
    return _shift(row) if row else None


def every(tx: Transaction) -> list[Shift]:
    """All shifts by start."""
    rows = tx.execute(select(SHIFT).order_by(SHIFT.c.starts, SHIFT.c.name_en)).mappings()
    return [_shift(row) for row in rows]


def people_counts(tx: Transaction, on: date) -> dict[str, int]:
    """How many people have each shift on a day."""
    day = on.isoformat()
    statement = (
        select(_A.shift_id, func.count(func.distinct(_A.employee_id)).label("number"))
        .where(_A.from_on <= day, _A.to_on.is_(None) | (_A.to_on >= day))
        .group_by(_A.shift_id)
    )
    return {row.shift_id: row.number for row in tx.execute(statement)}


def default_of(tx: Transaction, department_id: str) -> Shift | None:
    """A department's default shift, or the site's."""
    statement = (
        select(SHIFT)
        .join(SHIFT_DEFAULT, SHIFT_DEFAULT.c.shift_id == SHIFT.c.id)
        .where(SHIFT_DEFAULT.c.department_id.in_((department_id, "")))
        .order_by(SHIFT_DEFAULT.c.department_id.desc())
        .limit(1)
    )
    row = tx.execute(statement).mappings().first()
    return _shift(row) if row else None


def defaults(tx: Transaction) -> dict[str, str]:
    """The default shift's id by department id (empty: the site's)."""
    return {row.department_id: row.shift_id for row in tx.execute(select(SHIFT_DEFAULT))}


def set_default(tx: Transaction, department_id: str, shift_id: str) -> None:
    """Which shift newcomers of a department get."""
    statement = upsert(SHIFT_DEFAULT).values(department_id=department_id, shift_id=shift_id)
    tx.execute(statement.on_conflict_do_update(index_elements=["department_id"], set_={"shift_id": shift_id}))


def assign(tx: Transaction, employee_id: str, shift_id: str, from_on: date) -> None:
    """Give a shift from a day on; what was assigned before ends the day before, what began later is
    replaced.
    """
    day, before = from_on.isoformat(), (from_on - timedelta(days=1)).isoformat()
    tx.execute(SHIFT_ASSIGNMENT.delete().where(_A.employee_id == employee_id, _A.from_on >= day))
    tx.execute(
        update(SHIFT_ASSIGNMENT)
        .where(_A.employee_id == employee_id, _A.to_on.is_(None) | (_A.to_on >= day))
        .values(to_on=before)
    )
    tx.execute(
        insert(SHIFT_ASSIGNMENT).values(id=new_id(), employee_id=employee_id, shift_id=shift_id, from_on=day)
    )


def assignment(tx: Transaction, employee_id: str, on: date) -> Assignment | None:
    """Which shift a person has on a day."""
    day = on.isoformat()
    statement = (
        select(SHIFT, _A.from_on, _A.to_on)
        .join(SHIFT_ASSIGNMENT, _A.shift_id == SHIFT.c.id)
        .where(_A.employee_id == employee_id, _A.from_on <= day, _A.to_on.is_(None) | (_A.to_on >= day))
        .order_by(_A.from_on.desc())
        .limit(1)
    )
    row = tx.execute(statement).mappings().first()
    if row is None:
        return None
    return Assignment(
        employee_id=employee_id,
        shift=_shift(row),
        from_on=date.fromisoformat(row["from_on"]),
        to_on=date.fromisoformat(row["to_on"]) if row["to_on"] else None,
    )
