"""Punches: the list, one person's days, and the rows that could not be read."""

from datetime import date
from typing import Annotated, Final
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.params import QueryParameter

from appliance.attendance.pages import ENROLMENT_TONES
from appliance.attendance.provisioning.model import ENROLMENT_LABELS
from appliance.attendance.punches.model import PunchFilter
from appliance.attendance.service import Attendance
from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.web import FromPath, FromQuery, NamedDependency, Page, WebRequest, page

PUNCHES_A_PAGE: Final = 50

REASON_LABELS: Final = {
    "too_few_columns": N_("Not enough columns"),
    "too_many_columns": N_("Too many columns"),
    "no_pin": N_("No PIN"),
    "bad_pin": N_("A PIN that cannot be one"),
    "bad_time": N_("A time that does not exist"),
    "implausible_time": N_("A time that cannot be true"),
    "bad_status": N_("A word where a number belongs"),
    "bad_workcode": N_("A work code that cannot be one"),
    "unknown_row": N_("A kind of row that is not known"),
    "unknown_table": N_("A table that is not known"),
    "unknown_endpoint": N_("An address that is not known"),
    "unknown_command": N_("The answer to a command that was never given"),
    "unreadable_photo": N_("A picture that cannot be read"),
}

FirstDay = Annotated[str, QueryParameter(name="from")]
LastDay = Annotated[str, QueryParameter(name="to")]


class PunchPages(Controller):
    """What people and terminals did."""

    path = "/punches"
    include_in_schema = False
    guards = [requires(Permission.PUNCHES_READ)]

    @get("/", sync_to_thread=True)
    def board(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        pin: FromQuery[str] = "",
        terminal: FromQuery[str] = "",
        first: FirstDay = "",
        last: LastDay = "",
        who: FromQuery[str] = "",
        page_number: FromQuery[int] = 1,
    ) -> Response[str]:
        """Punches by time, newest first, filtered."""
        chosen = {"pin": pin, "terminal": terminal, "from": first, "to": last, "who": who}
        wanted = PunchFilter(
            pin=pin.strip() or None,
            serial=terminal or None,
            from_on=_day("from", first),
            to_on=_day("to", last),
            unknown_only=who == "unknown",
        )
        punches, total = attendance.punches.newest(wanted, page=page_number, size=PUNCHES_A_PAGE)
        return page(
            request,
            "attendance/punches.html",
            punches=Page(punches, total, max(1, page_number), PUNCHES_A_PAGE),
            chosen=chosen,
            base="?" + urlencode({name: value for name, value in chosen.items() if value}),
            terminals=[
                (row.terminal.serial, row.terminal.name or row.terminal.serial) for row in attendance.board()
            ],
            quarantined=attendance.punches.quarantined(size=1)[1],
        )

    @get("/quarantine", sync_to_thread=True)
    def quarantine(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        terminal: FromQuery[str] = "",
        page_number: FromQuery[int] = 1,
    ) -> Response[str]:
        """Rows that could not be read, as they came."""
        rows, total = attendance.punches.quarantined(serial=terminal, page=page_number, size=PUNCHES_A_PAGE)
        shown = [(row, row.raw[:400].decode("utf-8", errors="backslashreplace")) for row in rows]
        return page(
            request,
            "attendance/quarantine.html",
            rows=Page(shown, total, max(1, page_number), PUNCHES_A_PAGE),
            terminal=terminal,
            reasons=REASON_LABELS,
        )

    @get("/employees/{employee_id:str}", sync_to_thread=True)
    def days(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        employee_id: FromPath[str],
        first: FirstDay = "",
        last: LastDay = "",
    ) -> Response[str]:
        """One person's days: first in, last out, and every punch that made them."""
        wanted = PunchFilter(from_on=_day("from", first), to_on=_day("to", last))
        person, days = attendance.punches.days(employee_id, wanted)
        day = max(attendance.today(), person.start_on)
        return page(
            request,
            "attendance/employee_days.html",
            person=person,
            days=days,
            chosen={"from": first, "to": last},
            enrolments=attendance.employee_terminals(employee_id).enrolments,
            assignment=attendance.shifts.assignment(employee_id, day),
            enrolment_labels=ENROLMENT_LABELS,
            enrolment_tones=ENROLMENT_TONES,
        )


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: N_("Choose a day, or write it as 2026-11-23.")}) from None


HANDLERS: Final = (PunchPages,)
