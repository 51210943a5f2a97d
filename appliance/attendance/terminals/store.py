"""SQL of terminals, their alarms, what they say they hold, and what could not be read."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from appliance.attendance.tables import (
    GROUP_DEPARTMENT,
    QUARANTINE,
    TERMINAL,
    TERMINAL_ALARM,
    TERMINAL_OPERATION,
    TERMINAL_PHOTO,
    TERMINAL_USER,
)
from appliance.attendance.terminals.model import Alarm, AlarmKind, Quarantined, Terminal, TerminalState
from appliance.attendance.terminals.profiles import Profile
from appliance.attendance.terminals.wire.attphoto import PunchPhoto
from appliance.attendance.terminals.wire.operlog import OperationRow
from appliance.attendance.terminals.wire.rows import BadRow
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.ids import new_id

_T = TERMINAL.c


def moment(text: str | None) -> datetime | None:
    """A stored instant, or None."""
    return from_text(text) if text else None


def _terminal(row: RowMapping) -> Terminal:
    return Terminal(
        key=row["key"],
        id=row["id"],
        serial=row["serial"],
        name=row["name"],
        group=row["group_name"],
        zone=row["zone"],
        state=TerminalState(row["state"]),
        address=row["address"],
        address_locked=bool(row["address_locked"]),
        last_address=row["last_address"],
        first_seen_at=moment(row["first_seen_at"]),
        last_seen_at=moment(row["last_seen_at"]),
        approved_at=moment(row["approved_at"]),
        push_version=row["push_version"],
        device_type=row["device_type"],
        language=row["language"],
        firmware=row["firmware"],
        users=row["users"],
        faces=row["faces"],
        records=row["records"],
        drift_s=row["drift_s"],
        drift_at=moment(row["drift_at"]),
        attlog_stamp=row["attlog_stamp"],
        operlog_stamp=row["operlog_stamp"],
        rows_received=row["rows_received"],
        rows_new=row["rows_new"],
        rows_bad=row["rows_bad"],
        options=msgspec.json.decode(row["options"], type=dict[str, str]),
        profile=msgspec.json.decode(row["profile"], type=Profile),
    )


def by_serial(tx: Transaction, serial: str) -> Terminal | None:
    """The terminal of a serial number."""
    row = tx.execute(select(TERMINAL).where(_T.serial == serial)).mappings().first()
    return _terminal(row) if row else None


def by_key(tx: Transaction, key: int) -> Terminal:
    """The terminal of a punch or command."""
    return _terminal(tx.execute(select(TERMINAL).where(_T.key == key)).mappings().one())


def every(tx: Transaction, state: TerminalState | None = None) -> list[Terminal]:
    """All terminals, those that wait for approval first, then by name."""
    statement = select(TERMINAL).order_by(_T.state != TerminalState.PENDING.value, _T.name, _T.serial)
    if state is not None:
        statement = statement.where(_T.state == state.value)
    return [_terminal(row) for row in tx.execute(statement).mappings()]


def count_pending(tx: Transaction) -> int:
    """Terminals that wait for approval."""
    statement = select(func.count()).where(_T.state == TerminalState.PENDING.value)
    return int(tx.execute(statement).scalar_one())


def add(tx: Transaction, serial: str, address: str, *, seen: bool) -> Terminal:
    """A terminal nobody has approved yet; ``seen`` when it called, False when a person typed the serial."""
    now = to_text(tx.now)
    tx.execute(
        insert(TERMINAL).values(
            id=new_id(),
            serial=serial,
            state=TerminalState.PENDING.value,
            address=address,
            last_address=address,
            first_seen_at=now if seen else None,
            last_seen_at=now if seen else None,
            options=b"{}",
            profile=b"{}",
        )
    )
    added = by_serial(tx, serial)
    assert added is not None
    return added


def change(tx: Transaction, key: int, values: Mapping[str, Any]) -> None:
    """Set columns of one terminal."""
    if values:
        tx.execute(update(TERMINAL).where(_T.key == key).values(**values))


def save_profile(tx: Transaction, key: int, profile: Profile) -> None:
    """Keep the switches of one terminal."""
    change(tx, key, {"profile": msgspec.json.encode(profile)})


def count_rows(tx: Transaction, key: int, *, received: int, new: int, bad: int) -> None:
    """Add to what the board shows of a terminal's uploads."""
    tx.execute(
        update(TERMINAL)
        .where(_T.key == key)
        .values(
            rows_received=_T.rows_received + received,
            rows_new=_T.rows_new + new,
            rows_bad=_T.rows_bad + bad,
        )
    )


# --- alarms -----------------------------------------------------------------------------------------------


def raise_alarm(tx: Transaction, key: int, kind: AlarmKind, address: str) -> bool:
    """Count an alarm; True when it is a new one."""
    alarm = TERMINAL_ALARM.c
    known = tx.execute(
        update(TERMINAL_ALARM)
        .where(
            alarm.terminal_key == key,
            alarm.kind == kind.value,
            alarm.address == address,
            alarm.settled_at.is_(None),
        )
        .values(count=alarm.count + 1, last_at=to_text(tx.now))
    )
    if known.rowcount:
        return False
    now = to_text(tx.now)
    values = {"id": new_id(), "terminal_key": key, "kind": kind.value, "address": address, "count": 1}
    tx.execute(insert(TERMINAL_ALARM).values(**values, raised_at=now, last_at=now))
    return True


