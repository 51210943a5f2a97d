"""The pages of a plan's versions: the list, one version to read, and what changed between two."""

from typing import Any

from litestar import Response, get

from appliance.identity.permissions import Permission
from appliance.interviews.invitations.desk import RecruitingDesk
from appliance.interviews.pages import HIDDEN
from appliance.interviews.plans.pages import LABELS, PLAN_READ
from appliance.interviews.plans.service import Plans
from appliance.interviews.plans.versions import compare
from appliance.kernel.web import FromPath, FromQuery, NamedDependency, WebRequest, page, translator_of


@get("/plans/{opening_id:str}/versions", guards=PLAN_READ, **HIDDEN)
def versions(
    request: WebRequest,
    opening_id: FromPath[str],
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """Every version, newest first."""
    return page(
        request,
        "interviews/plans_versions.html",
        versions=interview_plans.versions(opening_id),
        **_context(request, opening_id, interview_desk),
    )


@get("/plans/{opening_id:str}/versions/{number:int}", guards=PLAN_READ, **HIDDEN)
def version(
    request: WebRequest,
    opening_id: FromPath[str],
    number: FromPath[int],
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """One version, to read."""
    return page(
        request,
        "interviews/plans_version.html",
        plan=interview_plans.numbered(opening_id, number),
        names=interview_plans.library.competencies,
        **_context(request, opening_id, interview_desk),
    )


@get("/plans/{opening_id:str}/comparison", guards=PLAN_READ, **HIDDEN)
def comparison(
    request: WebRequest,
    opening_id: FromPath[str],
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
    before: FromQuery[int] = 0,
    after: FromQuery[int] = 0,
) -> Response[str]:
    """What the version `after` changed against `before`; without them the newest against the one before it."""
    known = [one.plan for one in interview_plans.versions(opening_id)]
    newest = known[0].number if known else 0
    later = interview_plans.numbered(opening_id, after or newest)
    earlier = interview_plans.numbered(opening_id, before or max(later.number - 1, 1))
    return page(
        request,
        "interviews/plans_comparison.html",
        versions=known,
        before=earlier,
        after=later,
        changes=compare(earlier.questions, later.questions),
        names=interview_plans.library.competencies,
        **_context(request, opening_id, interview_desk),
    )


def _context(request: WebRequest, opening_id: str, desk: RecruitingDesk) -> dict[str, Any]:
    return {
        "opening_id": opening_id,
        "title": desk.titles(translator_of(request).language).get(opening_id, ""),
        "may_manage": request.user.may(Permission.INTERVIEWS_MANAGE),
        **LABELS,
    }


HANDLERS: list[Any] = [versions, version, comparison]
