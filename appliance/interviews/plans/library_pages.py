"""The page of the competency library: what is assessed, by which anchors, with which questions."""

from typing import Any

from litestar import Response, get

from appliance.interviews.pages import HIDDEN
from appliance.interviews.plans.bank import competencies_with
from appliance.interviews.plans.pages import LABELS, PLAN_READ
from appliance.interviews.plans.service import Plans
from appliance.kernel.web import FromQuery, NamedDependency, WebRequest, page


@get("/interviews/library", guards=PLAN_READ, **HIDDEN)
def library(
    request: WebRequest,
    interview_plans: NamedDependency[Plans],
    family: FromQuery[str] = "",
    q: FromQuery[str] = "",
    whole: FromQuery[bool] = False,
) -> Response[str]:
    """The competencies with anchors and questions; `whole` unfolds them all, for paper."""
    chosen = family if family in LABELS["families"] else ""
    return page(
        request,
        "interviews/library.html",
        found=competencies_with(interview_plans.library, chosen, q[:100]),
        library=interview_plans.library,
        family=chosen,
        words=q[:100],
        whole=whole,
        **LABELS,
    )


HANDLERS: list[Any] = [library]
