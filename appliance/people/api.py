"""Employees, departments and posts for scripts, under /api/v1."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from litestar import Controller, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from appliance.identity.permissions import Permission, requires
from appliance.kernel.web import (
    FromPath,
    FromQuery,
    JSONBody,
    NamedDependency,
    PageNumber,
    PageSize,
    WebRequest,
)
from appliance.people.model import (
    Department,
    Employee,
    EmployeeFilter,
    EmployeeState,
    NewEmployee,
    Post,
    Step,
    StepRecord,
)
from appliance.people.service import People

StateQuery = Annotated[EmployeeState | None, QueryParameter(name="state")]
ChosenState = Annotated[EmployeeState | None, QueryParameter(name="state", description="Left out: all.")]


class NewEmployeeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An employee to take on. Amounts are yuan, as a string or a number with at most two decimals."""

    name: str
    post_id: str
    start_on: date
    monthly_wage: Decimal
    email: str = ""
    phone: str = ""
    department_id: Annotated[str, Meta(description="Left out: the post's department.")] = ""
    contract_months: Annotated[int | None, Meta(description="null: open-ended.")] = 36
    probation_months: int = 0
    probation_share: Annotated[Decimal | None, Meta(description="0.80 to 1.00; null: the site's policy.")] = (
        None
    )
    card_number: str | None = None
    number: Annotated[str | None, Meta(description="For existing staff; left out: the next number.")] = None


class LeavingBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of an employment and why it ends."""

    last_day: date
    reason: str


class NewDepartmentBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A department to open; a name in one language is enough."""

    code: str
    name_zh: str = ""
    name_en: str = ""
    head_employee_id: str | None = None


class NewPostBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A post to open; ``wage_floor`` is the lowest monthly pay of the post in yuan."""

    department_id: str
    title_zh: str = ""
    title_en: str = ""
    family: str = ""
    wage_floor: Decimal | None = None
    default_shift_code: str = ""


class StepView(Struct, frozen=True):
    """An onboarding step; ``count`` counts its parts that are there (terminals)."""

    step: Step
    done: bool
    done_at: str | None
    done_by: str
    count: int


class EmployeeView(Struct, frozen=True):
    """An employee with the contract's essentials and the onboarding checklist."""

    id: str
    number: str
    name: str
    email: str
    phone: str
    post_id: str
    department_id: str
    state: EmployeeState
    start_on: date
    contract_months: int | None
    contract_ends_on: date | None
    probation_months: int
    probation_ends_on: date | None
    card_number: str | None
    has_face_photo: bool
    candidate_id: str | None
    activated_on: date | None
    leaves_on: date | None
    left_on: date | None
    onboarding: list[StepView]


class EmployeeRow(Struct, frozen=True):
    """An employee in a list."""

    id: str
    number: str
    name: str
    post_id: str
    department_id: str
    state: EmployeeState
    start_on: date
    candidate_id: str | None


class EmployeeList(Struct, frozen=True):
    """A page of employees by number."""

    items: list[EmployeeRow]
    total: int
    page: int
    size: int


class DepartmentList(Struct, frozen=True):
    """All departments by code."""

    items: list[Department]


class PostList(Struct, frozen=True):
    """All posts by department and title."""

    items: list[Post]


class EmployeeApi(Controller):
    """Employees."""

    path = "/api/v1/employees"
    tags = ["People"]

    @get(
        "/",
        guards=[requires(Permission.EMPLOYEES_READ)],
        sync_to_thread=True,
        operation_id="list_employees",
        summary="List employees",
        description="By number, a page at a time. `q` searches number, name, phone and e-mail.",
    )
    def list_employees(
        self,
        people: NamedDependency[People],
        q: FromQuery[str] = "",
        chosen_state: StateQuery = None,
        department_id: FromQuery[str] = "",
        page: PageNumber = 1,
        size: PageSize = 100,
    ) -> EmployeeList:
        """A page of employees."""
        chosen = EmployeeFilter(search=q, state=chosen_state, department_id=department_id)
        employees, total = people.page(chosen, page=page, size=size)
        return EmployeeList([_row(employee) for employee in employees], total, page, size)

    @post(
        "/",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        sync_to_thread=True,
        operation_id="take_on_employee",
        summary="Take on an employee (existing staff)",
        description="Opens the file, contract and checklist; terminals and shift follow by themselves.",
    )
    def take_on(
        self, request: WebRequest, people: NamedDependency[People], data: JSONBody[NewEmployeeBody]
    ) -> EmployeeView:
        """The employee that was taken on."""
        department_id = data.department_id or people.structure.post(data.post_id).department_id
        new = NewEmployee(
            name=data.name.strip(),
            email=data.email.strip(),
            phone=data.phone.strip(),
            post_id=data.post_id,
            department_id=department_id,
            start_on=data.start_on,
            monthly_wage=data.monthly_wage,
            contract_months=data.contract_months,
            probation_months=data.probation_months,
            probation_share=data.probation_share,
            card_number=data.card_number,
            number=data.number,
        )
        return _view(people, people.take_on(request.user, new).id)

    @get(
        "/{employee_id:str}",
        guards=[requires(Permission.EMPLOYEES_READ)],
        sync_to_thread=True,
        operation_id="get_employee",
        summary="One employee with the onboarding checklist",
    )
    def get_employee(self, people: NamedDependency[People], employee_id: FromPath[str]) -> EmployeeView:
        """The employee."""
        return _view(people, employee_id)

    @post(
        "/{employee_id:str}/leaving",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        sync_to_thread=True,
        status_code=200,
        operation_id="leave_employee",
        summary="Note the last day of an employment",
        description="Today or earlier ends it at once; a later day ends it when that day is over. "
        "Every terminal then forgets the employee.",
    )
    def leave(
        self,
        request: WebRequest,
        people: NamedDependency[People],
        employee_id: FromPath[str],
        data: JSONBody[LeavingBody],
    ) -> EmployeeView:
        """The employee with the last day."""
        people.leave(request.user, employee_id, data.last_day, data.reason)
        return _view(people, employee_id)


