"""The report as a page, as a PDF and as JSON."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get
from markupsafe import Markup

from appliance.identity.permissions import Permission, requires
from appliance.interviews.assessment.assessor import Reports
from appliance.interviews.model import AnswerKind
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.progress import Progress
from appliance.interviews.report.pdf import Heading, report_pdf
from appliance.interviews.report.radar import Axis, radar_svg
from appliance.interviews.report.report import Report
from appliance.interviews.report.words import (
    CONTRADICTIONS,
    EVENTS,
    FIGURES,
    NOT_VALIDATED,
    NOT_VALIDATED_WHY,
    PARTS,
    POINTS,
    REASONS,
    SHARES,
    SIGNS,
    SUGGESTIONS,
    clock_of,
)
from appliance.interviews.validation.scores import VALIDITY_WORDS, WHY_WORDS
from appliance.kernel.i18n import Translator
from appliance.kernel.site import Site
from appliance.kernel.web import FromPath, NamedDependency, WebRequest, page, translator_of

READ = [requires(Permission.INTERVIEWS_READ)]
WORDS: Mapping[str, Any] = {
    "reasons": REASONS,
    "parts": PARTS,
    "signs": SIGNS,
    "points": POINTS,
    "contradiction_words": CONTRADICTIONS,
    "suggestion_words": SUGGESTIONS,
    "figures": FIGURES,
    "shares": SHARES,
    "event_words": EVENTS,
    "not_validated": NOT_VALIDATED,
    "not_validated_why": NOT_VALIDATED_WHY,
    "clock_of": clock_of,
    "validity_words": VALIDITY_WORDS,
    "validity_why": WHY_WORDS,
}


@get("/interviews/{interview_id:str}/report", guards=READ, sync_to_thread=True, include_in_schema=False)
def show_report(
    request: WebRequest,
    interview_id: FromPath[str],
    interview_reports: NamedDependency[Reports],
    interview_progress: NamedDependency[Progress],
) -> Response[str]:
    """The report in the reader's language; each quote plays its second of the recording."""
    report = interview_reports.open(request.user, interview_id)
    translator = translator_of(request)
    may_play = request.user.may(Permission.RECORDINGS_OPEN) or request.user.may(
        Permission.RECORDINGS_OPEN_ASSIGNED
    )
    return page(
        request,
        "interviews/report.html",
        report=report,
        brief=interview_progress.brief(report.candidate_id),
        names={one.id: one.name for one in report.competencies},
        radar=Markup(radar_of(report, translator) or ""),  # noqa: S704 - drawn by radar.py, every label escaped there
        may_play=may_play,
        played={one.answer_id for one in report.answers if one.kind is not AnswerKind.TEXT},
        **WORDS,
    )


@get("/interviews/{interview_id:str}/report.pdf", guards=READ, sync_to_thread=True, include_in_schema=False)
def show_pdf(
    request: WebRequest,
    interview_id: FromPath[str],
    interview_reports: NamedDependency[Reports],
    interview_progress: NamedDependency[Progress],
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
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="interview-report-{interview_id}.pdf"',
    }
    pdf = report_pdf(report, heading, translator, site.settings.font_dirs)
    return Response(pdf, media_type="application/pdf", headers=headers)


@get("/api/v1/interviews/{interview_id:str}/report", guards=READ, sync_to_thread=True, tags=["Interviews"],
     operation_id="InterviewReport", summary="Read an interview's report")  # fmt: skip
def read_report(
    request: WebRequest, interview_id: FromPath[str], interview_reports: NamedDependency[Reports]
) -> Report:
    """The whole report: match and competencies on 0 to 10 with 80 % intervals, levels 1 to 5, quotes with
    seconds of the recording, what needs a person and why, observations, and the versions of everything. 409
    until it is written. `validated` is false until the site's own ratings say otherwise."""
    return interview_reports.open(request.user, interview_id)


def radar_of(report: Report, translator: Translator) -> str | None:
    """The radar in the reader's language."""
    language: Language = "en" if translator.language == "en" else "zh"
    axes = [
        Axis(one.name.get(language), one.score.value if one.score else None) for one in report.competencies
    ]
    return radar_svg(axes, translator.gettext("Competencies"))


HANDLERS: list[Any] = [show_report, show_pdf, read_report]
