"""Terminals and punches for scripts, under /api/v1."""

from datetime import date, datetime
from typing import Annotated, Final

from litestar import Controller, get, post, put
from litestar.params import QueryParameter

from appliance.attendance.api_views import (
    AlarmSettlementBody,
    ApprovalBody,
    CommandBody,
    CommandList,
    CommandView,
    EmployeeTerminalsView,
    GroupBody,
    PunchList,
    QuarantineList,
    TerminalList,
    TerminalView,
    command_view,
    employee_view,
    punch_view,
    quarantine_view,
    terminal_view,
)
from appliance.attendance.punches.model import PunchFilter
from appliance.attendance.service import Attendance
from appliance.attendance.terminals.commands_model import CommandState
from appliance.attendance.terminals.registry import Switches
from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.web import (
    FromPath,
    FromQuery,
    JSONBody,
    NamedDependency,
    PageNumber,
    PageSize,
    Paging,
    WebRequest,
)

ToDay = Annotated[
    date | None, QueryParameter(name="to", description="Last day, of the terminal's wall time.")
]
FromDay = Annotated[
    date | None, QueryParameter(name="from", description="First day, of the terminal's wall time.")
]
Cursor = Annotated[int, QueryParameter(name="after", ge=0, description="`next` of the answer before.")]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=5000, description="Rows at most.")]


class TerminalsApi(Controller):
    """Terminals and their commands."""

    path = "/api/v1/terminals"
    tags = ["Terminals"]

    @get(
        "/",
        guards=[requires(Permission.TERMINALS_READ)],
        sync_to_thread=True,
        operation_id="list_terminals",
        summary="List terminals",
        description="Every terminal that has called or was approved, with state, clock, people and alarms. "
        "A terminal appears by itself, as pending, with its first call to the terminals' port.",
    )
    def list_terminals(
        self,
        attendance: NamedDependency[Attendance],
        in_state: Annotated[str, QueryParameter(name="state")] = "",
    ) -> TerminalList:
        """All terminals, or those in one state."""
        rows = [terminal_view(row) for row in attendance.board()]
        chosen = [row for row in rows if not in_state or row.state.value == in_state]
        return TerminalList(chosen, len(chosen))

    @get(
        "/{serial:str}",
        guards=[requires(Permission.TERMINALS_READ)],
        sync_to_thread=True,
        operation_id="get_terminal",
        summary="One terminal",
    )
    def get_terminal(self, attendance: NamedDependency[Attendance], serial: FromPath[str]) -> TerminalView:
        """The terminal of a serial number."""
        return terminal_view(attendance.terminal(serial, size=1).row)

    @post(
        "/{serial:str}/approval",
        guards=[requires(Permission.TERMINALS_MANAGE)],
        status_code=200,
        sync_to_thread=True,
        operation_id="approve_terminal",
        summary="Approve a terminal, or change its name, group or zone",
        description="From now on it is listened to, and everybody it should have is sent to it. A serial "
        "number that has not called yet may be approved beforehand.",
    )
    def approve(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        serial: FromPath[str],
        data: JSONBody[ApprovalBody],
    ) -> TerminalView:
        """The approved terminal."""
        attendance.approve(serial, name=data.name, group=data.group, zone=data.zone, actor=request.user)
        return terminal_view(attendance.terminal(serial, size=1).row)

    @post(
        "/{serial:str}/block",
        guards=[requires(Permission.TERMINALS_MANAGE)],
        status_code=200,
        sync_to_thread=True,
        operation_id="block_terminal",
        summary="Block a terminal",
        description="It is refused and keeps its data; approving it again lifts the block.",
    )
    def block(
        self, request: WebRequest, attendance: NamedDependency[Attendance], serial: FromPath[str]
    ) -> TerminalView:
        """The blocked terminal."""
        attendance.block(serial, actor=request.user)
        return terminal_view(attendance.terminal(serial, size=1).row)

    @post(
        "/{serial:str}/alarms/settlement",
        guards=[requires(Permission.TERMINALS_MANAGE)],
        status_code=200,
        sync_to_thread=True,
        operation_id="settle_terminal_alarms",
        summary="Settle a terminal's alarms",
    )
    def settle(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        serial: FromPath[str],
        data: JSONBody[AlarmSettlementBody],
    ) -> TerminalView:
        """The terminal without open alarms."""
        attendance.settle_alarms(serial, accept_address=data.accept_address, actor=request.user)
        return terminal_view(attendance.terminal(serial, size=1).row)

    @put(
        "/{serial:str}/profile",
        guards=[requires(Permission.TERMINALS_MANAGE)],
        sync_to_thread=True,
        operation_id="switch_terminal_profile",
        summary="Set profile switches by hand",
        description="What firmware disagrees about: spelling of OK, meaning of Size, encoding of names, "
        "table of verify codes; and whether other addresses are refused. null leaves a switch as it is.",
    )
    def switch(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        serial: FromPath[str],
        data: JSONBody[Switches],
    ) -> TerminalView:
        """The terminal with its switches."""
        attendance.switch(serial, data, actor=request.user)
        return terminal_view(attendance.terminal(serial, size=1).row)

    @get(
        "/{serial:str}/commands",
        guards=[requires(Permission.TERMINALS_READ)],
        sync_to_thread=True,
        operation_id="list_terminal_commands",
        summary="List a terminal's commands, newest first",
    )
    def list_commands(
        self,
        attendance: NamedDependency[Attendance],
        serial: FromPath[str],
        in_state: Annotated[CommandState | None, QueryParameter(name="state")] = None,
        page: PageNumber = 1,
        size: PageSize = 100,
    ) -> CommandList:
        """A page of commands."""
        commands, total = attendance.commands_of(
            serial, state=in_state, limit=size, offset=Paging(page, size).offset
        )
        return CommandList([command_view(command) for command in commands], total, page, size)

    @post(
        "/{serial:str}/commands",
        guards=[requires(Permission.TERMINALS_MANAGE)],
        status_code=201,
        sync_to_thread=True,
        operation_id="queue_terminal_command",
        summary="Queue a safe command",
        description="The terminal fetches it with its next poll. People are sent and removed by hiring and "
        "leaving, not here.",
    )
    def ask(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        serial: FromPath[str],
        data: JSONBody[CommandBody],
    ) -> CommandView:
        """The queued command."""
        command = attendance.ask(
            serial,
            data.kind,
            actor=request.user,
            start=wall_time("start", data.start),
            end=wall_time("end", data.end),
            confirmed=data.confirmed,
        )
        return command_view(command)


