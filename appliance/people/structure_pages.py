"""The page of departments and posts."""

from decimal import Decimal

from litestar import Controller, Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import Conflict, Invalid, Message
from appliance.kernel.web import Form, NamedDependency, WebRequest, form_body, page, redirect
from appliance.people.service import People


class StructurePages(Controller):
    """Departments with their posts, and the two forms that open new ones."""

    path = "/departments"
    include_in_schema = False

    @get("/", guards=[requires(Permission.EMPLOYEES_READ)], sync_to_thread=True)
    def departments(self, request: WebRequest, people: NamedDependency[People]) -> Response[str]:
        """All departments and posts."""
        return _structure_page(request, people, Form(values={}), None)

    @post(
        "/",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        dependencies={"form": form_body()},
        sync_to_thread=True,
    )
    def open_department(
        self, request: WebRequest, people: NamedDependency[People], form: NamedDependency[Form]
    ) -> Response[str]:
        """Open a department."""
        try:
            people.structure.add_department(
                request.user,
                code=form.text("code", required=True),
                name_zh=form.text("name_zh"),
                name_en=form.text("name_en"),
            )
        except Invalid as invalid:
            return _structure_page(request, people, form, invalid)
        except Conflict as taken:
            return _structure_page(
                request, people, form, Invalid({"code": Message(taken.message, taken.params)})
            )
        return redirect("/departments")

    @post(
        "/posts",
        guards=[requires(Permission.EMPLOYEES_WRITE)],
        dependencies={"form": form_body()},
        sync_to_thread=True,
    )
    def open_post(
        self, request: WebRequest, people: NamedDependency[People], form: NamedDependency[Form]
    ) -> Response[str]:
        """Open a post."""
        try:
            people.structure.add_post(
                request.user,
                title_zh=form.text("title_zh"),
                title_en=form.text("title_en"),
                family=form.text("family"),
                department_id=form.text("department_id", required=True),
                wage_floor=_floor(form),
                default_shift_code=form.text("default_shift_code"),
            )
        except Invalid as invalid:
            return _structure_page(request, people, form, invalid)
        return redirect("/departments")


def _floor(form: Form) -> Decimal | None:
    return form.decimal("wage_floor") if form.text("wage_floor") else None


def _structure_page(
    request: WebRequest, people: People, form: Form, invalid: Invalid | None
) -> Response[str]:
    posts = people.structure.posts()
    departments = people.structure.departments()
    return page(
        request,
        "people/departments.html",
        status=200 if invalid is None else invalid.status,
        departments=departments,
        posts_of={
            department.id: [post for post in posts if post.department_id == department.id]
            for department in departments
        },
        headcount=people.structure.headcount(),
        form=form,
        **({} if invalid is None else {"invalid": invalid}),
    )
