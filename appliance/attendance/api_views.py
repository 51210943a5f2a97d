"""What the JSON API of attendance answers and takes."""

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from appliance.attendance.provisioning.model import EnrolmentState
from appliance.attendance.punches.model import Punch
from appliance.attendance.service import BoardRow, EmployeeTerminals
from appliance.attendance.terminals.commands_model import COMMAND_LABELS, Command, CommandKind, CommandState
from appliance.attendance.terminals.model import AlarmKind, Quarantined, TerminalState
from appliance.attendance.terminals.profiles import Profile
from appliance.attendance.terminals.return_codes import in_words, trouble_in_words
from appliance.kernel.i18n import current


class AlarmView(Struct, frozen=True):
    """An open alarm; `count` requests since it was raised."""

    kind: AlarmKind
    address: str
    raised_at: datetime
    last_at: datetime
    count: int


class TerminalView(Struct, frozen=True, kw_only=True):
    """A terminal as the board shows it."""

    id: str
    serial: str
    name: str
    group: str
    state: TerminalState
    zone: Annotated[str | None, Meta(description="null: the site's zone.")]
    address: Annotated[str, Meta(description="Where it is expected to call from.")]
    last_address: str
    first_seen_at: datetime | None
    last_seen_at: Annotated[datetime | None, Meta(description="Exact to about 20 seconds.")]
    firmware: str
    push_version: str
    language: str
    users: Annotated[int | None, Meta(description="People on it, as it last told.")]
    records: int | None
    drift_s: Annotated[int | None, Meta(description="Seconds its clock is ahead; negative may be a backlog.")]
    rows_received: int
    rows_new: int
    rows_bad: int
    unacknowledged_commands: int
    enrolments: Annotated[dict[str, int], Meta(description="People by enrolment state.")]
    profile: Profile
    alarms: list[AlarmView]


class TerminalList(Struct, frozen=True):
    """All terminals, those that wait for approval first."""

    items: list[TerminalView]
    total: int


class ApprovalBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a terminal is approved."""

    name: Annotated[str, Meta(description="What people call it, such as the door it hangs at.")]
    group: Annotated[str, Meta(description="Its group; people are sent to all terminals of their groups.")]
    zone: Annotated[str | None, Meta(description="IANA time zone; null: the site's.")] = None


class AlarmSettlementBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`accept_address`: the terminal has moved, its present address is right from now on."""

    accept_address: bool = False


class GroupBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The departments a group of terminals is for; an empty list means everybody."""

    departments: list[str]


class CommandBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command to queue. `start` and `end` are wall time at the terminal, for query_punches and
    verify_sum.
    """

    kind: Annotated[
        CommandKind,
        Meta(description="check, info, query_punches, query_users, verify_sum or reboot."),
    ]
    start: Annotated[str | None, Meta(description="YYYY-MM-DDTHH:MM:SS, no offset.")] = None
    end: Annotated[str | None, Meta(description="YYYY-MM-DDTHH:MM:SS, no offset.")] = None
    confirmed: Annotated[bool, Meta(description="Must be true for reboot.")] = False


class CommandView(Struct, frozen=True, kw_only=True):
    """A command and what became of it; `number` is its id on the wire."""

    number: int
    kind: CommandKind
    label: str
    pin: str
    employee_id: str | None
    state: CommandState
    created_at: datetime
    sent_at: datetime | None
    offers: Annotated[int, Meta(description="How often it was handed out.")]
    answered_at: datetime | None
    return_code: int | None
    result: Annotated[str, Meta(description="What the answer means, in words.")]


class CommandList(Struct, frozen=True):
    """Commands, newest first."""

    items: list[CommandView]
    total: int
    page: int
    size: int


class PunchView(Struct, frozen=True, kw_only=True):
    """A punch. `punched_at_local` is wall time at the terminal in `zone`, without an offset."""

    id: int
    serial: str
    terminal: str
    pin: str
    employee_id: str | None
    punched_at_local: datetime
    zone: str
    status: Annotated[int, Meta(description="The key pressed; 255: none. Evidence only.")]
    verify: int | None
    workcode: str
    doubtful: Annotated[bool, Meta(description="Its time was ahead of ours when it arrived.")]
    received_at: datetime
    raw: Annotated[str, Meta(description="The row as it came, bytes as ISO 8859-1.")]


class PunchList(Struct, frozen=True):
    """Punches in order of arrival; ask again with `after` = `next`, which stays the same at the end."""

    items: list[PunchView]
    next: int


