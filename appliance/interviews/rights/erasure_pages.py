"""Erasures with their receipts, legal holds, the batch of what was kept long enough, and the site's terms."""

from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.desk import RightsDesk
from appliance.interviews.rights.erasure import Erasures
from appliance.interviews.rights.model import ERASURE_LABELS, ErasureCause, ErasureState
from appliance.interviews.rights.receipt import receipt_pdf
from appliance.interviews.rights.retention import Retention
from appliance.kernel.errors import N_, Conflict, Invalid
from appliance.kernel.site import Site
from appliance.kernel.web import (
    Form,
    FromPath,
    NamedDependency,
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


@post("/interviews/rights/{request_id:str}/erasure", guards=MANAGE, **HIDDEN)
def propose(
    request: WebRequest, request_id: FromPath[str], rights_erasures: NamedDependency[Erasures]
) -> Response[str]:
    """The first person's word."""
    erasure = rights_erasures.propose(request.user, request_id)
    return redirect(f"/interviews/rights/erasures/{erasure.id}")


@get("/interviews/rights/erasures/{erasure_id:str}", guards=READ, **HIDDEN)
def show_erasure(
    request: WebRequest, erasure_id: FromPath[str], rights_erasures: NamedDependency[Erasures]
) -> Response[str]:
    """What will be or was destroyed, who decided, and the receipt."""
    return _show(request, rights_erasures, erasure_id)


@post("/interviews/rights/erasures/{erasure_id:str}/confirmation", guards=MANAGE, **HIDDEN)
def confirm(
    request: WebRequest, erasure_id: FromPath[str], rights_erasures: NamedDependency[Erasures]
) -> Response[str]:
    """The second person's word."""
    rights_erasures.confirm(request.user, erasure_id)
    return redirect(f"/interviews/rights/erasures/{erasure_id}")


@post("/interviews/rights/erasures/{erasure_id:str}/refusal", guards=MANAGE, **FORM, **HIDDEN)
def decline(
    request: WebRequest,
    erasure_id: FromPath[str],
    rights_erasures: NamedDependency[Erasures],
    form: NamedDependency[Form],
) -> Response[str]:
    """Keep the data, with a reason."""
    try:
        rights_erasures.decline(request.user, erasure_id, form.text("answer"))
    except Invalid as invalid:
        return _show(request, rights_erasures, erasure_id, status=422, invalid=invalid)
    return redirect(f"/interviews/rights/erasures/{erasure_id}")


@get("/interviews/rights/erasures/{erasure_id:str}/receipt.pdf", guards=READ, **HIDDEN)
def receipt(
    request: WebRequest, erasure_id: FromPath[str], rights_erasures: NamedDependency[Erasures]
) -> Response[bytes]:
    """The receipt to file."""
    site: Site = request.app.state.site
    erasure = rights_erasures.get(erasure_id)
    if erasure.state is not ErasureState.DONE:
        raise Conflict(N_("There is a receipt once the data are erased."))
    pdf = receipt_pdf(erasure, translator_of(request), site.clock, site.settings.font_dirs)
    headers = {"Content-Disposition": f'attachment; filename="erasure-{erasure.receipt}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@post("/interviews/rights/holds/{candidate_id:str}", guards=MANAGE, **FORM, **HIDDEN)
def place_hold(
    request: WebRequest,
    candidate_id: FromPath[str],
    rights_erasures: NamedDependency[Erasures],
    form: NamedDependency[Form],
) -> Response[str]:
    """Forbid the erasure of a person's data for now, or allow it again."""
    if form.flag("lift"):
        rights_erasures.lift_hold(request.user, candidate_id)
    else:
        rights_erasures.place_hold(request.user, candidate_id, form.text("answer"))
    back = form.text("request")
    return redirect(f"/interviews/rights/{back}" if back else "/interviews/rights")


@get("/interviews/rights/retention", guards=READ, **HIDDEN)
def batch(
    request: WebRequest,
    rights_erasures: NamedDependency[Erasures],
    rights_desk: NamedDependency[RightsDesk],
) -> Response[str]:
    """What was kept long enough and waits for a person's word."""
    return _batch(request, rights_erasures, rights_desk)


@post("/interviews/rights/retention", guards=MANAGE, **FORM, **HIDDEN)
def confirm_batch(
    request: WebRequest,
    rights_retention: NamedDependency[Retention],
    rights_erasures: NamedDependency[Erasures],
    rights_desk: NamedDependency[RightsDesk],
    form: NamedDependency[Form],
) -> Response[str]:
    """Erase those that were ticked."""
    try:
        rights_retention.confirm(request.user, form.texts("erasures"))
    except Invalid as invalid:
        return _batch(request, rights_erasures, rights_desk, status=422, invalid=invalid)
    return redirect("/interviews/rights/retention")


@get("/interviews/rights/terms", guards=MANAGE, **HIDDEN)
def terms_form(
    request: WebRequest,
    rights_desk: NamedDependency[RightsDesk],
    rights_candidates: NamedDependency[RightsCandidates],
) -> Response[str]:
    """How long an answer may take, how long data are kept, who answers."""
    policy = rights_desk.policy()
    values = (str(policy.answer_days), str(policy.keep_months), policy.responsible_id)
    return _terms(request, rights_candidates, values)


@post("/interviews/rights/terms", guards=MANAGE, **FORM, **HIDDEN)
def change_terms(
    request: WebRequest,
    rights_desk: NamedDependency[RightsDesk],
    rights_candidates: NamedDependency[RightsCandidates],
    form: NamedDependency[Form],
) -> Response[str]:
    """Change the terms for requests to come."""
    try:
        rights_desk.set_policy(
            request.user,
            answer_days=form.integer("answer_days"),
            keep_months=form.integer("keep_months"),
            responsible=form.text("responsible"),
        )
    except Invalid as invalid:
        values = (form.text("answer_days"), form.text("keep_months"), form.text("responsible"))
        return _terms(request, rights_candidates, values, status=422, invalid=invalid)
    return redirect("/interviews/rights")


def _show(
    request: WebRequest,
    erasures: Erasures,
    erasure_id: str,
    *,
    status: int = 200,
    invalid: Invalid | None = None,
) -> Response[str]:
    erasure = erasures.get(erasure_id)
    names = {one.id: name for one, name in erasures.waiting()}
    return page(
        request,
        "interviews/rights/erasure.html",
        status=status,
        erasure=erasure,
        manifest=erasure.read_manifest() if erasure.state is ErasureState.DONE else None,
        name=names.get(erasure_id, ""),
        labels=ERASURE_LABELS,
        may_confirm=request.user.may(Permission.INTERVIEWS_MANAGE) and erasure.proposed_by != request.user.id,
        may_manage=request.user.may(Permission.INTERVIEWS_MANAGE),
        invalid=invalid or Invalid(),
    )


def _batch(
    request: WebRequest,
    erasures: Erasures,
    desk: RightsDesk,
    *,
    status: int = 200,
    invalid: Invalid | None = None,
) -> Response[str]:
    return page(
        request,
        "interviews/rights/retention.html",
        status=status,
        found=erasures.waiting(ErasureCause.RETENTION),
        policy=desk.policy(),
        may_manage=request.user.may(Permission.INTERVIEWS_MANAGE),
        invalid=invalid or Invalid(),
    )


def _terms(
    request: WebRequest,
    candidates: RightsCandidates,
    values: tuple[str, str, str],
    *,
    status: int = 200,
    invalid: Invalid | None = None,
) -> Response[str]:
    return page(
        request,
        "interviews/rights/terms.html",
        status=status,
        values=values,
        colleagues=candidates.colleagues(),
        invalid=invalid or Invalid(),
    )


HANDLERS: list[Any] = [
    propose,
    show_erasure,
    confirm,
    decline,
    receipt,
    place_hold,
    batch,
    confirm_batch,
    terms_form,
    change_terms,
]
