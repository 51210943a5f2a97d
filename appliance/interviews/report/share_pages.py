"""Sharing a report, and what was shared with the reader."""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.progress import Progress
from appliance.interviews.report.reading import NotWritten
from appliance.interviews.report.sharing import USUAL, Shares
from appliance.kernel.errors import N_, Conflict, Invalid, NotFound
from appliance.kernel.site import Site
from appliance.kernel.web import Form, FromPath, NamedDependency, WebRequest, form_body, page, redirect

READ = [requires(Permission.INTERVIEWS_READ)]
MANAGE = [requires(Permission.INTERVIEWS_MANAGE)]
HIDDEN: Any = {"sync_to_thread": True, "include_in_schema": False}
HOUR = timedelta(hours=1)
LASTS = (
    (1, N_("1 hour")),
    (4, N_("4 hours")),
    (24, N_("1 day")),
    (48, N_("2 days")),
    (168, N_("7 days")),
    (336, N_("14 days")),
)
"""Hours to choose from; the verb itself takes any time between one hour and 14 days."""


@get("/interviews/{interview_id:str}/sharing", guards=MANAGE, **HIDDEN)
def show_sharing(
    request: WebRequest,
    interview_id: FromPath[str],
    report_shares: NamedDependency[Shares],
    interview_progress: NamedDependency[Progress],
) -> Response[str]:
    """Who was given the report, and the form to give it."""
    return _sharing(request, interview_id, report_shares, interview_progress, Invalid())


@post("/interviews/{interview_id:str}/sharing", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def share_report(
    request: WebRequest,
    interview_id: FromPath[str],
    form: NamedDependency[Form],
    report_shares: NamedDependency[Shares],
    interview_progress: NamedDependency[Progress],
) -> Response[str]:
    """Share with an account."""
    try:
        report_shares.share(
            request.user,
            interview_id,
            form.text("account_id", max_length=64),
            HOUR * min(max(form.integer("lasts", default=USUAL // HOUR), 0), 10_000),
            rate_first=form.flag("rate_first"),
        )
    except NotWritten:
        raise
    except (Invalid, Conflict) as refused:
        invalid = refused if isinstance(refused, Invalid) else Invalid({"account_id": refused.message})
        return _sharing(request, interview_id, report_shares, interview_progress, invalid, form, status=422)
    return redirect(f"/interviews/{interview_id}/sharing")


@post("/interviews/{interview_id:str}/sharing/{share_id:str}/end", guards=MANAGE, **HIDDEN)
def end_share(
    request: WebRequest,
    interview_id: FromPath[str],
    share_id: FromPath[str],
    report_shares: NamedDependency[Shares],
) -> Response[str]:
    """Take a share back."""
    report_shares.revoke(request.user, interview_id, share_id)
    return redirect(f"/interviews/{interview_id}/sharing")


@get("/shared-reports", guards=READ, **HIDDEN)
def shared_with_me(
    request: WebRequest,
    report_shares: NamedDependency[Shares],
    interview_progress: NamedDependency[Progress],
) -> Response[str]:
    """The reports that are open to the reader, first to end first. Names and posts alone: opening a report is
    an act with a ledger row of its own."""
    found = []
    for share in report_shares.with_me(request.user):
        try:
            found.append((share, interview_progress.of(share.interview_id).brief))
        except NotFound:
            continue
    return page(request, "interviews/report_shared.html", shared=found)


def _sharing(
    request: WebRequest,
    interview_id: str,
    shares: Shares,
    progress: Progress,
    invalid: Invalid,
    form: Form | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    site: Site = request.app.state.site
    found = shares.of(interview_id)
    accounts = shares.choice()
    return page(
        request,
        "interviews/report_sharing.html",
        status=status,
        interview_id=interview_id,
        brief=progress.of(interview_id).brief,
        shares=found,
        accounts=accounts,
        called=dict(accounts),
        lasts=LASTS,
        chosen=form.text("account_id") if form else "",
        chosen_lasts=form.text("lasts") if form else USUAL // HOUR,
        rate_first=form.flag("rate_first") if form else True,
        link=f"{site.settings.url}/interviews/{interview_id}/report",
        invalid=invalid,
    )


HANDLERS: list[Any] = [show_sharing, share_report, end_share, shared_with_me]
