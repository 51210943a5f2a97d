"""HR's rights desk: the list with deadlines, entering a request, one request with its steps and its answer."""

from enum import StrEnum
from typing import Any, TypeVar

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.copies import Copies
from appliance.interviews.rights.desk import RightsDesk
from appliance.interviews.rights.erasure import Erasures
from appliance.interviews.rights.model import (
    ERASURE_LABELS,
    IDENTIFIED_LABELS,
    KIND_ICONS,
    KIND_LABELS,
    ORIGIN_LABELS,
    STATE_LABELS,
    Identified,
    Origin,
    Outcome,
    RequestKind,
)
from appliance.interviews.rights.showing import STEP_LABELS
from appliance.kernel.errors import N_, Invalid, NotFound
from appliance.kernel.site import Site
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Paging,
    WebRequest,
    form_body,
    page,
    redirect,
    translator_of,
)

MANAGE = [requires(Permission.INTERVIEWS_MANAGE)]
READ = [requires(Permission.INTERVIEWS_MANAGE, Permission.AUDIT_READ)]
HIDDEN: dict[str, Any] = {"sync_to_thread": True, "include_in_schema": False}
FORM: dict[str, Any] = {"dependencies": {"form": form_body()}}
LABELS: dict[str, Any] = {
    "kind_labels": KIND_LABELS,
    "kind_icons": KIND_ICONS,
    "state_labels": STATE_LABELS,
    "origin_labels": ORIGIN_LABELS,
    "identified_labels": IDENTIFIED_LABELS,
    "erasure_labels": ERASURE_LABELS,
    "step_labels": STEP_LABELS,
}
SHOWS = (
    ("open", N_("Still to answer")),
    ("overdue", N_("Overdue")),
    ("answered", N_("Answered")),
    ("all", N_("All")),
)
Choice = TypeVar("Choice", bound=StrEnum)


@get("/interviews/rights", guards=READ, **HIDDEN)
def board(
    request: WebRequest,
    rights_desk: NamedDependency[RightsDesk],
    rights_erasures: NamedDependency[Erasures],
    show: FromQuery[str] = "open",
    page_number: FromQuery[int] = 1,
) -> Response[str]:
    """Requests with their deadlines, the overdue first."""
    chosen = show if show in {key for key, _ in SHOWS} else "open"
    counts = rights_desk.counts()
    counts["all"] = counts["open"] + counts["answered"]
    filters = [(label, f"/interviews/rights?show={key}", key == chosen, counts[key]) for key, label in SHOWS]
    return page(
        request,
        "interviews/rights/board.html",
        found=rights_desk.listed(chosen, Paging(page_number)),
        filters=filters,
        show=chosen,
        waiting=rights_erasures.waiting(),
        policy=rights_desk.policy(),
        **LABELS,
    )


@get("/interviews/rights/new", guards=MANAGE, **HIDDEN)
def entry_form(
    request: WebRequest,
    rights_candidates: NamedDependency[RightsCandidates],
    q: FromQuery[str] = "",
    candidate: FromQuery[str] = "",
) -> Response[str]:
    """Find the person, then enter what they asked for."""
    return _entry(request, rights_candidates, q, candidate)


@post("/interviews/rights/new", guards=MANAGE, **FORM, **HIDDEN)
def enter(
    request: WebRequest,
    rights_desk: NamedDependency[RightsDesk],
    rights_candidates: NamedDependency[RightsCandidates],
    form: NamedDependency[Form],
) -> Response[str]:
    """Enter the request of somebody who wrote or telephoned."""
    candidate_id = form.text("candidate")
    try:
        if not candidate_id:
            raise Invalid({"candidate": N_("Choose the person first.")})
        made, new = rights_desk.enter(
            request.user,
            candidate_id,
            kind=_chosen(form, "kind", RequestKind),
            origin=_chosen(form, "origin", Origin),
            language=form.text("language", default="zh"),
            words=form.text("words"),
            received_on=form.day("received_on"),
        )
    except Invalid as invalid:
        return _entry(
            request, rights_candidates, form.text("q"), candidate_id, status=422, invalid=invalid, form=form
        )
    return redirect(f"/interviews/rights/{made.id}" + ("" if new else "?again=true"))


@get("/interviews/rights/corrections/{interview_id:str}", guards=READ, **HIDDEN)
def corrections(
    request: WebRequest, interview_id: FromPath[str], rights_desk: NamedDependency[RightsDesk]
) -> Response[str]:
    """Transcripts that the candidate corrected, in both versions."""
    brief, found = rights_desk.corrections(request.user, interview_id)
    return page(
        request,
        "interviews/rights/corrections.html",
        brief=brief,
        corrections=found,
        interview_id=interview_id,
    )


@get("/interviews/rights/{request_id:str}", guards=READ, **HIDDEN)
def show_request(
    request: WebRequest,
    request_id: FromPath[str],
    rights_desk: NamedDependency[RightsDesk],
    rights_copies: NamedDependency[Copies],
    rights_erasures: NamedDependency[Erasures],
    rights_candidates: NamedDependency[RightsCandidates],
    again: FromQuery[bool] = False,
) -> Response[str]:
    """One request: what was asked, until when, who answers, every step."""
    return _show(
        request, request_id, rights_desk, rights_copies, rights_erasures, rights_candidates, again=again
    )


