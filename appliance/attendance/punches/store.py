"""SQL of punches. Taking them in is the hot path and speaks to the driver directly."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import RowMapping, Select, func, select, update

from appliance.attendance.punches.model import Punch, PunchFilter
from appliance.attendance.tables import ATTENDANCE_EMPLOYEE, PUNCH, TERMINAL
from appliance.attendance.terminals.model import Terminal
from appliance.attendance.terminals.profiles import Profile
from appliance.attendance.terminals.wire.attlog import VERIFY_UNKNOWN, PunchRow
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

_INSERT = (
    "INSERT INTO punch (terminal_key, pin, punched_at_local, status, verify, workcode, employee_id, doubtful,"
    " zone, address, received_at, raw) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT (terminal_key, pin, punched_at_local, status, verify, workcode) DO NOTHING"
)
_PIECE = 500
_PIN_DIGITS = 24


class Holder(Struct, frozen=True):
    """Who carries a PIN; ``awaited`` until their first punch. Days are ISO text."""

    employee_id: str
    pin: str
    department_id: str
    known_from: str
    left_on: str | None
    awaited: bool


def pin_key(pin: str) -> str:
    """A PIN without the zeros that some terminals put in front."""
    return pin.lstrip("0") or "0" if pin.isdigit() else pin


def insert_rows(
    tx: Transaction,
    terminal: Terminal,
    rows: Sequence[PunchRow],
    holders: dict[str, Holder],
    *,
    zone: str,
    address: str,
    doubtful_after: str,
) -> int:
    """Store the rows that are not known yet and return how many those were."""
    received = to_text(tx.now)
    key = terminal.key
    values = [
        (
            key,
            row.pin,
            row.punched_at_local,
            row.status,
            row.verify,
            row.workcode,
            owner_of(holders.get(row.pin), row.punched_at_local),
            int(row.punched_at_local > doubtful_after),
            zone,
            address,
            received,
            row.raw,
        )
        for row in rows
    ]
    cursor = tx.dbapi.cursor()
    cursor.executemany(_INSERT, values)
    return max(0, int(cursor.rowcount))


def owner_of(holder: Holder | None, local: str) -> str | None:
    """Whose punch it is: nobody's before the person was known here or after they left."""
    if holder is None or local[:10] < holder.known_from:
        return None
    return holder.employee_id if holder.left_on is None or local[:10] <= holder.left_on else None


def holders_of(tx: Transaction, pins: Iterable[str], departments: frozenset[str]) -> dict[str, Holder]:
    """Who carries these PINs at a terminal for ``departments`` (empty: everybody's), by PIN as it was
    sent.
    """
    wanted: dict[str, list[str]] = {}
    for pin in set(pins):
        wanted.setdefault(pin_key(pin), []).append(pin)
    found: dict[str, Holder] = {}
    keys = list(wanted)
    for start in range(0, len(keys), _PIECE):
        piece = keys[start : start + _PIECE]
        marks = ",".join("?" * len(piece))
        statement = (
            "SELECT employee_id, pin, department_id, known_from, left_on, first_punch_id IS NULL"
            f" FROM attendance_employee WHERE pin IN ({marks}) ORDER BY left_on IS NULL, left_on"
        )
        for row in tx.dbapi.execute(statement, piece):
            if departments and row[2] not in departments:
                continue
            for pin in wanted[row[1]]:
                found[pin] = Holder(row[0], row[1], row[2], row[3], row[4], bool(row[5]) and row[4] is None)
    return found


def first_of(tx: Transaction, employee_id: str) -> tuple[int, str] | None:
    """The earliest believable punch of a person: its id and wall time."""
    row = tx.execute(
        select(PUNCH.c.id, PUNCH.c.punched_at_local)
        .where(PUNCH.c.employee_id == employee_id, PUNCH.c.doubtful == 0)
        .order_by(PUNCH.c.punched_at_local, PUNCH.c.id)
        .limit(1)
    ).first()
    return (row.id, row.punched_at_local) if row else None


def terminal_of(tx: Transaction, punch_id: int) -> str:
    """The public id of the terminal a punch was made at."""
    statement = select(TERMINAL.c.id).join(PUNCH, PUNCH.c.terminal_key == TERMINAL.c.key)
    return str(tx.execute(statement.where(PUNCH.c.id == punch_id)).scalar_one())


