"""Pages of employees."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import Invalid, NotFound
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Page,
    WebRequest,
    form_body,
    page,
    redirect,
    translator_of,
)
from appliance.people.listing import PAGE_SIZE, ListQuery, chips, filter_of, spreadsheet
from appliance.people.model import STATE_LABELS, STEP_LABELS, Department, NewEmployee, Post
from appliance.people.onboarding import next_step
from appliance.people.photos import FacePhotos
from appliance.people.service import People
from appliance.people.story import story

T = TypeVar("T", Department, Post)

TABS = ("overview", "contract", "onboarding")

StateQuery = Annotated[str, QueryParameter(name="state")]
PageNumber = Annotated[int, QueryParameter(name="page_number", ge=1, le=100_000)]
ChosenState = Annotated[str, QueryParameter(name="state")]


class EmployeePages(Controller):
    """The list, one employee, taking on and leaving."""

    path = "/employees"
    include_in_schema = False

    @get("/", guards=[requires(Permission.EMPLOYEES_READ)], sync_to_thread=True)
    def employees(
        self,
        request: WebRequest,
        people: NamedDependency[People],
        q: FromQuery[str] = "",
        chosen_state: StateQuery = "",
        department: FromQuery[str] = "",
        probation: FromQuery[str] = "",
        page_number: PageNumber = 1,
    ) -> Response[str]:
        """The list as the URL filters it."""
        query = ListQuery(q, chosen_state, department, probation)
        found, total = people.page(filter_of(query, people.today()), page=page_number, size=PAGE_SIZE)
        with translator_of(request).active():
            filters = chips(query, people.counts())
        return page(
            request,
            "people/employees.html",
            employees=Page(items=found, total=total, page=page_number, size=PAGE_SIZE),
            query_of=query,
            filters=filters,
            departments=_by_id(people.structure.departments()),
            posts=_by_id(people.structure.posts()),
            state_labels=STATE_LABELS,
        )

    @get("/export", guards=[requires(Permission.EMPLOYEES_READ)], sync_to_thread=True)
    def export(
        self,
        request: WebRequest,
        people: NamedDependency[People],
        q: FromQuery[str] = "",
        chosen_state: StateQuery = "",
        department: FromQuery[str] = "",
        probation: FromQuery[str] = "",
    ) -> Response[bytes]:
        """The same list as a spreadsheet file."""
        translator = translator_of(request)
        employees = people.export(
            request.user, filter_of(ListQuery(q, chosen_state, department, probation), people.today())
        )
        with translator.active():
            content = spreadsheet(
                employees,
                _by_id(people.structure.departments()),
                _by_id(people.structure.posts()),
                translator.language,
            )
        headers = {
            "Content-Disposition": f'attachment; filename="employees-{people.today().isoformat()}.csv"'
        }
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    @get("/new", guards=[requires(Permission.EMPLOYEES_WRITE)], sync_to_thread=True)
    def blank(self, request: WebRequest, people: NamedDependency[People]) -> Response[str]:
        """The form for existing staff."""
        return _form_page(request, people, Form(values={}), None)

    @post(
        "/",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        dependencies={"form": form_body()},
        sync_to_thread=True,
    )
    def take_on(
        self, request: WebRequest, people: NamedDependency[People], form: NamedDependency[Form]
    ) -> Response[str]:
        """Take on somebody who is here already."""
        try:
            employee = people.take_on(request.user, _from_form(form, people))
        except Invalid as invalid:
            return _form_page(request, people, form, invalid)
        return redirect(f"/employees/{employee.id}")

    @get("/of/{candidate_id:str}", guards=[requires(Permission.EMPLOYEES_READ)], sync_to_thread=True)
    def of_candidate(self, people: NamedDependency[People], candidate_id: FromPath[str]) -> Response[str]:
        """To the file that a hired candidate's hiring opened."""
        return redirect(f"/employees/{people.of_candidate(candidate_id).id}")

    @get("/{employee_id:str}", guards=[requires(Permission.EMPLOYEES_READ)], sync_to_thread=True)
    def employee(
        self,
        request: WebRequest,
        people: NamedDependency[People],
        employee_id: FromPath[str],
        tab: FromQuery[str] = "overview",
    ) -> Response[str]:
        """One employee."""
        return _employee_page(request, people, employee_id, tab, None)

    @get("/{employee_id:str}/face", guards=[requires(Permission.EMPLOYEES_READ)], sync_to_thread=True)
    def face(
        self,
        people: NamedDependency[People],
        face_photos: NamedDependency[FacePhotos],
        employee_id: FromPath[str],
    ) -> Response[bytes]:
        """The face photo, from the encrypted file, never kept by the browser."""
        employee = people.employee(employee_id)
        if employee.face_blob_id is None:
            raise NotFound()
        photo = face_photos.photo(employee.face_blob_id)
        return Response(photo.data, media_type=photo.content_type, headers={"Cache-Control": "no-store"})

    @post(
        "/{employee_id:str}/leaving",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        dependencies={"form": form_body()},
        sync_to_thread=True,
    )
    def leave(
        self,
        request: WebRequest,
        people: NamedDependency[People],
        form: NamedDependency[Form],
        employee_id: FromPath[str],
    ) -> Response[str]:
        """Note the last day."""
        try:
            people.leave(request.user, employee_id, form.day("last_day"), form.text("reason", required=True))
        except Invalid as invalid:
            return _employee_page(request, people, employee_id, "overview", invalid)
        return redirect(f"/employees/{employee_id}")

    @post(
        "/{employee_id:str}/card",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        dependencies={"form": form_body()},
        sync_to_thread=True,
    )
    def assign_card(
        self,
        request: WebRequest,
        people: NamedDependency[People],
        form: NamedDependency[Form],
        employee_id: FromPath[str],
    ) -> Response[str]:
        """Note the card that was handed out."""
        try:
            people.assign_card(request.user, employee_id, form.text("card_number", required=True))
        except Invalid as invalid:
            return _employee_page(request, people, employee_id, "onboarding", invalid)
        return redirect(f"/employees/{employee_id}?tab=onboarding")


