"""The room's verbs for pages, API and the demo: terminals, their commands, and who is on them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from appliance.attendance.provisioning import store as people
from appliance.attendance.provisioning.model import Enrolment, EnrolmentState, Person
from appliance.attendance.provisioning.service import Provisioning
from appliance.attendance.punches.service import Punches
from appliance.attendance.shifts.service import Shifts
from appliance.attendance.terminals import commands_store
from appliance.attendance.terminals import store as terminals
from appliance.attendance.terminals.commands import CommandQueue
from appliance.attendance.terminals.commands_model import (
    BY_HAND,
    WITH_SPAN,
    Command,
    CommandKind,
    CommandState,
)
from appliance.attendance.terminals.model import Alarm, Terminal, TerminalState
from appliance.attendance.terminals.registry import Registry, Switches
from appliance.attendance.terminals.wire.clock import LOCAL_FORMAT
from appliance.audit import ledger
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, NotFound

DRIFT_LIMIT_S: Final = 120
"""From here on the board says that a clock is wrong: two minutes decide about late or not."""


class BoardRow(Struct, frozen=True, kw_only=True):
    """A terminal as the board shows it. ``enrolments`` counts people by where they stand on it."""

    terminal: Terminal
    alarms: Sequence[Alarm]
    unanswered: int
    enrolments: Mapping[EnrolmentState, int]

    @property
    def troubled(self) -> int:
        """People whose enrolment or removal failed."""
        failed = (EnrolmentState.FAILED, EnrolmentState.REMOVAL_FAILED)
        return sum(self.enrolments.get(state, 0) for state in failed)

    @property
    def clock_wrong(self) -> bool:
        """Whether its last fresh punch says that its clock runs visibly wrong.

        Only a clock that is ahead is certain: an old punch may also be a backlog.
        """
        drift = self.terminal.drift_s
        return drift is not None and drift > DRIFT_LIMIT_S


class TerminalView(Struct, frozen=True, kw_only=True):
    """One terminal's page."""

    row: BoardRow
    commands: Sequence[Command]
    command_total: int
    attention: Sequence[tuple[Enrolment, str, str]]
    departments: frozenset[str]


class EmployeeTerminals(Struct, frozen=True, kw_only=True):
    """One person on all terminals."""

    person: Person
    enrolments: Sequence[tuple[Terminal, Enrolment]]