def attribute(tx: Transaction, employee_id: str, pin: str, known_from: str, terminals: Sequence[int]) -> int:
    """Give a new person the punches of their PIN that were nobody's until now."""
    punch = PUNCH.c
    # Every spelling with zeros in front, so that the identity index finds the rows.
    spellings = [pin.rjust(width, "0") for width in range(len(pin), _PIN_DIGITS + 1)]
    statement = (
        update(PUNCH)
        .where(
            punch.employee_id.is_(None),
            punch.terminal_key.in_(terminals),
            punch.pin.in_(spellings),
            punch.punched_at_local >= known_from,
        )
        .values(employee_id=employee_id)
    )
    return tx.execute(statement).rowcount


_COLUMNS = (
    PUNCH,
    TERMINAL.c.id.label("terminal_id"),
    TERMINAL.c.serial,
    TERMINAL.c.name.label("terminal_name"),
    TERMINAL.c.profile,
    ATTENDANCE_EMPLOYEE.c.name.label("employee_name"),
    ATTENDANCE_EMPLOYEE.c.number.label("employee_number"),
)


def _joined() -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(TERMINAL, TERMINAL.c.key == PUNCH.c.terminal_key)
        .outerjoin(ATTENDANCE_EMPLOYEE, ATTENDANCE_EMPLOYEE.c.employee_id == PUNCH.c.employee_id)
    )


def _conditions(wanted: PunchFilter) -> list[Any]:
    conditions: list[Any] = []
    if wanted.employee_id:
        conditions.append(PUNCH.c.employee_id == wanted.employee_id)
    if wanted.pin:
        conditions.append(PUNCH.c.pin == wanted.pin)
    if wanted.serial:
        conditions.append(TERMINAL.c.serial == wanted.serial)
    if wanted.from_on:
        conditions.append(PUNCH.c.punched_at_local >= wanted.from_on.isoformat())
    if wanted.to_on:
        conditions.append(PUNCH.c.punched_at_local < (wanted.to_on + timedelta(days=1)).isoformat())
    if wanted.unknown_only:
        conditions.append(PUNCH.c.employee_id.is_(None))
    return conditions


def newest(tx: Transaction, wanted: PunchFilter, *, limit: int, offset: int) -> tuple[list[Punch], int]:
    """Punches by wall time, newest first, and how many there are in all."""
    conditions = _conditions(wanted)
    counted = select(func.count()).select_from(PUNCH.join(TERMINAL, TERMINAL.c.key == PUNCH.c.terminal_key))
    total = int(tx.execute(counted.where(*conditions)).scalar_one())
    statement = _joined().where(*conditions).order_by(PUNCH.c.punched_at_local.desc(), PUNCH.c.id.desc())
    rows = tx.execute(statement.limit(limit).offset(offset)).mappings()
    return [_punch(row) for row in rows], total


def after(tx: Transaction, wanted: PunchFilter, *, cursor: int, limit: int) -> list[Punch]:
    """Punches in the order they arrived, those after ``cursor`` (the id of the last one seen)."""
    statement = _joined().where(PUNCH.c.id > cursor, *_conditions(wanted)).order_by(PUNCH.c.id).limit(limit)
    return [_punch(row) for row in tx.execute(statement).mappings()]


def of_employee(tx: Transaction, employee_id: str, wanted: PunchFilter) -> list[Punch]:
    """A person's punches in a span, by wall time."""
    conditions = [PUNCH.c.employee_id == employee_id, *_conditions(wanted)]
    statement = _joined().where(*conditions).order_by(PUNCH.c.punched_at_local, PUNCH.c.id).limit(2000)
    return [_punch(row) for row in tx.execute(statement).mappings()]


def _punch(row: RowMapping) -> Punch:
    return Punch(
        id=row["id"],
        terminal_key=row["terminal_key"],
        terminal_id=row["terminal_id"],
        serial=row["serial"],
        terminal_name=row["terminal_name"],
        pin=row["pin"],
        employee_id=row["employee_id"],
        employee_name=row["employee_name"],
        employee_number=row["employee_number"],
        punched_at_local=datetime.fromisoformat(row["punched_at_local"]),
        zone=row["zone"],
        status=row["status"],
        verify=None if row["verify"] == VERIFY_UNKNOWN else row["verify"],
        verify_codes=msgspec.json.decode(row["profile"], type=Profile).verify_codes,
        workcode=row["workcode"],
        doubtful=bool(row["doubtful"]),
        received_at=from_text(row["received_at"]),
        raw=row["raw"],
    )