@post("/interviews/rights/{request_id:str}/work", guards=MANAGE, **HIDDEN)
def take(
    request: WebRequest, request_id: FromPath[str], rights_desk: NamedDependency[RightsDesk]
) -> Response[str]:
    """Take it into work."""
    rights_desk.take(request.user, request_id)
    return redirect(f"/interviews/rights/{request_id}")


@post("/interviews/rights/{request_id:str}/responsible", guards=MANAGE, **FORM, **HIDDEN)
def assign(
    request: WebRequest,
    request_id: FromPath[str],
    rights_desk: NamedDependency[RightsDesk],
    form: NamedDependency[Form],
) -> Response[str]:
    """Name somebody else responsible."""
    rights_desk.assign(request.user, request_id, form.text("responsible"))
    return redirect(f"/interviews/rights/{request_id}")


@post("/interviews/rights/{request_id:str}/answer", guards=MANAGE, **FORM, **HIDDEN)
def answer(
    request: WebRequest,
    request_id: FromPath[str],
    rights_desk: NamedDependency[RightsDesk],
    rights_copies: NamedDependency[Copies],
    rights_erasures: NamedDependency[Erasures],
    rights_candidates: NamedDependency[RightsCandidates],
    form: NamedDependency[Form],
) -> Response[str]:
    """Grant or refuse, in words for the person."""
    try:
        words = form.text("answer")
        if _chosen(form, "outcome", Outcome) is Outcome.REFUSED:
            rights_desk.refuse(request.user, request_id, words, form.text("legal_ground", max_length=300))
        else:
            rights_desk.grant(request.user, request_id, words)
    except Invalid as invalid:
        return _show(
            request,
            request_id,
            rights_desk,
            rights_copies,
            rights_erasures,
            rights_candidates,
            status=422,
            invalid=invalid,
            form=form,
        )
    return redirect(f"/interviews/rights/{request_id}")


@post("/interviews/rights/{request_id:str}/conversation", guards=MANAGE, **HIDDEN)
def conversation_held(
    request: WebRequest, request_id: FromPath[str], rights_desk: NamedDependency[RightsDesk]
) -> Response[str]:
    """Note that the conversation took place."""
    rights_desk.conversation_held(request.user, request_id)
    return redirect(f"/interviews/rights/{request_id}")


@post("/interviews/rights/{request_id:str}/copy", guards=MANAGE, **FORM, **HIDDEN)
def hand_out_copy(
    request: WebRequest,
    request_id: FromPath[str],
    rights_copies: NamedDependency[Copies],
    form: NamedDependency[Form],
) -> Response[str]:
    """Send the link, and show the code this once."""
    handed = rights_copies.hand_out(request.user, request_id, _chosen(form, "identified", Identified))
    response = page(
        request, "interviews/rights/copy_code.html", request_id=request_id, code=handed.code, **LABELS
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@get("/interviews/rights/{request_id:str}/explanation.pdf", guards=MANAGE, **HIDDEN)
def explanation(
    request: WebRequest, request_id: FromPath[str], rights_desk: NamedDependency[RightsDesk]
) -> Response[bytes]:
    """The letter that explains the assessment, as the person gets it."""
    pdf = rights_desk.explanation(request.user, request_id, translator_of(request).language)
    if pdf is None:
        raise NotFound(N_("There is no assessed interview to explain; answer in your own words."))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="explanation-{request_id}.pdf"',
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _chosen(form: Form, name: str, kind: type[Choice]) -> Choice:
    try:
        return kind(form.text(name))
    except ValueError:
        raise Invalid({name: N_("Choose one of the list.")}) from None


def _entry(
    request: WebRequest,
    candidates: RightsCandidates,
    text: str,
    chosen: str,
    *,
    status: int = 200,
    invalid: Invalid | None = None,
    form: Form | None = None,
) -> Response[str]:
    site: Site = request.app.state.site
    return page(
        request,
        "interviews/rights/entry.html",
        status=status,
        q=text,
        found=candidates.found(text),
        chosen=chosen,
        invalid=invalid or Invalid(),
        kind=form.text("kind") if form else "",
        origin=form.text("origin") if form else Origin.LETTER.value,
        words=form.text("words", max_length=100_000) if form else "",
        chosen_language=form.text("language", default="zh") if form else "zh",
        received_on=form.text("received_on") if form else site.clock.today().isoformat(),
        **LABELS,
    )


def _show(
    request: WebRequest,
    request_id: str,
    desk: RightsDesk,
    copies: Copies,
    erasures: Erasures,
    candidates: RightsCandidates,
    *,
    status: int = 200,
    invalid: Invalid | None = None,
    form: Form | None = None,
    again: bool = False,
) -> Response[str]:
    file = desk.file(request.user, request_id)
    return page(
        request,
        "interviews/rights/request.html",
        status=status,
        file=file,
        asked=file.request,
        erasure=erasures.of_request(request_id),
        hold=erasures.hold(file.request.candidate_id),
        link=copies.state_of(request_id),
        colleagues=candidates.colleagues(),
        may_manage=request.user.may(Permission.INTERVIEWS_MANAGE),
        has_letter=desk.has_letter(file),
        invalid=invalid or Invalid(),
        answer=form.text("answer", max_length=100_000) if form else "",
        legal_ground=form.text("legal_ground", max_length=100_000) if form else "",
        outcome=form.text("outcome") if form else "",
        again=again,
        **LABELS,
    )


HANDLERS: list[Any] = [
    board,
    entry_form,
    enter,
    corrections,
    show_request,
    take,
    assign,
    answer,
    conversation_held,
    hand_out_copy,
    explanation,
]
