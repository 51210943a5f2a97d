"""Messages in core.db. The address and the words of a letter are nowhere else."""

from datetime import datetime
from typing import Any, Final

import msgspec
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

from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.notifications.model import ContextValue, Message, MessageState, Template, Trouble

NOTIFICATIONS = MetaData()

MESSAGE = Table(
    "message",
    NOTIFICATIONS,
    Column("id", Text, primary_key=True),
    Column("template", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("recipient_kind", Text, nullable=False),
    Column("recipient_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("trouble", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("context", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("sent_at", Text),
    Index("message_recipient", "recipient_kind", "recipient_id"),
    Index("message_state", "state", "created_at"),
)

_EMPTY: Final = b"{}"


def add(
    tx: Transaction,
    message_id: str,
    *,
    template: Template,
    language: str,
    recipient_kind: str,
    recipient_id: str,
    context: dict[str, ContextValue],
) -> None:
    """Store a message that waits to be sent."""
    tx.execute(
        insert(MESSAGE).values(
            id=message_id,
            template=template.value,
            language=language,
            recipient_kind=recipient_kind,
            recipient_id=recipient_id,
            state=MessageState.QUEUED.value,
            context=msgspec.json.encode(context),
            created_at=to_text(tx.now),
        )
    )


def find(tx: Transaction, message_id: str) -> Message | None:
    """The message, or None."""
    row = tx.execute(select(MESSAGE).where(MESSAGE.c.id == message_id)).mappings().first()
    return None if row is None else _message(row)


def page(
    tx: Transaction, *, state: MessageState | None, template: Template | None, offset: int, limit: int
) -> tuple[list[Message], int]:
    """Messages, newest first, and how many there are with these filters."""
    chosen = select(MESSAGE)
    if state is not None:
        chosen = chosen.where(MESSAGE.c.state == state.value)
    if template is not None:
        chosen = chosen.where(MESSAGE.c.template == template.value)
    total = tx.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    rows = tx.execute(chosen.order_by(MESSAGE.c.id.desc()).offset(offset).limit(limit)).mappings()
    return [_message(row) for row in rows], total


def count_in_trouble(tx: Transaction, *, queued_before: datetime) -> int:
    """How many messages need a person: refused, given up, or waiting since before the instant."""
    waiting = (MESSAGE.c.state == MessageState.QUEUED.value) & (MESSAGE.c.created_at < to_text(queued_before))
    stuck = MESSAGE.c.state.in_([MessageState.REFUSED.value, MessageState.FAILED.value])
    return int(tx.execute(select(func.count()).select_from(MESSAGE).where(or_(stuck, waiting))).scalar_one())


def set_state(
    tx: Transaction, message_id: str, state: MessageState, *, trouble: Trouble, attempts: int, wipe: bool
) -> None:
    """Move the message; ``wipe`` empties what the letter said and whom it went to."""
    values: dict[str, Any] = {"state": state.value, "trouble": trouble.value, "attempts": attempts}
    if state is MessageState.SENT:
        values["sent_at"] = to_text(tx.now)
    if wipe:
        values["context"] = _EMPTY
    tx.execute(update(MESSAGE).where(MESSAGE.c.id == message_id).values(**values))


def forget(tx: Transaction, recipient_kind: str, recipient_id: str) -> list[str]:
    """Remove all letters to a recipient; returns their ids."""
    mine = (MESSAGE.c.recipient_kind == recipient_kind) & (MESSAGE.c.recipient_id == recipient_id)
    found = [str(row.id) for row in tx.execute(select(MESSAGE.c.id).where(mine))]
    tx.execute(delete(MESSAGE).where(mine))
    return found


def _message(row: Any) -> Message:
    return Message(
        id=row["id"],
        template=Template(row["template"]),
        language=row["language"],
        recipient_kind=row["recipient_kind"],
        recipient_id=row["recipient_id"],
        state=MessageState(row["state"]),
        trouble=Trouble(row["trouble"]),
        attempts=row["attempts"],
        created_at=from_text(row["created_at"]),
        sent_at=None if row["sent_at"] is None else from_text(row["sent_at"]),
        context=msgspec.json.decode(row["context"], type=dict[str, ContextValue]),
    )
