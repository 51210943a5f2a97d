"""Pages of pay records."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import Invalid
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
from appliance.payroll.model import SEGMENT_LABELS
from appliance.payroll.service import Payroll
from appliance.payroll.views import record_view

PAGE_SIZE = 25

PageNumber = Annotated[int, QueryParameter(name="page_number", ge=1, le=100_000)]


class PayrollPages(Controller):
    """The list, one record, another wage."""

    path = "/payroll"
    include_in_schema = False

    @get("/", guards=[requires(Permission.PAYROLL_READ)], sync_to_thread=True)
    def records(
        self,
        request: WebRequest,
        payroll: NamedDependency[Payroll],
        q: FromQuery[str] = "",
        page_number: PageNumber = 1,
    ) -> Response[str]:
        """Pay records with the running month's wage."""
        lines, total = payroll.lines(search=q.strip()[:100], page=page_number, size=PAGE_SIZE)
        return page(
            request,
            "payroll/records.html",
            records=Page(items=lines, total=total, page=page_number, size=PAGE_SIZE),
            q=q,
            segment_labels=SEGMENT_LABELS,
            this_day=payroll.today(),
        )

    @get("/{employee_id:str}", guards=[requires(Permission.PAYROLL_READ)], sync_to_thread=True)
    def record(
        self,
        request: WebRequest,
        payroll: NamedDependency[Payroll],
        employee_id: FromPath[str],
        month: FromQuery[str] = "",
    ) -> Response[str]:
        """One record and a month's pay."""
        return _record_page(request, payroll, employee_id, month, Form(values={}), None)

    @post(
        "/{employee_id:str}/wages",
        guards=[requires(Permission.PAYROLL_WRITE)],
        dependencies={"form": form_body()},
        sync_to_thread=True,
    )
    def change_wage(
        self,
        request: WebRequest,
        payroll: NamedDependency[Payroll],
        form: NamedDependency[Form],
        employee_id: FromPath[str],
    ) -> Response[str]:
        """Agree another wage from a day on."""
        try:
            payroll.change_wage(
                request.user,
                employee_id,
                effective_from=form.day("effective_from"),
                monthly_wage=form.decimal("monthly_wage"),
                reason=form.text("reason", required=True),
            )
        except Invalid as invalid:
            return _record_page(request, payroll, employee_id, "", form, invalid)
        return redirect(f"/payroll/{employee_id}")


def _record_page(
    request: WebRequest, payroll: Payroll, employee_id: str, month: str, form: Form, invalid: Invalid | None
) -> Response[str]:
    sheet = payroll.sheet(request.user, employee_id, month)
    employee = sheet.employee
    names = payroll.books.rules.scopes().get(sheet.record.scope, (sheet.record.scope, sheet.record.scope))
    translator = translator_of(request)
    return page(
        request,
        "payroll/record.html",
        status=200 if invalid is None else invalid.status,
        record=record_view(sheet.record, employee.number, employee.name, sheet.pay, translator),
        place=names[1] if translator.language == "en" else names[0],
        previous_month=_neighbour(sheet.pay.year, sheet.pay.month, -1),
        following_month=_neighbour(sheet.pay.year, sheet.pay.month, 1),
        segment_labels=SEGMENT_LABELS,
        form=form,
        **({} if invalid is None else {"invalid": invalid}),
    )


def _neighbour(year: int, month: int, step: int) -> str:
    moved, zero_based = divmod(year * 12 + month - 1 + step, 12)
    return f"{moved}-{zero_based + 1:02d}"