def open_alarms(tx: Transaction, key: int | None = None) -> list[Alarm]:
    """Alarms that nobody has settled, newest first."""
    statement = select(TERMINAL_ALARM).where(TERMINAL_ALARM.c.settled_at.is_(None))
    if key is not None:
        statement = statement.where(TERMINAL_ALARM.c.terminal_key == key)
    rows = tx.execute(statement.order_by(TERMINAL_ALARM.c.last_at.desc()).limit(500)).mappings()
    return [
        Alarm(
            id=row["id"],
            terminal_key=row["terminal_key"],
            kind=AlarmKind(row["kind"]),
            address=row["address"],
            raised_at=from_text(row["raised_at"]),
            last_at=from_text(row["last_at"]),
            count=row["count"],
            settled_at=None,
        )
        for row in rows
    ]


def settle_alarms(tx: Transaction, key: int) -> int:
    """Close every open alarm of a terminal; returns how many."""
    alarm = TERMINAL_ALARM.c
    statement = update(TERMINAL_ALARM).where(alarm.terminal_key == key, alarm.settled_at.is_(None))
    return tx.execute(statement.values(settled_at=to_text(tx.now))).rowcount


# --- groups -----------------------------------------------------------------------------------------------


def group_departments(tx: Transaction, group: str) -> frozenset[str]:
    """The departments a group of terminals is for; empty means everybody."""
    statement = select(GROUP_DEPARTMENT.c.department_id).where(GROUP_DEPARTMENT.c.group_name == group)
    return frozenset(tx.execute(statement).scalars())


def limit_group(tx: Transaction, group: str, departments: Iterable[str]) -> None:
    """Say which departments a group is for."""
    tx.execute(GROUP_DEPARTMENT.delete().where(GROUP_DEPARTMENT.c.group_name == group))
    rows = [{"group_name": group, "department_id": department} for department in sorted(set(departments))]
    if rows:
        tx.execute(insert(GROUP_DEPARTMENT), rows)


# --- what terminals hold ----------------------------------------------------------------------------------


def note_user(tx: Transaction, key: int, pin: str, name: str | None, card: str, privilege: str) -> None:
    """A person as the terminal knows them."""
    values = {"name": name, "card": card, "privilege": privilege, "seen_at": to_text(tx.now)}
    statement = upsert(TERMINAL_USER).values(terminal_key=key, pin=pin, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["terminal_key", "pin"], set_=values))


def note_biometric(tx: Transaction, key: int, pin: str, column: str) -> None:
    """That the terminal has a face or finger of this person (``has_face``, ``has_finger``)."""
    values = {column: 1, "seen_at": to_text(tx.now)}
    statement = upsert(TERMINAL_USER).values(terminal_key=key, pin=pin, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["terminal_key", "pin"], set_=values))


def forget_user(tx: Transaction, key: int, pin: str) -> None:
    """The terminal acknowledged that this person is gone from it."""
    user = TERMINAL_USER.c
    tx.execute(TERMINAL_USER.delete().where(user.terminal_key == key, user.pin == pin))


def note_operations(tx: Transaction, key: int, operations: Iterable[OperationRow]) -> None:
    """What was done at the terminal's own menu, each row once."""
    rows = [
        {
            "terminal_key": key,
            "operation": row.operation[:16],
            "operator": row.operator[:32],
            "at_local": row.at_local[:32],
            "raw": row.raw,
            "received_at": to_text(tx.now),
        }
        for row in operations
    ]
    if rows:
        tx.execute(upsert(TERMINAL_OPERATION).on_conflict_do_nothing(), rows)


def keep_photo(tx: Transaction, key: int, photo: PunchPhoto) -> None:
    """A picture taken at a punch, once."""
    tx.execute(
        upsert(TERMINAL_PHOTO)
        .values(
            terminal_key=key,
            pin=photo.pin,
            taken_at_local=photo.taken_at_local,
            digest=hashlib.sha256(photo.jpeg).digest(),
            jpeg=photo.jpeg,
            received_at=to_text(tx.now),
        )
        .on_conflict_do_nothing()
    )


# --- quarantine -------------------------------------------------------------------------------------------


def quarantine(tx: Transaction, key: int, table: str, rows: Iterable[BadRow], address: str) -> int:
    """Keep rows that could not be read; one that came before is counted, not kept twice. Returns new ones."""
    new = 0
    for row in rows:
        statement = upsert(QUARANTINE).values(
            terminal_key=key,
            table_name=table[:32],
            reason=row.reason.value,
            digest=hashlib.sha256(row.raw).digest(),
            raw=row.raw,
            address=address,
            received_at=to_text(tx.now),
        )
        times = tx.execute(
            statement.on_conflict_do_update(
                index_elements=["terminal_key", "table_name", "digest"],
                set_={"times": QUARANTINE.c.times + 1},
            ).returning(QUARANTINE.c.times)
        ).scalar_one()
        new += times == 1
    return new


def quarantined(
    tx: Transaction, *, key: int | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[Quarantined], int]:
    """Rows in quarantine, newest first, and how many there are in all."""
    condition = QUARANTINE.c.terminal_key == key if key is not None else QUARANTINE.c.id > 0
    total = int(tx.execute(select(func.count()).select_from(QUARANTINE).where(condition)).scalar_one())
    statement = (
        select(QUARANTINE, _T.serial)
        .join(TERMINAL, _T.key == QUARANTINE.c.terminal_key)
        .where(condition)
        .order_by(QUARANTINE.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_quarantined(row) for row in tx.execute(statement).mappings()], total


def _quarantined(row: RowMapping) -> Quarantined:
    return Quarantined(
        id=row["id"],
        terminal_key=row["terminal_key"],
        serial=row["serial"],
        table=row["table_name"],
        reason=row["reason"],
        received_at=from_text(row["received_at"]),
        address=row["address"],
        raw=row["raw"],
        times=row["times"],
    )
