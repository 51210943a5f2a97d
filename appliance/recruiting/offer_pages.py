"""Offers that wait for a second person, and reading an offer's form."""

from litestar import Controller, Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import Invalid
from appliance.kernel.web import Form, FromPath, NamedDependency, WebRequest, form_body, page, redirect
from appliance.recruiting.model import OfferTerms
from appliance.recruiting.service import Recruiting

READ = [requires(Permission.OFFERS_READ)]
APPROVE = [requires(Permission.OFFERS_APPROVE)]


class ApprovalPages(Controller):
    """The list of offers that wait, and the second person's word."""

    path = "/approvals"
    include_in_schema = False

    @get("/", guards=READ, sync_to_thread=True)
    def approvals(self, request: WebRequest, recruiting: NamedDependency[Recruiting]) -> Response[str]:
        """Offers that wait, oldest first."""
        return _approvals(request, recruiting)

    @post("/{offer_id:str}/approval", guards=APPROVE, sync_to_thread=True)
    def approve(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], offer_id: FromPath[str]
    ) -> Response[str]:
        """Yes: everything else follows."""
        try:
            offer = recruiting.offers.approve_offer(request.user, offer_id)
        except Invalid as invalid:
            return _approvals(request, recruiting, invalid)
        return redirect(f"/candidates/{offer.candidate_id}?tab=timeline")

    @post("/{offer_id:str}/return", guards=APPROVE, sync_to_thread=True, dependencies={"form": form_body()})
    def send_back(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        offer_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """No, with a reason."""
        try:
            recruiting.offers.return_offer(request.user, offer_id, form.text("reason"))
        except Invalid as invalid:
            return _approvals(request, recruiting, invalid)
        return redirect("/approvals")


def terms_of(form: Form) -> OfferTerms:
    """The terms of an offer's form. Raises ``Invalid`` naming the field."""
    months = form.integer("contract_months", default=0)
    return OfferTerms(
        monthly_wage=form.decimal("monthly_wage"),
        start_on=form.day("start_on"),
        contract_months=months or None,
        probation_months=form.integer("probation_months", default=0),
        card_number=form.text("card_number") or None,
    )


def _approvals(request: WebRequest, recruiting: Recruiting, invalid: Invalid | None = None) -> Response[str]:
    openings = {opening.id: opening for opening in recruiting.openings.listed()}
    return page(
        request,
        "recruiting/approvals.html",
        status=422 if invalid else 200,
        waiting=recruiting.offers.waiting(),
        openings=openings,
        invalid=invalid or Invalid(),
    )
