"""Openings, candidates and offers for scripts: /api/v1/openings, /api/v1/candidates, /api/v1/offers."""

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, get, post, put
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import QueryParameter

from appliance.identity.permissions import Permission, requires
from appliance.kernel.forms import MEGABYTE
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    JSONBody,
    NamedDependency,
    Page,
    PageNumber,
    PageSize,
    Paging,
    WebRequest,
    form_body,
    translator_of,
)
from appliance.recruiting.api_model import (
    CandidateDetail,
    CandidateOut,
    DecisionIn,
    OfferIn,
    OfferOut,
    OpeningIn,
    OpeningOut,
    OpeningStateIn,
    ReasonIn,
    ReceivedOut,
    candidate_out,
    detail_out,
    offer_out,
    opening_out,
)
from appliance.recruiting.applications import IncomingFile
from appliance.recruiting.model import (
    CandidateFilter,
    CandidateState,
    OfferTerms,
    Opening,
    OpeningDraft,
    OpeningState,
    Source,
)
from appliance.recruiting.service import Recruiting

RESUME_BYTES = 11 * MEGABYTE
TAGS = ["Recruiting"]


@dataclass
class ResumeUpload(Operation):
    """Describes the multipart body, which Litestar cannot see: the bytes never touch a disk in clear."""

    def __post_init__(self) -> None:
        """Adds the request body and the refusals."""
        file = Schema(
            type=OpenAPIType.STRING,
            content_media_type="application/octet-stream",
            description="PDF, DOCX, HTML or text, at most 10 MB",
        )
        email = Schema(type=OpenAPIType.STRING, description="the candidate's address, if known")
        body = Schema(type=OpenAPIType.OBJECT, required=["file"], properties={"file": file, "email": email})
        self.request_body = RequestBody(
            content={"multipart/form-data": OpenAPIMediaType(schema=body)}, required=True
        )
        for status, text in (
            ("413", "larger than 11 MB"),
            ("422", "surely no resume: empty, a picture, an archive"),
        ):
            (self.responses or {}).setdefault(status, OpenAPIResponse(description=text))


