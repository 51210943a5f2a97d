"""The command queue: handed out when a terminal asks, offered again until it answers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from msgspec import Struct

from appliance.attendance.terminals import commands_store as store
from appliance.attendance.terminals.commands_model import (
    COMMAND_TRANSITIONS,
    ONCE_ONLY,
    Command,
    CommandKind,
    CommandState,
    Trouble,
)
from appliance.attendance.terminals.model import Terminal
from appliance.attendance.terminals.return_codes import RETRY_HELPS
from appliance.attendance.terminals.wire import orders
from appliance.attendance.terminals.wire.devicecmd import CommandResult
from appliance.kernel.clock import to_text
from appliance.kernel.db import Transaction

ANSWER_WITHIN: Final = timedelta(seconds=30)
"""How long a terminal has before a command is offered again; it restarted, or the answer was lost."""

LONGEST_WAIT: Final = timedelta(minutes=15)
MAX_OFFERS: Final = 60
MAX_RETRIES: Final = 3
ONCE_ONLY_LASTS: Final = timedelta(minutes=10)
"""A restart that nobody fetched in this time is not wanted any more."""

_ANSWER_BYTES: Final = 4000

Listener = Callable[[Transaction, Terminal, Command], None]


class Offer(Struct, frozen=True):
    """One command to hand out: its line, or the photo that its line is to be made from (alone in its
    reply).
    """

    command: Command
    line: bytes
    photo_blob_id: str | None = None


class CommandQueue:
    """All terminals' commands. ``listeners`` hear of each command that came to an end."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Tell this of every command that is done or failed, in the same transaction."""
        self._listeners.append(listener)

    # --- asking ------------------------------------------------------------------------------------------

    def ask(
        self,
        tx: Transaction,
        terminal: Terminal,
        kind: CommandKind,
        *,
        by: str,
        start_local: str = "",
        end_local: str = "",
    ) -> int:
        """Queue a command that is about the terminal itself; returns its number."""
        expires = to_text(tx.now + ONCE_ONLY_LASTS) if kind in ONCE_ONLY else None
        return store.add(
            tx, terminal.key, kind, by, start_local=start_local, end_local=end_local, expires_at=expires
        )

    # --- handing out -------------------------------------------------------------------------------------

    def hand_out(self, tx: Transaction, terminal: Terminal) -> list[Offer]:
        """What the terminal gets now, marked as sent; a photo comes alone, other commands up to the size
        limit.
        """
        offers: list[Offer] = []
        size = 0
        for command in store.due(tx, terminal.key, orders.MAX_REPLY_COMMANDS):
            if self._given_up(tx, terminal, command):
                continue
            if command.photo_blob_id is not None:
                if not offers:
                    offers.append(Offer(command, b"", command.photo_blob_id))
                break
            line = orders.numbered(command.number, _order(tx, terminal, command))
            if offers and size + len(line) > orders.MAX_REPLY_BYTES:
                break
            size += len(line)
            offers.append(Offer(command, line))
        for offer in offers:
            _mark_sent(tx, offer.command, len(offers))
        return offers

    def _given_up(self, tx: Transaction, terminal: Terminal, command: Command) -> bool:
        if command.kind in ONCE_ONLY:
            over = command.expires_at is not None and command.expires_at <= tx.now
            if command.state is CommandState.SENT or over:
                store.change(tx, command, state=CommandState.EXPIRED.value, due_at=None)
                return True
        if command.offers >= MAX_OFFERS:
            self.fail(tx, terminal, command, Trouble.NO_ANSWER)
            return True
        return False

    def restarted(self, tx: Transaction, terminal: Terminal) -> None:
        """A handshake came: what was handed out before it was lost with the restart, so it is due again."""
        store.offer_again(tx, terminal.key, [kind.value for kind in ONCE_ONLY])

    # --- answers -----------------------------------------------------------------------------------------

    def answered(self, tx: Transaction, terminal: Terminal, result: CommandResult) -> bool:
        """Take one result; False when no command that this terminal was given has its id."""
        command = None
        if result.id.isascii() and result.id.isdigit() and len(result.id) <= 16:
            command = store.find(tx, terminal.key, int(result.id))
        if command is None or command.offers == 0:
            return False
        to = CommandState.DONE if result.succeeded else CommandState.FAILED
        if to not in COMMAND_TRANSITIONS[command.state]:
            return True  # the answer to a second offer of what was answered before
        if to is CommandState.FAILED and _worth_a_retry(command, result.code):
            wait = ANSWER_WITHIN * 2**command.retries
            store.change(
                tx,
                command,
                state=CommandState.QUEUED.value,
                due_at=to_text(tx.now + wait),
                retries=command.retries + 1,
                return_code=result.code,
            )
            return True
        trouble = Trouble.NO_CODE.value if result.code is None else ""
        self._close(tx, terminal, command, to, result.code, trouble, result.raw[:_ANSWER_BYTES])
        return True

    def complained(self, tx: Transaction, terminal: Terminal, number: str, code: str) -> None:
        """ERRORLOG: what a terminal could not do with a command it had taken (no face in the photo)."""
        if number.isascii() and number.isdigit() and len(number) <= 16:
            command = store.find(tx, terminal.key, int(number))
            if command is not None:
                store.change(tx, command, trouble=code[:16])

    def fail(self, tx: Transaction, terminal: Terminal, command: Command, trouble: Trouble) -> None:
        """End a command that the terminal will never answer."""
        self._close(tx, terminal, command, CommandState.FAILED, None, trouble.value, None)

    def _close(
        self,
        tx: Transaction,
        terminal: Terminal,
        command: Command,
        state: CommandState,
        code: int | None,
        trouble: str,
        answer: bytes | None,
    ) -> None:
        store.change(
            tx,
            command,
            state=state.value,
            due_at=None,
            answered_at=to_text(tx.now),
            return_code=code,
            trouble=trouble,
            answer=answer,
        )
        closed = store.find(tx, terminal.key, command.number)
        assert closed is not None
        for listener in self._listeners:
            listener(tx, terminal, closed)


def _worth_a_retry(command: Command, code: int | None) -> bool:
    once_only = command.kind in ONCE_ONLY
    return code in RETRY_HELPS and command.retries < MAX_RETRIES and not once_only


def _mark_sent(tx: Transaction, command: Command, batch: int) -> None:
    wait = min(ANSWER_WITHIN * (command.offers + 1) + timedelta(seconds=batch), LONGEST_WAIT)
    store.change(
        tx,
        command,
        state=CommandState.SENT.value,
        sent_at=to_text(tx.now),
        offers=command.offers + 1,
        due_at=to_text(tx.now + wait),
    )


def _order(tx: Transaction, terminal: Terminal, command: Command) -> bytes:
    match command.kind:
        case CommandKind.UPDATE_USER:
            name, card = store.name_and_card(tx, command.employee_id or "")
            return orders.update_user(command.pin, name, card, terminal.profile.name_encoding)
        case CommandKind.DELETE_USER:
            return orders.delete_user(command.pin)
        case CommandKind.QUERY_PUNCHES:
            return orders.query_punches(command.start_local, command.end_local)
        case CommandKind.VERIFY_SUM:
            return orders.verify_sum(command.start_local, command.end_local)
        case CommandKind.QUERY_USERS:
            return b"DATA QUERY USERINFO"
        case CommandKind.CHECK | CommandKind.INFO | CommandKind.REBOOT:
            return command.kind.value.upper().encode("ascii")
        case CommandKind.UPDATE_PHOTO:
            raise ValueError("a photo's order is made outside the transaction, from the blob")
