"""Pages of candidates: the board, one person's file, and what a person does about it."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.forms import MEGABYTE
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Page,
    Paging,
    WebRequest,
    form_body,
    page,
    redirect,
)
from appliance.recruiting.applications import IncomingFile
from appliance.recruiting.board_filters import BoardQuery, chips
from appliance.recruiting.model import (
    CANDIDATE_TRANSITIONS,
    DECISION_LABELS,
    NEXT_STEP,
    OVER,
    STATE_LABELS,
    CandidateState,
    DecisionKind,
)
from appliance.recruiting.offer_pages import terms_of
from appliance.recruiting.reading_messages import HIDDEN_LABELS, WARNING_LABELS, problem_message
from appliance.recruiting.service import Recruiting
from appliance.recruiting.showing import (
    DEGREE_LABELS,
    KIND_LABELS,
    NECESSITY_LABELS,
    OFFER_LABELS,
    PROPOSAL_LABELS,
    PROTECTED_LABELS,
    STATE_TONES,
    VERDICT_LABELS,
    WHY_LABELS,
    marked_text,
    timeline,
)

RESUME_BYTES = 11 * MEGABYTE
TABS = ("resume", "requirements", "interview", "offer", "timeline")
READ = [requires(Permission.CANDIDATES_READ)]
WRITE = [requires(Permission.CANDIDATES_WRITE)]
DECIDE = [requires(Permission.CANDIDATES_DECIDE)]
LABELS: Mapping[str, Any] = {
    "state_labels": STATE_LABELS,
    "state_tones": STATE_TONES,
    "next_step": NEXT_STEP,
    "proposal_labels": PROPOSAL_LABELS,
    "verdict_labels": VERDICT_LABELS,
    "why_labels": WHY_LABELS,
    "kind_labels": KIND_LABELS,
    "necessity_labels": NECESSITY_LABELS,
    "degree_labels": DEGREE_LABELS,
    "protected_labels": PROTECTED_LABELS,
    "offer_labels": OFFER_LABELS,
    "decision_labels": DECISION_LABELS,
    "warning_labels": WARNING_LABELS,
    "hidden_labels": HIDDEN_LABELS,
    "problem_message": problem_message,
}


class CandidatePages(Controller):
    """The board and one candidate's file."""

    path = "/candidates"
    include_in_schema = False

    @get("/", guards=READ, sync_to_thread=True)
    def board(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        q: FromQuery[str] = "",
        in_state: Annotated[str, QueryParameter(name="state")] = "",
        opening: FromQuery[str] = "",
        order: FromQuery[str] = "newest",
        page_number: FromQuery[int] = 1,
    ) -> Response[str]:
        """Who is new, who waits for me, what went wrong; the filter stands in the address."""
        query = BoardQuery(text=q, state=in_state, opening=opening, order=order)
        paging = Paging(max(1, page_number))
        found = recruiting.candidates.board(query.wanted(), offset=paging.offset, limit=paging.size)
        return page(
            request,
            "recruiting/board.html",
            candidates=Page(found.items, found.total, paging.number, paging.size),
            openings=found.openings,
            query=query,
            filters=chips(query, found.counts),
            **LABELS,
        )

    @get("/{candidate_id:str}", guards=READ, sync_to_thread=True)
    def show(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
        tab: FromQuery[str] = "resume",
    ) -> Response[str]:
        """The file; looking at it is noted."""
        return candidate_page(request, recruiting, candidate_id, tab)

    @post(
        "/{candidate_id:str}/decision", guards=DECIDE, sync_to_thread=True, dependencies={"form": form_body()}
    )
    def decide(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """A decision with its reason."""
        try:
            kind = _decision(form.text("decision", required=True))
            recruiting.pipeline.decide(request.user, candidate_id, kind, form.text("reason"))
        except Invalid as invalid:
            tab = form.text("tab") or "resume"
            return candidate_page(request, recruiting, candidate_id, tab, form=form, invalid=invalid)
        return redirect(f"/candidates/{candidate_id}" + ("?tab=offer" if kind is DecisionKind.offer else ""))

    @post(
        "/{candidate_id:str}/withdrawal",
        guards=DECIDE,
        sync_to_thread=True,
    )
    def withdraw(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
    ) -> Response[str]:
        """The candidate does not want to go on."""
        recruiting.pipeline.withdraw(request.user, candidate_id)
        return redirect(f"/candidates/{candidate_id}")

    @post(
        "/{candidate_id:str}/contact", guards=WRITE, sync_to_thread=True, dependencies={"form": form_body()}
    )
    def correct_contact(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """Name and address put right."""
        try:
            recruiting.candidates.correct_contact(
                request.user,
                candidate_id,
                name=form.text("name"),
                email=form.text("email"),
                phone=form.text("phone"),
            )
        except Invalid as invalid:
            return candidate_page(request, recruiting, candidate_id, "resume", form=form, invalid=invalid)
        return redirect(f"/candidates/{candidate_id}")

    @post(
        "/{candidate_id:str}/resume",
        guards=WRITE,
        sync_to_thread=True,
        dependencies={"form": form_body(RESUME_BYTES)},
    )
    def replace_resume(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """A better file, or the text typed in."""
        try:
            if form.text("text", max_length=100_000):
                text = form.text("text", max_length=100_000)
                recruiting.applications.type_resume(request.user, candidate_id, text)
            else:
                file = form.file("file")
                incoming = IncomingFile(file.filename, file.content_type, file.data)
                recruiting.applications.replace_resume(request.user, candidate_id, incoming)
        except Invalid as invalid:
            return candidate_page(request, recruiting, candidate_id, "resume", form=form, invalid=invalid)
        return redirect(f"/candidates/{candidate_id}")

    @post(
        "/{candidate_id:str}/offer",
        guards=[requires(Permission.OFFERS_WRITE)],
        sync_to_thread=True,
        dependencies={"form": form_body()},
    )
    def write_offer(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """The offer, which then waits for a second person."""
        try:
            recruiting.offers.write_offer(request.user, candidate_id, terms_of(form))
        except Invalid as invalid:
            return candidate_page(request, recruiting, candidate_id, "offer", form=form, invalid=invalid)
        return redirect(f"/candidates/{candidate_id}?tab=offer")


class ResumePages(Controller):
    """The original file."""

    path = "/resumes"
    include_in_schema = False

    @get("/{document_id:str}", guards=READ, sync_to_thread=True)
    def original(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], document_id: FromPath[str]
    ) -> Response[bytes]:
        """The bytes as they came, to be saved and never shown in the page: the file is a stranger's."""
        document, data = recruiting.applications.original(request.user, document_id)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.filename)}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(data, media_type="application/octet-stream", headers=headers)


def candidate_page(
    request: WebRequest,
    recruiting: Recruiting,
    candidate_id: str,
    tab: str,
    *,
    form: Form | None = None,
    invalid: Invalid | None = None,
) -> Response[str]:
    """The candidate's file at a tab; with ``invalid`` a form of it that came back."""
    file = recruiting.candidates.open_file(request.user, candidate_id)
    results = file.screening.result.results if file.screening else []
    document = file.document
    segments = marked_text(document.text, document.extraction, results) if document.extraction else []
    moves = CANDIDATE_TRANSITIONS[file.candidate.state]
    return page(
        request,
        "recruiting/candidate.html",
        status=422 if invalid else 200,
        file=file,
        candidate=file.candidate,
        results=results,
        segments=segments,
        tab=tab if tab in TABS else "resume",
        timeline=timeline(file.timeline),
        term=recruiting.vocabulary.shown,
        wage_floor=recruiting.offers.wage_floor(file.opening.post_id),
        can_decide=_possible_decisions(file.candidate.state),
        can_withdraw=CandidateState.withdrawn in moves,
        can_replace=file.candidate.state in (CandidateState.applied, CandidateState.screened),
        is_over=file.candidate.state in OVER,
        form=form or Form({}),
        **({"invalid": invalid} if invalid else {}),
        **LABELS,
    )


def _possible_decisions(state: CandidateState) -> list[DecisionKind]:
    moves = CANDIDATE_TRANSITIONS[state]
    wanted = (
        (DecisionKind.second_round, CandidateState.second_round),
        (DecisionKind.offer, CandidateState.offered),
        (DecisionKind.reject, CandidateState.rejected),
    )
    return [kind for kind, to in wanted if to in moves]


def _decision(text: str) -> DecisionKind:
    try:
        return DecisionKind(text)
    except ValueError:
        raise Invalid({"decision": N_("Choose one of the decisions.")}) from None