def _employee_page(
    request: WebRequest, people: People, employee_id: str, tab: str, invalid: Invalid | None
) -> Response[str]:
    sheet = people.sheet(employee_id)
    employee = sheet.employee
    with translator_of(request).active():
        told = story(sheet.ledger)
    return page(
        request,
        "people/employee.html",
        status=200 if invalid is None else invalid.status,
        employee=employee,
        contract=sheet.contract,
        steps=sheet.steps,
        upcoming=next_step(sheet.steps),
        on_probation=employee.on_probation(people.today()),
        story=told,
        tab=tab if tab in TABS else TABS[0],
        department=people.structure.department(employee.department_id),
        post=people.structure.post(employee.post_id),
        state_labels=STATE_LABELS,
        step_labels=STEP_LABELS,
        **({} if invalid is None else {"invalid": invalid}),
    )


def _form_page(request: WebRequest, people: People, form: Form, invalid: Invalid | None) -> Response[str]:
    return page(
        request,
        "people/employee_form.html",
        status=200 if invalid is None else invalid.status,
        form=form,
        departments=_by_id(people.structure.departments()),
        posts=people.structure.posts(),
        **({} if invalid is None else {"invalid": invalid}),
    )


def _from_form(form: Form, people: People) -> NewEmployee:
    post_id = form.text("post_id", required=True)
    open_ended = form.text("contract_months") == ""
    return NewEmployee(
        name=form.text("name", required=True),
        email=form.text("email"),
        phone=form.text("phone"),
        post_id=post_id,
        department_id=people.structure.post(post_id).department_id,
        start_on=form.day("start_on"),
        monthly_wage=form.decimal("monthly_wage"),
        contract_months=None if open_ended else form.integer("contract_months"),
        probation_months=form.integer("probation_months", default=0),
        card_number=form.text("card_number") or None,
        number=form.text("number") or None,
    )


def _by_id(items: list[T]) -> Mapping[str, T]:
    return {item.id: item for item in items}
