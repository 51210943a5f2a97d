"""Declaring groups, and impact reports as a page, as CSV and as JSON."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.validation.impact import FOUR_FIFTHS, Impact, RateKind, is_whole, to_csv
from appliance.interviews.validation.service import Validation
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.forms import MEGABYTE
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    WebRequest,
    form_body,
    page,
    redirect,
)

APPROVE = [requires(Permission.OFFERS_APPROVE)]
READ = [requires(Permission.OFFERS_APPROVE, Permission.AUDIT_READ)]
HIDDEN: Mapping[str, Any] = {"sync_to_thread": True, "include_in_schema": False}
RATES: Mapping[RateKind, str] = {
    RateKind.SELECTION: N_("Taken further by a person"),
    RateKind.SCORING: N_("Scored above the median"),
}


@get("/validation/groups", guards=APPROVE, **HIDDEN)
def groups(request: WebRequest, declared: FromQuery[int] = 0) -> Response[str]:
    """How to declare groups."""
    return page(request, "interviews/validation/groups.html", declared=declared)


@get("/validation/groups.csv", guards=APPROVE, **HIDDEN)
def groups_table(request: WebRequest, interview_validation: NamedDependency[Validation]) -> Response[bytes]:
    """The table to fill in."""
    text = interview_validation.group_template(request.user)
    return _download("\ufeff" + text, "text/csv", "groups.csv")


@post("/validation/groups", guards=APPROVE, dependencies={"form": form_body(4 * MEGABYTE)}, **HIDDEN)
def declare(
    request: WebRequest, form: NamedDependency[Form], interview_validation: NamedDependency[Validation]
) -> Response[str]:
    """Take the filled table."""
    try:
        count = interview_validation.declare(request.user, _table(form))
    except Invalid as invalid:
        return page(request, "interviews/validation/groups.html", status=422, declared=0, invalid=invalid)
    return redirect(f"/validation/groups?declared={count}")


@post("/validation/impact", guards=APPROVE, **HIDDEN)
def make(request: WebRequest, interview_validation: NamedDependency[Validation]) -> Response[str]:
    """Make an impact report of the last twelve months."""
    return redirect(f"/validation/impact/{interview_validation.make_impact(request.user)}")


@get("/validation/impact/{impact_id:str}", guards=READ, **HIDDEN)
def show(
    request: WebRequest, impact_id: FromPath[str], interview_validation: NamedDependency[Validation]
) -> Response[str]:
    """One impact report."""
    impact = interview_validation.impact(request.user, impact_id, "page")
    return page(
        request,
        "interviews/validation/impact.html",
        impact=impact,
        impact_id=impact_id,
        tables=_tables(impact),
        whole=is_whole(impact),
        rates=RATES,
        four_fifths=FOUR_FIFTHS,
    )


@get("/validation/impact/{impact_id:str}/csv", guards=READ, **HIDDEN)
def as_csv(
    request: WebRequest, impact_id: FromPath[str], interview_validation: NamedDependency[Validation]
) -> Response[bytes]:
    """The cells for an auditor's spreadsheet."""
    impact = interview_validation.impact(request.user, impact_id, "csv")
    return _download(to_csv(impact), "text/csv", f"impact-{impact.made_at:%Y%m%d}-{impact.hash[:12]}.csv")


@get("/validation/impact/{impact_id:str}/json", guards=READ, **HIDDEN)
def as_json(
    request: WebRequest, impact_id: FromPath[str], interview_validation: NamedDependency[Validation]
) -> Response[bytes]:
    """The whole report, with its hash, for an auditor's script."""
    impact = interview_validation.impact(request.user, impact_id, "json")
    text = msgspec.json.format(msgspec.json.encode(impact, order="sorted")).decode()
    return _download(text, "application/json", f"impact-{impact.made_at:%Y%m%d}-{impact.hash[:12]}.json")


def _tables(impact: Impact) -> list[tuple[RateKind, tuple[str, ...], list[Any]]]:
    """The cells by rate and kind of group, in the order of the report."""
    found: dict[tuple[RateKind, tuple[str, ...]], list[Any]] = {}
    for cell in impact.cells:
        found.setdefault((cell.kind, cell.attributes), []).append(cell)
    return [(*key, cells) for key, cells in found.items()]


def _table(form: Form) -> str:
    """The pasted table, else the file's text in UTF-8 or as a Chinese spreadsheet writes it."""
    pasted = form.text("table", max_length=4 * MEGABYTE)
    if pasted:
        return pasted
    data = form.file("file").data
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid({"file": N_("This file is no text. Save the table as CSV (UTF-8) and send it again.")})


def _download(text: str, media_type: str, filename: str) -> Response[bytes]:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(text.encode(), media_type=f"{media_type}; charset=utf-8", headers=headers)


HANDLERS: list[Any] = [groups, groups_table, declare, make, show, as_csv, as_json]
