"""Shifts: the list and one shift's form."""

from typing import Final

from litestar import Controller, Response, get, post

from appliance.attendance.service import Attendance
from appliance.attendance.shifts.model import WEEKDAYS, Shift
from appliance.attendance.shifts.service import ShiftDraft
from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import Invalid
from appliance.kernel.web import Form, FromPath, NamedDependency, WebRequest, form_body, page, redirect


class ShiftPages(Controller):
    """Shifts and their defaults."""

    path = "/shifts"
    include_in_schema = False
    dependencies = {"form": form_body()}

    @get("/", guards=[requires(Permission.ROSTERS_READ, Permission.ROSTERS_WRITE)], sync_to_thread=True)
    def board(self, request: WebRequest, attendance: NamedDependency[Attendance]) -> Response[str]:
        """All shifts."""
        shifts, people, defaults = attendance.shifts.board()
        return page(
            request,
            "attendance/shifts.html",
            shifts=shifts,
            people=people,
            site_default=defaults.get("", ""),
            weekdays=WEEKDAYS,
        )

    @get("/new", guards=[requires(Permission.ROSTERS_WRITE)], sync_to_thread=True)
    def form_for_new(self, request: WebRequest) -> Response[str]:
        """An empty form: a day shift, weekends off."""
        draft = ShiftDraft(
            name_zh="", name_en="", starts="08:30", ends="17:30", break_minutes=60, weekdays=(1, 2, 3, 4, 5)
        )
        return _form(request, draft, None, None)

    @post("/", guards=[requires(Permission.ROSTERS_WRITE)], sync_to_thread=True)
    def create(
        self, request: WebRequest, attendance: NamedDependency[Attendance], form: NamedDependency[Form]
    ) -> Response[str]:
        """Make a shift."""
        return _save(request, attendance, form, None)

    @get("/{shift_id:str}", guards=[requires(Permission.ROSTERS_WRITE)], sync_to_thread=True)
    def form_for(
        self, request: WebRequest, attendance: NamedDependency[Attendance], shift_id: FromPath[str]
    ) -> Response[str]:
        """A shift's form."""
        return _form(request, _draft_of(attendance.shifts.get(shift_id)), shift_id, None)

    @post("/{shift_id:str}", guards=[requires(Permission.ROSTERS_WRITE)], sync_to_thread=True)
    def change(
        self,
        request: WebRequest,
        attendance: NamedDependency[Attendance],
        form: NamedDependency[Form],
        shift_id: FromPath[str],
    ) -> Response[str]:
        """Change a shift."""
        return _save(request, attendance, form, shift_id)

    @post("/{shift_id:str}/default", guards=[requires(Permission.ROSTERS_WRITE)], sync_to_thread=True)
    def make_default(
        self, request: WebRequest, attendance: NamedDependency[Attendance], shift_id: FromPath[str]
    ) -> Response[str]:
        """Newcomers get this shift."""
        attendance.shifts.make_default(shift_id, "", actor=request.user)
        return redirect("/shifts")


def _save(request: WebRequest, attendance: Attendance, form: Form, shift_id: str | None) -> Response[str]:
    draft = _typed(form)
    try:
        attendance.shifts.save(draft, actor=request.user, shift_id=shift_id)
    except Invalid as invalid:
        return _form(request, draft, shift_id, invalid)
    return redirect("/shifts")


def _typed(form: Form) -> ShiftDraft:
    """The form as typed; what is no number becomes one that the rule refuses beside its field."""
    typed_break = form.text("break_minutes", default="0")
    return ShiftDraft(
        name_zh=form.text("name_zh"),
        name_en=form.text("name_en"),
        starts=form.text("starts")[:5],
        ends=form.text("ends")[:5],
        break_minutes=int(typed_break) if typed_break.isascii() and typed_break.isdigit() else -1,
        weekdays=tuple(number for number in WEEKDAYS if str(number) in form.texts("weekdays")),
    )


def _draft_of(shift: Shift) -> ShiftDraft:
    return ShiftDraft(
        name_zh=shift.name_zh,
        name_en=shift.name_en,
        starts=shift.starts.isoformat("minutes"),
        ends=shift.ends.isoformat("minutes"),
        break_minutes=shift.break_minutes,
        weekdays=shift.weekdays,
    )


def _form(
    request: WebRequest, draft: ShiftDraft, shift_id: str | None, invalid: Invalid | None
) -> Response[str]:
    return page(
        request,
        "attendance/shift_form.html",
        status=422 if invalid else 200,
        draft=draft,
        shift_id=shift_id,
        weekdays=WEEKDAYS,
        invalid=invalid or Invalid(),
    )


HANDLERS: Final = (ShiftPages,)
