"""The explanation letter as HR reads and prints it for a candidate who asked."""

from typing import Any

from litestar import Response, get

from appliance.audit.ledger import record
from appliance.identity.permissions import Permission, requires
from appliance.interviews.report.letter import HEADS, NOT_VALIDATED_FOR_CANDIDATE, Letter, Letters
from appliance.interviews.report.pages import pdf_response
from appliance.interviews.report.words import NOT_VALIDATED
from appliance.kernel.db import Transaction
from appliance.kernel.i18n import LANGUAGES
from appliance.kernel.site import Site
from appliance.kernel.web import FromPath, FromQuery, NamedDependency, WebRequest, page, translator_of

MANAGE = [requires(Permission.INTERVIEWS_MANAGE)]
HIDDEN: Any = {"sync_to_thread": True, "include_in_schema": False}


@get("/interviews/{interview_id:str}/explanation", guards=MANAGE, **HIDDEN)
def show_letter(
    request: WebRequest, interview_id: FromPath[str], interview_letters: NamedDependency[Letters]
) -> Response[str]:
    """The letter in the reader's language, with the way to print it in both."""
    site: Site = request.app.state.site
    language = translator_of(request).language

    def work(tx: Transaction) -> Letter:
        letter = interview_letters.letter(tx, interview_id, language)
        record(tx, request.user, "explanation.read", f"interview:{interview_id}", {"language": language})
        return letter

    return page(
        request,
        "interviews/report_letter.html",
        letter=site.databases.core.write(work),
        interview_id=interview_id,
        heads=HEADS,
        not_validated=NOT_VALIDATED,
        not_validated_why=NOT_VALIDATED_FOR_CANDIDATE,
    )


@get("/interviews/{interview_id:str}/explanation.pdf", guards=MANAGE, **HIDDEN)
def print_letter(
    request: WebRequest,
    interview_id: FromPath[str],
    interview_letters: NamedDependency[Letters],
    language: FromQuery[str] = "",
) -> Response[bytes]:
    """The letter on paper, in the language asked for or the reader's."""
    site: Site = request.app.state.site
    spoken = language if language in LANGUAGES else translator_of(request).language
    core = site.databases.core
    pdf = core.read(lambda tx: interview_letters.explanation(tx, interview_id, spoken))
    core.write(
        lambda tx: record(
            tx, request.user, "explanation.printed", f"interview:{interview_id}", {"language": spoken}
        )
    )
    return pdf_response(pdf, f"explanation-{interview_id}-{spoken}.pdf")


HANDLERS: list[Any] = [show_letter, print_letter]
