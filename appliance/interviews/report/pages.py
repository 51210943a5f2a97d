"""The report as a page, as a PDF and as JSON, and what stands there before it is written."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get
from markupsafe import Markup

from appliance.identity.permissions import Permission, requires
from appliance.interviews.integrity.events import timeline
from appliance.interviews.integrity.words import TIMELINE_WORDS
from appliance.interviews.model import AnswerKind
from appliance.interviews.pages import LABELS as PROGRESS_LABELS
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.progress import Progress
from appliance.interviews.report.comments import Comments
from appliance.interviews.report.model import Comment
from appliance.interviews.report.norming import Norms
from appliance.interviews.report.pdf import Heading, report_pdf
from appliance.interviews.report.radar import Axis, radar_svg
from appliance.interviews.report.reading import NotWritten, Reports
from appliance.interviews.report.report import Report
from appliance.interviews.report.sharing import RATING_PATH, Shares
from appliance.interviews.report.words import WORDS, held_back, observed_events
from appliance.kernel.i18n import Translator
from appliance.kernel.site import Site
from appliance.kernel.web import (
    FromPath,
    NamedDependency,
    WebRequest,
    fragment,
    page,
    translator_of,
)

READ = [requires(Permission.INTERVIEWS_READ)]
HIDDEN: Mapping[str, Any] = {"sync_to_thread": True, "include_in_schema": False}


@get("/interviews/{interview_id:str}/report", guards=READ, **HIDDEN)
def show_report(
    request: WebRequest,
    interview_id: FromPath[str],
    interview_reports: NamedDependency[Reports],
    interview_progress: NamedDependency[Progress],
    report_comments: NamedDependency[Comments],
    report_norms: NamedDependency[Norms],
    report_shares: NamedDependency[Shares],
) -> Response[str]:
    """The report in the reader's language; each quote plays its second of the recording. Before it is written:
    how far it is."""
    try:
        report = interview_reports.open(request.user, interview_id)
    except NotWritten as unwritten:
        return _waiting(request, interview_progress, interview_id, unwritten)
    translator = translator_of(request)
    site: Site = request.app.state.site
    return page(
        request,
        "interviews/report.html",
        report=report,
        brief=interview_progress.brief(report.candidate_id),
        names={one.id: one.name for one in report.competencies},
        radar=Markup(radar_of(report, translator) or ""),  # noqa: S704 - drawn by radar.py, every label escaped there
        comments=by_place(report_comments.of(request.user, interview_id)),
        may_comment=_may_comment(request),
        may_manage=request.user.may(Permission.INTERVIEWS_MANAGE),
        places=report_norms.places(report),
        timeline=site.databases.core.read(lambda tx: timeline(tx, interview_id)),
        timeline_words=TIMELINE_WORDS,
        observed=observed_events(report),
        rating_path=RATING_PATH,
        held=held_back(report),
        **playing(request, report),
        **WORDS,
    )


@get("/interviews/{interview_id:str}/report/progress", guards=READ, **HIDDEN)
def report_progress(
    request: WebRequest,
    interview_id: FromPath[str],
    interview_reports: NamedDependency[Reports],
    interview_progress: NamedDependency[Progress],
) -> Response[str]:
    """How far the report is, asked again and again by its page, which loads itself anew when it is there."""
    try:
        interview_reports.look(request.user, interview_id)
    except NotWritten as unwritten:
        found = interview_progress.of(interview_id)
        return fragment(
            request,
            "interviews/report_progress.html",
            progress=found,
            unwritten=unwritten,
            **PROGRESS_LABELS,
        )
    return Response("", headers={"HX-Refresh": "true"}, media_type="text/html")


@get("/interviews/{interview_id:str}/report.pdf", guards=READ, **HIDDEN)
def show_pdf(
    request: WebRequest,
    interview_id: FromPath[str],
    interview_reports: NamedDependency[Reports],
    interview_progress: NamedDependency[Progress],
    report_norms: NamedDependency[Norms],
) -> Response[bytes]:
    """The printable report."""
    report = interview_reports.open(request.user, interview_id)
    site: Site = request.app.state.site
    translator = translator_of(request)
    brief = interview_progress.brief(report.candidate_id)
    heading = Heading(
        name=brief.name,
        post=brief.post(translator.language),
        written_at=translator.moment(report.written_at, site.clock.zone),
    )
    pdf = report_pdf(report, heading, translator, site.settings.font_dirs, report_norms.places(report))
    return pdf_response(pdf, f"interview-report-{interview_id}.pdf")


@get("/api/v1/interviews/{interview_id:str}/report", guards=READ, sync_to_thread=True, tags=["Interviews"],
     operation_id="InterviewReport", summary="Read an interview's report")  # fmt: skip
def read_report(
    request: WebRequest, interview_id: FromPath[str], interview_reports: NamedDependency[Reports]
) -> Report:
    """The whole report: match and competencies on 0 to 10 with 80 % intervals, levels 1 to 5, quotes with
    seconds of the recording, what needs a person and why, observations, and the versions of everything. 409
    until it is written, 410 after an erasure. `validated` is false until the site's own ratings say
    otherwise; `scores_hidden` tells that this account has to rate the answers first."""
    return interview_reports.open(request.user, interview_id)


def playing(request: WebRequest, report: Report) -> Mapping[str, Any]:
    """What a template needs to make quotes play: whether this account may, and which answers were recorded.
    Whoever holds only the right to assigned recordings is named here or reads a share: both may play."""
    user = request.user
    return {
        "may_play": user.may(Permission.RECORDINGS_OPEN) or user.may(Permission.RECORDINGS_OPEN_ASSIGNED),
        "played": {one.answer_id for one in report.answers if one.kind is not AnswerKind.TEXT},
    }


def radar_of(report: Report, translator: Translator) -> str | None:
    """The radar in the reader's language."""
    language: Language = "en" if translator.language == "en" else "zh"
    axes = [
        Axis(one.name.get(language), one.score.value if one.score else None) for one in report.competencies
    ]
    return radar_svg(axes, translator.gettext("Competencies"))


def by_place(comments: list[Comment]) -> Mapping[tuple[str, int], list[Comment]]:
    """Comments under the answer and sentence that they stand beside; ("", 0) for the whole report."""
    found: dict[tuple[str, int], list[Comment]] = {}
    for one in comments:
        found.setdefault((one.answer_id, one.sentence), []).append(one)
    return found


def pdf_response(pdf: bytes, filename: str) -> Response[bytes]:
    """A PDF to keep; nothing on the way stores it."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{filename}"',
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _may_comment(request: WebRequest) -> bool:
    """An auditor reads every report and writes nothing; everybody else who reads one may comment."""
    user = request.user
    return user.may(Permission.INTERVIEWS_MANAGE) or not user.may(Permission.AUDIT_READ)


def _waiting(
    request: WebRequest, progress: Progress, interview_id: str, unwritten: NotWritten
) -> Response[str]:
    return page(
        request,
        "interviews/report_waiting.html",
        progress=progress.of(interview_id),
        unwritten=unwritten,
        **PROGRESS_LABELS,
    )


HANDLERS: list[Any] = [show_report, report_progress, show_pdf, read_report]
