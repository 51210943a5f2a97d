"""Terminals as IT sees them: the board, one terminal, approving, switching, commanding."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.attendance.api_views import result_words
from appliance.attendance.provisioning.model import (
    ENROLMENT_LABELS,
    PERSON_TROUBLE_LABELS,
    EnrolmentState,
)
from appliance.attendance.service import DRIFT_LIMIT_S, Attendance
from appliance.attendance.terminals.commands_model import (
    COMMAND_LABELS,
    COMMAND_STATE_LABELS,
    WITH_SPAN,
    CommandKind,
)
from appliance.attendance.terminals.model import ALARM_LABELS, TERMINAL_STATE_LABELS
from appliance.attendance.terminals.profiles import OkSpelling, VerifyCodes
from appliance.attendance.terminals.registry import Switches
from appliance.attendance.terminals.return_codes import in_words, trouble_in_words
from appliance.attendance.terminals.wire.orders import PhotoSize
from appliance.attendance.terminals.wire.text import NameEncoding
from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Page,
    WebRequest,
    form_body,
    fragment,
    page,
    redirect,
)

COMMANDS_A_PAGE: Final = 25

STATE_TONES: Final = {"pending": "warn", "approved": "good", "blocked": "bad"}
COMMAND_TONES: Final = {
    "queued": "calm",
    "sent": "info",
    "done": "good",
    "failed": "bad",
    "expired": "warn",
    "cancelled": "calm",
}
ENROLMENT_TONES: Final = {
    "waiting": "info",
    "enrolled": "good",
    "failed": "bad",
    "leaving": "info",
    "removed": "calm",
    "removal_failed": "bad",
}


class TerminalPages(Controller):
    """The board and one terminal."""

    path = "/terminals"
    include_in_schema = False
    dependencies = {"form": form_body()}

    @get("/", guards=[requires(Permission.TERMINALS_READ)], sync_to_thread=True)
    def board(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        in_state: Annotated[str, QueryParameter(name="state")] = "",
        text: FromQuery[str] = "",
    ) -> Response[str]:
        """Every terminal, those that wait for somebody first."""
        rows = attendance.board()
        wanted = text.strip().casefold()
        shown = [
            row
            for row in rows
            if (not in_state or row.terminal.state.value == in_state)
            and wanted in f"{row.terminal.name} {row.terminal.serial} {row.terminal.group}".casefold()
        ]
        counts = {name: sum(row.terminal.state.value == name for row in rows) for name in STATE_TONES}
        return page(
            request,
            "attendance/terminals.html",
            rows=shown,
            total=len(rows),
            counts=counts,
            chosen=in_state,
            text=text,
            troubled_people=attendance.people_in_trouble(),
            person_troubles=PERSON_TROUBLE_LABELS,
            state_labels=TERMINAL_STATE_LABELS,
            state_tones=STATE_TONES,
            drift_limit=DRIFT_LIMIT_S,
        )

    @get("/new", guards=[requires(Permission.TERMINALS_MANAGE)], sync_to_thread=True)
    def form_for_new(self, request: WebRequest) -> Response[str]:
        """Approve a terminal before its first call."""
        return page(request, "attendance/terminal_new.html", form=Form({}))

    @post("/", guards=[requires(Permission.TERMINALS_MANAGE)], sync_to_thread=True)
    def approve_new(
        self, request: WebRequest, attendance: NamedDependency[Attendance], form: NamedDependency[Form]
    ) -> Response[str]:
        """Approve a serial number that somebody typed."""
        serial = form.text("serial")
        try:
            _approve(request, attendance, serial, form)
        except Invalid as invalid:
            return page(request, "attendance/terminal_new.html", status=422, form=form, invalid=invalid)
        return redirect(f"/terminals/{serial}?saved=approved")

    @get("/{serial:str}", guards=[requires(Permission.TERMINALS_READ)], sync_to_thread=True)
    def show(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        serial: FromPath[str],
        page_number: FromQuery[int] = 1,
        saved: FromQuery[str] = "",
    ) -> Response[str]:
        """One terminal with its commands and switches."""
        return _show(request, attendance, serial, page_number=page_number, saved=saved)

    @get("/{serial:str}/commands", guards=[requires(Permission.TERMINALS_READ)], sync_to_thread=True)
    def commands(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        serial: FromPath[str],
        page_number: FromQuery[int] = 1,
    ) -> Response[str]:
        """The table of commands, refreshed while one waits for an answer."""
        return fragment(
            request, "attendance/_commands.html", **_context(attendance, serial, page_number, "", Form({}))
        )

    @post("/{serial:str}/approval", guards=[requires(Permission.TERMINALS_MANAGE)], sync_to_thread=True)
    def approve(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        form: NamedDependency[Form],
        serial: FromPath[str],
    ) -> Response[str]:
        """Approve, or change name, group and zone."""
        try:
            _approve(request, attendance, serial, form)
        except Invalid as invalid:
            return _show(request, attendance, serial, form=form, invalid=invalid)
        return redirect(f"/terminals/{serial}?saved=approved")

    @post("/{serial:str}/block", guards=[requires(Permission.TERMINALS_MANAGE)], sync_to_thread=True)
    def block(
        self, request: WebRequest, attendance: NamedDependency[Attendance], serial: FromPath[str]
    ) -> Response[str]:
        """Stop listening to it."""
        attendance.block(serial, actor=request.user)
        return redirect(f"/terminals/{serial}?saved=blocked")

    @post("/{serial:str}/alarms", guards=[requires(Permission.TERMINALS_MANAGE)], sync_to_thread=True)
    def settle(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        form: NamedDependency[Form],
        serial: FromPath[str],
    ) -> Response[str]:
        """Close the alarms; the terminal has moved, or it was somebody else."""
        attendance.settle_alarms(serial, accept_address=form.flag("accept_address"), actor=request.user)
        return redirect(f"/terminals/{serial}?saved=settled")

    @post("/{serial:str}/profile", guards=[requires(Permission.TERMINALS_MANAGE)], sync_to_thread=True)
    def switch(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        form: NamedDependency[Form],
        serial: FromPath[str],
    ) -> Response[str]:
        """Set the switches."""
        try:
            switches = Switches(
                ok=OkSpelling(form.text("ok")),
                photo_size=PhotoSize(form.text("photo_size")),
                name_encoding=NameEncoding(form.text("name_encoding")),
                verify_codes=VerifyCodes(form.text("verify_codes")),
                address_locked=form.flag("address_locked"),
            )
        except ValueError:
            raise Invalid(message=N_("Choose one of the values offered.")) from None
        attendance.switch(serial, switches, actor=request.user)
        return redirect(f"/terminals/{serial}?saved=switched")

    @post("/{serial:str}/commands", guards=[requires(Permission.TERMINALS_MANAGE)], sync_to_thread=True)
    def ask(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        form: NamedDependency[Form],
        serial: FromPath[str],
    ) -> Response[str]:
        """Queue a safe command."""
        try:
            kind = CommandKind(form.text("kind"))
            start, end = _span(form) if kind in WITH_SPAN else (None, None)
            attendance.ask(
                serial, kind, actor=request.user, start=start, end=end, confirmed=form.flag("confirmed")
            )
        except Invalid as invalid:
            return _show(request, attendance, serial, form=form, invalid=invalid)
        except ValueError:
            raise Invalid({"kind": N_("This command is not offered by hand.")}) from None
        return redirect(f"/terminals/{serial}?saved=asked")

    @post(
        "/{serial:str}/people/{employee_id:str}",
        guards=[requires(Permission.TERMINALS_MANAGE)],
        sync_to_thread=True,
    )
    def send_again(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        serial: FromPath[str],
        employee_id: FromPath[str],
    ) -> Response[str]:
        """Try a failed enrolment once more."""
        attendance.send_again(serial, employee_id, actor=request.user)
        return redirect(f"/terminals/{serial}?saved=sent_again")


def _approve(request: WebRequest, attendance: Attendance, serial: str, form: Form) -> None:
    attendance.approve(
        serial,
        name=form.text("name"),
        group=form.text("group"),
        zone=form.text("zone") or None,
        actor=request.user,
    )


def _span(form: Form) -> tuple[datetime, datetime]:
    """From the start of the first day to the end of the last."""
    first, last = form.day("from"), form.day("to")
    start = datetime.combine(first, datetime.min.time())
    return start, datetime.combine(last, datetime.min.time()) + timedelta(days=1)


def _show(
    request: WebRequest,
    attendance: Attendance,
    serial: str,
    *,
    page_number: int = 1,
    saved: str = "",
    form: Form | None = None,
    invalid: Invalid | None = None,
) -> Response[str]:
    context = _context(attendance, serial, page_number, saved, form or Form({}))
    context["invalid"] = invalid or Invalid()
    return page(request, "attendance/terminal.html", status=422 if invalid else 200, **context)


def _context(attendance: Attendance, serial: str, page_number: int, saved: str, form: Form) -> dict[str, Any]:
    view = attendance.terminal(serial, page=page_number, size=COMMANDS_A_PAGE)
    return {
        "view": view,
        "row": view.row,
        "terminal": view.row.terminal,
        "commands": Page(view.commands, view.command_total, max(1, page_number), COMMANDS_A_PAGE),
        "form": form,
        "saved": saved,
        "site_zone": attendance.clock.zone.key,
        "result_words": result_words,
        "enrolment_words": _enrolment_words,
        "state_labels": TERMINAL_STATE_LABELS,
        "state_tones": STATE_TONES,
        "alarm_labels": ALARM_LABELS,
        "command_labels": COMMAND_LABELS,
        "command_state_labels": COMMAND_STATE_LABELS,
        "command_tones": COMMAND_TONES,
        "enrolment_labels": ENROLMENT_LABELS,
        "enrolment_tones": ENROLMENT_TONES,
        "failed_states": (EnrolmentState.FAILED, EnrolmentState.REMOVAL_FAILED),
        "drift_limit": DRIFT_LIMIT_S,
    }


def _enrolment_words(trouble: str, code: int | None) -> object:
    if trouble:
        return trouble_in_words(trouble)
    return in_words(code) if code is not None else ""


HANDLERS: Final = (TerminalPages,)