class TerminalGroupsApi(Controller):
    """Which people a group of terminals is for."""

    path = "/api/v1/terminal-groups"
    tags = ["Terminals"]

    @put(
        "/{group:str}",
        guards=[requires(Permission.TERMINALS_MANAGE)],
        status_code=204,
        sync_to_thread=True,
        operation_id="limit_terminal_group",
        summary="Say which departments a group of terminals is for",
        description="Its terminals are brought in step: people who belong are sent, others removed.",
    )
    def limit(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        group: FromPath[str],
        data: JSONBody[GroupBody],
    ) -> None:
        """Nothing."""
        attendance.limit_group(group, data.departments, actor=request.user)


class PunchesApi(Controller):
    """Punches."""

    path = "/api/v1/punches"
    tags = ["Punches"]
    guards = [requires(Permission.PUNCHES_READ)]

    @get(
        "/",
        sync_to_thread=True,
        operation_id="list_punches",
        summary="List punches in order of arrival",
        description="To follow along, ask again with `after` set to `next`. Each punch comes once, however "
        "often its terminal sent it.",
    )
    def list_punches(
        self,
        attendance: NamedDependency[Attendance],
        employee_id: FromQuery[str] = "",
        pin: FromQuery[str] = "",
        terminal: FromQuery[str] = "",
        from_on: FromDay = None,
        to_on: ToDay = None,
        after: Cursor = 0,
        limit: Limit = 500,
    ) -> PunchList:
        """Punches after the cursor."""
        wanted = PunchFilter(
            employee_id=employee_id or None,
            pin=pin or None,
            serial=terminal or None,
            from_on=from_on,
            to_on=to_on,
        )
        punches = attendance.punches.after(wanted, cursor=after, limit=limit)
        return PunchList([punch_view(punch) for punch in punches], punches[-1].id if punches else after)

    @get(
        "/quarantine",
        sync_to_thread=True,
        operation_id="list_quarantined_rows",
        summary="List rows that could not be read",
    )
    def list_quarantine(
        self,
        attendance: NamedDependency[Attendance],
        terminal: FromQuery[str] = "",
        page: PageNumber = 1,
        size: PageSize = 100,
    ) -> QuarantineList:
        """A page of rows."""
        rows, total = attendance.punches.quarantined(serial=terminal, page=page, size=size)
        return QuarantineList([quarantine_view(row) for row in rows], total, page, size)


class EmployeeTerminalsApi(Controller):
    """A person on terminals."""

    path = "/api/v1/employees"
    tags = ["Terminals"]

    @get(
        "/{employee_id:str}/terminals",
        guards=[requires(Permission.EMPLOYEES_READ, Permission.TERMINALS_READ)],
        sync_to_thread=True,
        operation_id="list_employee_terminals",
        summary="On which terminals a person is, with the terminals' acknowledgements",
    )
    def list_for(
        self, attendance: NamedDependency[Attendance], employee_id: FromPath[str]
    ) -> EmployeeTerminalsView:
        """The person's PIN, shift and enrolments."""
        found = attendance.employee_terminals(employee_id)
        day = max(attendance.today(), found.person.start_on)
        assignment = attendance.shifts.assignment(employee_id, day)
        return employee_view(found, assignment.shift.id if assignment else None)


def wall_time(name: str, text: str | None) -> datetime | None:
    """A wall time of a body. Raises ``Invalid`` naming the field."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise Invalid({name: N_("Write a wall time such as 2026-11-01T00:00:00, without an offset.")})
    return moment


HANDLERS: Final = (TerminalsApi, TerminalGroupsApi, PunchesApi, EmployeeTerminalsApi)