class StructureApi(Controller):
    """Departments and posts."""

    path = "/api/v1"
    tags = ["People"]

    @get(
        "/departments",
        guards=[requires(Permission.EMPLOYEES_READ, Permission.OPENINGS_READ)],
        sync_to_thread=True,
        operation_id="list_departments",
        summary="List departments",
    )
    def list_departments(self, people: NamedDependency[People]) -> DepartmentList:
        """All departments."""
        return DepartmentList(people.structure.departments())

    @post(
        "/departments",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        sync_to_thread=True,
        operation_id="open_department",
        summary="Open a department",
    )
    def open_department(
        self, request: WebRequest, people: NamedDependency[People], data: JSONBody[NewDepartmentBody]
    ) -> Department:
        """The department that was opened."""
        return people.structure.add_department(
            request.user,
            code=data.code.strip(),
            name_zh=data.name_zh.strip(),
            name_en=data.name_en.strip(),
            head_employee_id=data.head_employee_id,
        )

    @get(
        "/posts",
        guards=[requires(Permission.EMPLOYEES_READ, Permission.OPENINGS_READ)],
        sync_to_thread=True,
        operation_id="list_posts",
        summary="List posts",
    )
    def list_posts(self, people: NamedDependency[People]) -> PostList:
        """All posts."""
        return PostList(people.structure.posts())

    @post(
        "/posts",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        sync_to_thread=True,
        operation_id="open_post",
        summary="Open a post in a department",
    )
    def open_post(
        self, request: WebRequest, people: NamedDependency[People], data: JSONBody[NewPostBody]
    ) -> Post:
        """The post that was opened."""
        return people.structure.add_post(
            request.user,
            title_zh=data.title_zh.strip(),
            title_en=data.title_en.strip(),
            family=data.family.strip(),
            department_id=data.department_id,
            wage_floor=data.wage_floor,
            default_shift_code=data.default_shift_code.strip(),
        )


def _row(employee: Employee) -> EmployeeRow:
    return EmployeeRow(
        employee.id,
        employee.number,
        employee.name,
        employee.post_id,
        employee.department_id,
        employee.state,
        employee.start_on,
        employee.candidate_id,
    )


def _step(record: StepRecord) -> StepView:
    done_at = None if record.done_at is None else record.done_at.isoformat()
    return StepView(record.step, record.done_at is not None, done_at, record.done_by, record.count)


def _view(people: People, employee_id: str) -> EmployeeView:
    sheet = people.sheet(employee_id)
    employee = sheet.employee
    return EmployeeView(
        id=employee.id,
        number=employee.number,
        name=employee.name,
        email=employee.email,
        phone=employee.phone,
        post_id=employee.post_id,
        department_id=employee.department_id,
        state=employee.state,
        start_on=employee.start_on,
        contract_months=employee.contract_months,
        contract_ends_on=None if sheet.contract is None else sheet.contract.ends_on,
        probation_months=employee.probation_months,
        probation_ends_on=employee.probation_ends_on,
        card_number=employee.card_number,
        has_face_photo=employee.face_blob_id is not None,
        candidate_id=employee.candidate_id,
        activated_on=employee.activated_on,
        leaves_on=employee.leaves_on,
        left_on=employee.left_on,
        onboarding=[_step(record) for record in sheet.steps],
    )
