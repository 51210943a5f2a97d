"""Choosing candidates of an opening and reading them side by side."""

from typing import Any

from litestar import Response, get

from appliance.identity.permissions import Permission, requires
from appliance.interviews.progress import Progress
from appliance.interviews.report.pages import playing
from appliance.interviews.report.reading import Reports
from appliance.interviews.report.side_by_side import SideBySide, chosen, rows_of
from appliance.interviews.report.words import WORDS
from appliance.kernel.errors import Invalid
from appliance.kernel.web import FromPath, NamedDependency, WebRequest, page

MANAGE = [requires(Permission.INTERVIEWS_MANAGE, Permission.AUDIT_READ)]
"""Whoever sees one candidate by a share or a naming has no business among the others."""


@get("/interviews/compare/{candidate_id:str}", guards=MANAGE, sync_to_thread=True, include_in_schema=False)
def compare(
    request: WebRequest,
    candidate_id: FromPath[str],
    interview_reports: NamedDependency[Reports],
    interview_progress: NamedDependency[Progress],
    side_by_side: NamedDependency[SideBySide],
) -> Response[str]:
    """Two to four candidates of this candidate's opening side by side; the choice of them before."""
    asked = request.query_params.getall("interview", [])
    invalid = Invalid()
    if asked:
        try:
            return _compared(request, candidate_id, interview_reports, side_by_side)
        except Invalid as refused:
            invalid = refused
    return page(
        request,
        "interviews/report_compare_choice.html",
        status=422 if asked else 200,
        candidate_id=candidate_id,
        brief=interview_progress.brief(candidate_id),
        comparable=side_by_side.comparable(candidate_id),
        chosen=asked,
        invalid=invalid,
    )


def _compared(
    request: WebRequest, candidate_id: str, reports: Reports, side_by_side: SideBySide
) -> Response[str]:
    wanted = chosen(request.query_params.getall("interview", []))
    side_by_side.refuse_others(candidate_id, wanted)
    columns = side_by_side.columns(reports.compare(request.user, wanted))
    plays = [playing(request, one.report) for one in columns]
    return page(
        request,
        "interviews/report_compare.html",
        candidate_id=candidate_id,
        columns=columns,
        rows=rows_of(columns),
        may_play=plays[0]["may_play"],
        played=set().union(*(one["played"] for one in plays)),
        **WORDS,
    )


HANDLERS: list[Any] = [compare]