class QuarantineView(Struct, frozen=True, kw_only=True):
    """A row that could not be read; `times` it came."""

    id: int
    serial: str
    table: str
    reason: str
    received_at: datetime
    address: str
    raw: Annotated[str, Meta(description="The bytes as ISO 8859-1, at most 2,000 of them.")]
    size: int
    times: int


class QuarantineList(Struct, frozen=True):
    """Rows in quarantine, newest first."""

    items: list[QuarantineView]
    total: int
    page: int
    size: int


class EnrolmentView(Struct, frozen=True, kw_only=True):
    """One person on one terminal."""

    serial: str
    terminal: str
    state: EnrolmentState
    return_code: int | None
    result: str
    acknowledged_at: datetime | None
    proof: Annotated[str, Meta(description="The terminal's acknowledgement as it came.")]


class EmployeeTerminalsView(Struct, frozen=True, kw_only=True):
    """One person on all terminals."""

    employee_id: str
    pin: str | None
    trouble: str
    shift_id: str | None
    first_day: date
    terminals: list[EnrolmentView]


def terminal_view(row: BoardRow) -> TerminalView:
    """A terminal for the API."""
    terminal = row.terminal
    same: dict[str, Any] = {
        name: getattr(terminal, name)
        for name in TerminalView.__struct_fields__
        if name not in ("unacknowledged_commands", "enrolments", "alarms")
    }
    return TerminalView(
        **same,
        unacknowledged_commands=row.unanswered,
        enrolments={state.value: number for state, number in row.enrolments.items()},
        alarms=[
            AlarmView(alarm.kind, alarm.address, alarm.raised_at, alarm.last_at, alarm.count)
            for alarm in row.alarms
        ],
    )


def result_words(state: CommandState, code: int | None, trouble: str) -> str:
    """What an answer means in the reader's language; empty while there is none."""
    if state not in (CommandState.DONE, CommandState.FAILED):
        return ""
    return current().say(trouble_in_words(trouble) if trouble else in_words(code))


def command_view(command: Command) -> CommandView:
    """A command for the API."""
    return CommandView(
        number=command.number,
        kind=command.kind,
        label=current().gettext(COMMAND_LABELS[command.kind]),
        pin=command.pin,
        employee_id=command.employee_id,
        state=command.state,
        created_at=command.created_at,
        sent_at=command.sent_at,
        offers=command.offers,
        answered_at=command.answered_at,
        return_code=command.return_code,
        result=result_words(command.state, command.return_code, command.trouble),
    )


def punch_view(punch: Punch) -> PunchView:
    """A punch for the API."""
    return PunchView(
        id=punch.id,
        serial=punch.serial,
        terminal=punch.terminal_name,
        pin=punch.pin,
        employee_id=punch.employee_id,
        punched_at_local=punch.punched_at_local,
        zone=punch.zone,
        status=punch.status,
        verify=punch.verify,
        workcode=punch.workcode,
        doubtful=punch.doubtful,
        received_at=punch.received_at,
        raw=punch.raw.decode("latin-1"),
    )


def quarantine_view(row: Quarantined) -> QuarantineView:
    """A quarantined row for the API."""
    return QuarantineView(
        id=row.id,
        serial=row.serial,
        table=row.table,
        reason=row.reason,
        received_at=row.received_at,
        address=row.address,
        raw=row.raw[:2000].decode("latin-1"),
        size=len(row.raw),
        times=row.times,
    )


def employee_view(found: EmployeeTerminals, shift_id: str | None) -> EmployeeTerminalsView:
    """A person's terminals for the API."""
    return EmployeeTerminalsView(
        employee_id=found.person.employee_id,
        pin=found.person.pin,
        trouble=found.person.trouble,
        shift_id=shift_id,
        first_day=found.person.start_on,
        terminals=[
            EnrolmentView(
                serial=terminal.serial,
                terminal=terminal.name,
                state=enrolment.state,
                return_code=enrolment.return_code,
                result=_enrolment_words(enrolment.trouble, enrolment.return_code),
                acknowledged_at=enrolment.acknowledged_at,
                proof=(enrolment.proof or b"").decode("latin-1"),
            )
            for terminal, enrolment in found.enrolments
        ],
    )


def _enrolment_words(trouble: str, code: int | None) -> str:
    if code is None and not trouble:
        return ""
    return current().say(trouble_in_words(trouble) if trouble else in_words(code))
