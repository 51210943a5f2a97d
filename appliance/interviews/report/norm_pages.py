"""Importing and removing norm files of the trade."""

from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.report.norm_file import MOST_BYTES
from appliance.interviews.report.norming import Norms
from appliance.interviews.report.norms import LEAST_PEOPLE
from appliance.kernel.errors import Invalid
from appliance.kernel.web import Form, FromPath, NamedDependency, WebRequest, form_body, page, redirect

MANAGE = [requires(Permission.INTERVIEWS_MANAGE)]
HIDDEN: Any = {"sync_to_thread": True, "include_in_schema": False}


@get("/norms", guards=MANAGE, **HIDDEN)
def show_norms(request: WebRequest, report_norms: NamedDependency[Norms]) -> Response[str]:
    """What was imported, and the form to import."""
    return _norms(request, report_norms, Invalid())


@post("/norms", guards=MANAGE, dependencies={"form": form_body(MOST_BYTES)}, **HIDDEN)
def import_norms(
    request: WebRequest, form: NamedDependency[Form], report_norms: NamedDependency[Norms]
) -> Response[str]:
    """Import a file."""
    try:
        file = form.file("file")
        report_norms.take(request.user, file.filename, file.data)
    except Invalid as invalid:
        return _norms(request, report_norms, invalid, status=422)
    return redirect("/norms")


@post("/norms/{norm_id:str}/removal", guards=MANAGE, **HIDDEN)
def remove_norms(
    request: WebRequest, norm_id: FromPath[str], report_norms: NamedDependency[Norms]
) -> Response[str]:
    """Remove a file."""
    report_norms.remove(request.user, norm_id)
    return redirect("/norms")


def _norms(request: WebRequest, norms: Norms, invalid: Invalid, *, status: int = 200) -> Response[str]:
    return page(
        request,
        "interviews/report_norms.html",
        status=status,
        files=norms.files(),
        names=norms.names(),
        least=LEAST_PEOPLE,
        invalid=invalid,
    )


HANDLERS: list[Any] = [show_norms, import_norms, remove_norms]
