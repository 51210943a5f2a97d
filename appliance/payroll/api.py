"""Pay records for scripts, under /api/v1."""

from datetime import date
from decimal import Decimal

from litestar import Controller, get, post
from msgspec import Struct

from appliance.identity.permissions import Permission, requires
from appliance.kernel.web import (
    FromPath,
    FromQuery,
    JSONBody,
    NamedDependency,
    PageNumber,
    PageSize,
    WebRequest,
    translator_of,
)
from appliance.payroll.service import Payroll, RecordLine
from appliance.payroll.views import RecordView, record_view


class RecordRow(Struct, frozen=True):
    """A pay record in a list; ``gross`` is the running month's wage in yuan, null when not computed."""

    id: str
    employee_id: str
    number: str
    name: str
    starts_on: date
    closed_on: date | None
    month: str
    gross: Decimal | None


class RecordList(Struct, frozen=True):
    """A page of pay records by employee number."""

    items: list[RecordRow]
    total: int
    page: int
    size: int


class WageBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Another wage from a day on, in yuan, and why."""

    effective_from: date
    monthly_wage: Decimal
    reason: str


class PayrollApi(Controller):
    """Pay records."""

    path = "/api/v1/payroll/records"
    tags = ["Payroll"]

    @get(
        "/",
        guards=[requires(Permission.PAYROLL_READ)],
        sync_to_thread=True,
        operation_id="list_pay_records",
        summary="List pay records with the running month's wage",
    )
    def list_records(
        self,
        payroll: NamedDependency[Payroll],
        q: FromQuery[str] = "",
        page: PageNumber = 1,
        size: PageSize = 50,
    ) -> RecordList:
        """A page of records."""
        lines, total = payroll.lines(search=q.strip()[:100], page=page, size=size)
        return RecordList([_row(line) for line in lines], total, page, size)

    @get(
        "/{employee_id:str}",
        guards=[requires(Permission.PAYROLL_READ)],
        sync_to_thread=True,
        operation_id="get_pay_record",
        summary="One pay record with a month's pay, every figure explained",
        description="`month` is written 2026-11 and defaults to the running one. A figure that lacks an "
        "input has no value and says why in `not_computed`. The look is noted in the ledger.",
    )
    def get_record(
        self,
        request: WebRequest,
        payroll: NamedDependency[Payroll],
        employee_id: FromPath[str],
        month: FromQuery[str] = "",
    ) -> RecordView:
        """The record."""
        sheet = payroll.sheet(request.user, employee_id, month)
        employee = sheet.employee
        return record_view(sheet.record, employee.number, employee.name, sheet.pay, translator_of(request))

    @post(
        "/{employee_id:str}/wages",
        guards=[requires(Permission.PAYROLL_WRITE)],
        sync_to_thread=True,
        operation_id="change_wage",
        summary="Agree another wage from a day on",
    )
    def change_wage(
        self,
        request: WebRequest,
        payroll: NamedDependency[Payroll],
        employee_id: FromPath[str],
        data: JSONBody[WageBody],
    ) -> RecordView:
        """The record with the new segment and the month in which it begins."""
        payroll.change_wage(
            request.user,
            employee_id,
            effective_from=data.effective_from,
            monthly_wage=data.monthly_wage,
            reason=data.reason,
        )
        sheet = payroll.sheet(request.user, employee_id, data.effective_from.isoformat()[:7])
        employee = sheet.employee
        return record_view(sheet.record, employee.number, employee.name, sheet.pay, translator_of(request))


def _row(line: RecordLine) -> RecordRow:
    return RecordRow(
        id=line.record.id,
        employee_id=line.employee.id,
        number=line.employee.number,
        name=line.employee.name,
        starts_on=line.record.starts_on,
        closed_on=line.record.closed_on,
        month=f"{line.pay.year}-{line.pay.month:02d}",
        gross=line.pay.gross.value,
    )