class OpeningApi(Controller):
    """Openings and the resumes that come in for them."""

    path = "/api/v1/openings"
    tags = TAGS

    @post(
        "/",
        guards=[requires(Permission.OPENINGS_WRITE)],
        operation_id="createOpening",
        summary="Draft or open an opening",
        sync_to_thread=True,
    )
    def create(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], data: JSONBody[OpeningIn]
    ) -> OpeningOut:
        """A new opening for a post. Example: `{"post_id": "…", "title_zh": "Java开发工程师", "description":
        "3年以上Java开发经验、熟悉微服务架构", "state": "open"}` reads two requirements and publishes the page."""
        draft = OpeningDraft(
            post_id=data.post_id,
            title_zh=data.title_zh,
            title_en=data.title_en,
            description=data.description,
            requirements=data.requirements,
        )
        opening = recruiting.openings.draft(request.user, draft)
        if data.state is OpeningState.open:
            opening = recruiting.openings.move(request.user, opening.id, OpeningState.open)
        return _out(recruiting, opening)

    @get(
        "/",
        guards=[requires(Permission.OPENINGS_READ)],
        operation_id="listOpenings",
        summary="List openings",
        sync_to_thread=True,
    )
    def listed(
        self,
        recruiting: NamedDependency[Recruiting],
        in_state: Annotated[OpeningState | None, QueryParameter(name="state")] = None,
        number: PageNumber = 1,
        size: PageSize = 50,
    ) -> Page[OpeningOut]:
        """Openings, newest first."""
        found = recruiting.openings.listed(in_state)
        paging = Paging(number, size)
        items = found[paging.offset : paging.offset + size]
        return Page([_out(recruiting, opening) for opening in items], len(found), number, size)

    @get(
        "/{opening_id:str}",
        guards=[requires(Permission.OPENINGS_READ)],
        operation_id="getOpening",
        summary="One opening",
        sync_to_thread=True,
    )
    def show(self, recruiting: NamedDependency[Recruiting], opening_id: FromPath[str]) -> OpeningOut:
        """One opening; 404 when there is none."""
        return _out(recruiting, recruiting.openings.get(opening_id))

    @put(
        "/{opening_id:str}/state",
        guards=[requires(Permission.OPENINGS_WRITE)],
        operation_id="moveOpening",
        summary="Publish or close an opening",
        sync_to_thread=True,
    )
    def move(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        opening_id: FromPath[str],
        data: JSONBody[OpeningStateIn],
    ) -> OpeningOut:
        """`open` publishes the page, `closed` ends it; 409 when the opening is in another state."""
        return _out(recruiting, recruiting.openings.move(request.user, opening_id, data.state))

    @post(
        "/{opening_id:str}/resumes",
        guards=[requires(Permission.CANDIDATES_WRITE)],
        operation_id="sendResume",
        summary="Send a resume for an opening",
        sync_to_thread=True,
        dependencies={"form": form_body(RESUME_BYTES)},
        operation_class=ResumeUpload,
    )
    def send_resume(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        opening_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> ReceivedOut:
        """Multipart with the field `file` (and `email` where known). The answer comes once the file is stored;
        reading and screening follow as jobs: poll `GET /api/v1/candidates/{id}` until `state` is `screened` or
        `problem` says why not."""
        file = form.file("file")
        received = recruiting.applications.receive_resume(
            request.user,
            opening_id,
            IncomingFile(file.filename, file.content_type, file.data),
            source=Source.hr,
            email=form.text("email", max_length=200),
        )
        return ReceivedOut(received.candidate_id, received.document_id, received.duplicate)


class CandidateApi(Controller):
    """Candidates and what a person decides about them."""

    path = "/api/v1/candidates"
    tags = TAGS

    @get(
        "/",
        guards=[requires(Permission.CANDIDATES_READ)],
        operation_id="listCandidates",
        summary="List candidates",
        sync_to_thread=True,
    )
    def listed(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        in_state: Annotated[CandidateState | None, QueryParameter(name="state")] = None,
        opening_id: FromQuery[str] = "",
        text: Annotated[str, QueryParameter(name="q", description="part of name, e-mail or telephone")] = "",
        number: PageNumber = 1,
        size: PageSize = 50,
    ) -> Page[CandidateOut]:
        """Candidates, newest first."""
        wanted = CandidateFilter(state=in_state, opening_id=opening_id, text=text)
        found = recruiting.candidates.board(wanted, offset=Paging(number, size).offset, limit=size)
        translator = translator_of(request)
        return Page([candidate_out(item, translator) for item in found.items], found.total, number, size)

    @get(
        "/{candidate_id:str}",
        guards=[requires(Permission.CANDIDATES_READ)],
        operation_id="getCandidate",
        summary="One candidate with screening, decisions and offers",
        sync_to_thread=True,
    )
    def show(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], candidate_id: FromPath[str]
    ) -> CandidateDetail:
        """The candidate's file; looking at it is noted in the ledger. 404 when there is none."""
        return detail_out(recruiting.candidates.open_file(request.user, candidate_id), translator_of(request))

    @post(
        "/{candidate_id:str}/decision",
        guards=[requires(Permission.CANDIDATES_DECIDE)],
        operation_id="decideCandidate",
        summary="Decide about a candidate, with a reason",
        status_code=200,
        sync_to_thread=True,
    )
    def decide(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
        data: JSONBody[DecisionIn],
    ) -> CandidateOut:
        """Example: `{"decision": "offer", "reason": "All must-haves met, clear answers."}`. 409 when the
        candidate's state does not allow it, 403 for a token that stands for no person."""
        recruiting.pipeline.decide(request.user, candidate_id, data.decision, data.reason)
        return candidate_out(recruiting.candidates.get(candidate_id), translator_of(request))

    @post(
        "/{candidate_id:str}/withdrawal",
        guards=[requires(Permission.CANDIDATES_DECIDE)],
        operation_id="withdrawCandidate",
        summary="Note that the candidate does not want to go on",
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
    ) -> CandidateOut:
        """409 once an offer was approved."""
        candidate = recruiting.pipeline.withdraw(request.user, candidate_id)
        return candidate_out(candidate, translator_of(request))

    @post(
        "/{candidate_id:str}/offer",
        guards=[requires(Permission.OFFERS_WRITE)],
        operation_id="writeOffer",
        summary="Write an offer, which waits for a second person",
        sync_to_thread=True,
    )
    def write_offer(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        candidate_id: FromPath[str],
        data: JSONBody[OfferIn],
    ) -> OfferOut:
        """Example: `{"monthly_wage": "15000.00", "start_on": "2026-12-01", "contract_months": 36,
        "probation_months": 3}`. 422 names the field: wage under the post's floor, probation longer than the
        Labour Contract Law art. 19 allows. 409 before the decision to make an offer."""
        terms = OfferTerms(
            monthly_wage=data.monthly_wage,
            start_on=data.start_on,
            contract_months=data.contract_months,
            probation_months=data.probation_months,
            card_number=data.card_number,
        )
        return offer_out(recruiting.offers.write_offer(request.user, candidate_id, terms))


class OfferApi(Controller):
    """Offers and the second person's word on them."""

    path = "/api/v1/offers"
    tags = TAGS

    @get(
        "/",
        guards=[requires(Permission.OFFERS_READ)],
        operation_id="listWaitingOffers",
        summary="Offers that wait for a second person",
        sync_to_thread=True,
    )
    def waiting(self, recruiting: NamedDependency[Recruiting]) -> list[OfferOut]:
        """Oldest first."""
        return [offer_out(offer) for offer, _ in recruiting.offers.waiting()]

    @post(
        "/{offer_id:str}/approval",
        guards=[requires(Permission.OFFERS_APPROVE)],
        operation_id="approveOffer",
        summary="Approve an offer as the second person",
        status_code=200,
        sync_to_thread=True,
    )
    def approve(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], offer_id: FromPath[str]
    ) -> OfferOut:
        """The candidate is hired: the employee file, terminals and pay follow by themselves. 403 for whoever wrote
        the offer."""
        return offer_out(recruiting.offers.approve_offer(request.user, offer_id))

    @post(
        "/{offer_id:str}/return",
        guards=[requires(Permission.OFFERS_APPROVE)],
        operation_id="returnOffer",
        summary="Send an offer back with a reason",
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        offer_id: FromPath[str],
        data: JSONBody[ReasonIn],
    ) -> OfferOut:
        """The maker writes it anew. 403 for whoever wrote it."""
        return offer_out(recruiting.offers.return_offer(request.user, offer_id, data.reason))


def _out(recruiting: Recruiting, opening: Opening) -> OpeningOut:
    return opening_out(opening, recruiting.openings.wording(opening.description))