class Attendance:
    """What pages and API call. ``punches`` and ``shifts`` have their own verbs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        registry: Registry,
        commands: CommandQueue,
        provisioning: Provisioning,
        punches: Punches,
        shifts: Shifts,
    ) -> None:
        self.database = database
        self.clock = clock
        self.registry = registry
        self.commands = commands
        self.provisioning = provisioning
        self.punches = punches
        self.shifts = shifts

    # --- looking -----------------------------------------------------------------------------------------

    def board(self) -> list[BoardRow]:
        """All terminals, those that wait for a person first."""
        return self.database.read(_board)

    def terminal(self, serial: str, *, page: int = 1, size: int = 25) -> TerminalView:
        """One terminal with its newest commands. Raises ``NotFound``."""

        def look(tx: Transaction) -> TerminalView:
            terminal = self.registry.find(tx, serial)
            row = next(row for row in _board(tx) if row.terminal.key == terminal.key)
            offset = (max(1, page) - 1) * size
            commands, total = commands_store.recent(tx, terminal.key, limit=size, offset=offset)
            return TerminalView(
                row=row,
                commands=commands,
                command_total=total,
                attention=people.attention(tx, terminal.key),
                departments=terminals.group_departments(tx, terminal.group),
            )

        return self.database.read(look)

    def commands_of(
        self, serial: str, *, state: CommandState | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[list[Command], int]:
        """A terminal's commands, newest first, and how many there are. Raises ``NotFound``."""

        def look(tx: Transaction) -> tuple[list[Command], int]:
            terminal = self.registry.find(tx, serial)
            return commands_store.recent(tx, terminal.key, limit=limit, offset=offset, state=state)

        return self.database.read(look)

    def employee_terminals(self, employee_id: str) -> EmployeeTerminals:
        """On which terminals a person is, or should be. Raises ``NotFound``."""

        def look(tx: Transaction) -> EmployeeTerminals:
            person = people.find(tx, employee_id)
            if person is None:
                raise NotFound(N_("Attendance does not know this employee yet."))
            enrolments = people.enrolments_of(tx, employee_id)
            pairs = [(terminals.by_key(tx, enrolment.terminal_key), enrolment) for enrolment in enrolments]
            return EmployeeTerminals(person=person, enrolments=pairs)

        return self.database.read(look)

    def people_in_trouble(self) -> list[Person]:
        """People whose number gives no PIN."""
        return self.database.read(people.in_trouble)

    # --- acting ------------------------------------------------------------------------------------------

    def approve(self, serial: str, *, name: str, group: str, zone: str | None, actor: Actor) -> Terminal:
        """Listen to a terminal and send it everybody it should have."""

        def act(tx: Transaction) -> Terminal:
            terminal = self.registry.approve(tx, serial, name=name, group=group, zone=zone, actor=actor)
            self.provisioning.terminal_approved(tx, terminal)
            return terminal

        return self.database.write(act)

    def block(self, serial: str, *, actor: Actor) -> Terminal:
        """Stop listening to a terminal."""
        return self.database.write(lambda tx: self.registry.block(tx, serial, actor=actor))

    def settle_alarms(self, serial: str, *, accept_address: bool, actor: Actor) -> int:
        """Close a terminal's alarms; ``accept_address``: it has moved, its present address is right."""
        return self.database.write(
            lambda tx: self.registry.settle(tx, serial, accept_address=accept_address, actor=actor)
        )

    def switch(self, serial: str, switches: Switches, *, actor: Actor) -> Terminal:
        """Set profile switches by hand."""
        return self.database.write(lambda tx: self.registry.switch(tx, serial, switches, actor=actor))

    def limit_group(self, group: str, departments: Sequence[str], *, actor: Actor) -> None:
        """Say which departments a group of terminals is for (none: everybody), and bring its terminals in
        step.
        """

        def act(tx: Transaction) -> None:
            terminals.limit_group(tx, group, departments)
            details = {"departments": len(departments)}
            ledger.record(tx, actor, "terminal_group.limited", f"terminal_group:{group}", details)
            for terminal in terminals.every(tx, TerminalState.APPROVED):
                if terminal.group == group:
                    self.provisioning.terminal_approved(tx, terminal)

        self.database.write(act)

    def send_again(self, serial: str, employee_id: str, *, actor: Actor) -> None:
        """Try a failed enrolment or removal once more."""
        self.database.write(
            lambda tx: self.provisioning.send_again(
                tx, self.registry.find(tx, serial), employee_id, actor=actor
            )
        )

    def ask(
        self,
        serial: str,
        kind: CommandKind,
        *,
        actor: Actor,
        start: datetime | None = None,
        end: datetime | None = None,
        confirmed: bool = False,
    ) -> Command:
        """Queue one of the safe commands. ``start`` and ``end`` are wall time at the terminal.

        Raises ``Invalid`` for a kind that is not offered, a missing span, or a restart that nobody confirmed;
        ``Conflict`` for a terminal that is not approved.
        """
        _check_order(kind, start, end, confirmed)

        def act(tx: Transaction) -> Command:
            terminal = self.registry.find(tx, serial)
            if terminal.state is not TerminalState.APPROVED:
                raise Conflict(
                    N_("Terminal %(serial)s is not approved; approve it first."), serial=terminal.serial
                )
            number = self.commands.ask(
                tx,
                terminal,
                kind,
                by=actor.id,
                start_local=start.strftime(LOCAL_FORMAT) if start else "",
                end_local=end.strftime(LOCAL_FORMAT) if end else "",
            )
            details = {"kind": kind.value, "number": number}
            ledger.record(tx, actor, "terminal.commanded", f"terminal:{terminal.id}", details)
            command = commands_store.find(tx, terminal.key, number)
            assert command is not None
            return command

        return self.database.write(act)

    def today(self) -> date:
        """The calendar day at the site."""
        return self.clock.today()


def _board(tx: Transaction) -> list[BoardRow]:
    alarms: dict[int, list[Alarm]] = {}
    for alarm in terminals.open_alarms(tx):
        alarms.setdefault(alarm.terminal_key, []).append(alarm)
    unanswered = commands_store.open_counts(tx)
    counts = people.counts(tx)
    return [
        BoardRow(
            terminal=terminal,
            alarms=alarms.get(terminal.key, []),
            unanswered=unanswered.get(terminal.key, 0),
            enrolments=counts.get(terminal.key, {}),
        )
        for terminal in terminals.every(tx)
    ]


def _check_order(kind: CommandKind, start: datetime | None, end: datetime | None, confirmed: bool) -> None:
    if kind not in BY_HAND:
        raise Invalid({"kind": N_("This command is not offered by hand.")})
    if kind in WITH_SPAN and (start is None or end is None or end <= start):
        raise Invalid({"start": N_("Give a start and an end; the end is later than the start.")})
    if kind is CommandKind.REBOOT and not confirmed:
        raise Invalid({"confirmed": N_("Confirm that the terminal may restart now.")})
