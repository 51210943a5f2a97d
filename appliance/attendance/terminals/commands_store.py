"""SQL of the command queue."""

from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update

from appliance.attendance.tables import ATTENDANCE_EMPLOYEE, TERMINAL, TERMINAL_COMMAND
from appliance.attendance.terminals.commands_model import OPEN_STATES, Command, CommandKind, CommandState
from appliance.attendance.terminals.store import moment
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

_C = TERMINAL_COMMAND.c
_OPEN = tuple(state.value for state in OPEN_STATES)


def _command(row: RowMapping) -> Command:
    return Command(
        terminal_key=row["terminal_key"],
        number=row["number"],
        kind=CommandKind(row["kind"]),
        pin=row["pin"],
        employee_id=row["employee_id"],
        photo_blob_id=row["photo_blob_id"],
        start_local=row["start_local"],
        end_local=row["end_local"],
        state=CommandState(row["state"]),
        created_at=from_text(row["created_at"]),
        due_at=moment(row["due_at"]),
        expires_at=moment(row["expires_at"]),
        offers=row["offers"],
        sent_at=moment(row["sent_at"]),
        answered_at=moment(row["answered_at"]),
        return_code=row["return_code"],
        trouble=row["trouble"],
        answer=row["answer"],
        retries=row["retries"],
    )


def add(tx: Transaction, terminal_key: int, kind: CommandKind, created_by: str, **values: Any) -> int:
    """Queue a command and return its number, the next of this terminal."""
    number = tx.execute(
        update(TERMINAL)
        .where(TERMINAL.c.key == terminal_key)
        .values(next_command=TERMINAL.c.next_command + 1)
        .returning(TERMINAL.c.next_command)
    ).scalar_one()
    row = {"due_at": to_text(tx.now)} | values
    tx.execute(
        insert(TERMINAL_COMMAND).values(
            terminal_key=terminal_key,
            number=number - 1,
            kind=kind.value,
            state=CommandState.QUEUED.value,
            created_at=to_text(tx.now),
            created_by=created_by,
            **row,
        )
    )
    return int(number) - 1


def find(tx: Transaction, terminal_key: int, number: int) -> Command | None:
    """One command of a terminal."""
    statement = select(TERMINAL_COMMAND).where(_C.terminal_key == terminal_key, _C.number == number)
    row = tx.execute(statement).mappings().first()
    return _command(row) if row else None


def anything_due(tx: Transaction, terminal_key: int) -> bool:
    """Whether a poll has anything to do: a read, so that an empty poll costs no commit."""
    statement = select(_C.number).where(_C.terminal_key == terminal_key, _C.due_at <= to_text(tx.now))
    return tx.execute(statement.limit(1)).first() is not None


def due(tx: Transaction, terminal_key: int, limit: int) -> list[Command]:
    """Commands to hand out (or to give up) now, in the order they were asked for."""
    statement = (
        select(TERMINAL_COMMAND)
        .where(_C.terminal_key == terminal_key, _C.due_at <= to_text(tx.now))
        .order_by(_C.number)
        .limit(limit)
    )
    return [_command(row) for row in tx.execute(statement).mappings()]


def change(tx: Transaction, command: Command, **values: Any) -> None:
    """Set columns of one command."""
    mine = (_C.terminal_key == command.terminal_key, _C.number == command.number)
    tx.execute(update(TERMINAL_COMMAND).where(*mine).values(**values))


def offer_again(tx: Transaction, terminal_key: int, once_only: list[str]) -> int:
    """Make everything that was handed out and not answered due now; returns how many."""
    statement = (
        update(TERMINAL_COMMAND)
        .where(
            _C.terminal_key == terminal_key,
            _C.state == CommandState.SENT.value,
            _C.kind.not_in(once_only),
        )
        .values(due_at=to_text(tx.now))
    )
    return tx.execute(statement).rowcount


def cancel(tx: Transaction, terminal_key: int, employee_id: str, kinds: list[str]) -> None:
    """Withdraw the open commands of these kinds about a person."""
    tx.execute(
        update(TERMINAL_COMMAND)
        .where(
            _C.terminal_key == terminal_key,
            _C.employee_id == employee_id,
            _C.kind.in_(kinds),
            _C.state.in_(_OPEN),
        )
        .values(state=CommandState.CANCELLED.value, due_at=None)
    )


def recent(
    tx: Transaction, terminal_key: int, *, limit: int, offset: int = 0, state: CommandState | None = None
) -> tuple[list[Command], int]:
    """A terminal's commands, newest first, and how many there are in all."""
    conditions = [_C.terminal_key == terminal_key]
    if state is not None:
        conditions.append(_C.state == state.value)
    total = tx.execute(select(func.count()).select_from(TERMINAL_COMMAND).where(*conditions)).scalar_one()
    statement = select(TERMINAL_COMMAND).where(*conditions).order_by(_C.number.desc())
    rows = tx.execute(statement.limit(limit).offset(offset)).mappings()
    return [_command(row) for row in rows], int(total)


def open_counts(tx: Transaction) -> dict[int, int]:
    """Commands without an answer, by terminal key."""
    statement = (
        select(_C.terminal_key, func.count().label("number"))
        .where(_C.state.in_(_OPEN))
        .group_by(_C.terminal_key)
    )
    return {row.terminal_key: row.number for row in tx.execute(statement)}


def name_and_card(tx: Transaction, employee_id: str) -> tuple[str, str]:
    """What a terminal shows and reads of a person; empty for one who is gone."""
    person = ATTENDANCE_EMPLOYEE.c
    row = tx.execute(select(person.name, person.card_number).where(person.employee_id == employee_id)).first()
    return (row.name, row.card_number) if row else ("", "")
