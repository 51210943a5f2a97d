"""The pages where HR sees and edits an opening's questions, the bank beside them.

Adding, moving and taking away change the form alone (`arrange`); only `save` changes the plan.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.invitations.desk import RecruitingDesk
from appliance.interviews.model import AnswerKind, FollowUpMode, InterviewPlan
from appliance.interviews.pages import HIDDEN, KINDS, MANAGE
from appliance.interviews.plans.bank import SHOWN, BankFilter, search
from appliance.interviews.plans.drafts import MOST_QUESTIONS, from_bank
from appliance.interviews.plans.forms import Row, drafts_of, moved, read_rows, row_of, total_s
from appliance.interviews.plans.service import PlanChanged, Plans, mark
from appliance.interviews.plans.starters import FAMILIES, starter
from appliance.interviews.plans.timing import PROMISED_S, plan_s
from appliance.kernel.errors import N_, Invalid, Message, MusterError
from appliance.kernel.site import Site
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    WebRequest,
    form_body,
    fragment,
    is_htmx,
    page,
    redirect,
    translator_of,
)

PLAN_READ = [requires(Permission.INTERVIEWS_READ)]

FAMILY_LABELS: Mapping[str, str] = {"bank": N_("Bank"), "hospital": N_("Hospital"), "office": N_("Office")}
SENIORITIES: Mapping[str, str] = {
    "entry": N_("Starting out"),
    "experienced": N_("With experience"),
    "lead": N_("Leading others"),
}
MODES: Mapping[str, str] = {
    FollowUpMode.NONE: N_("No follow-up"),
    FollowUpMode.FIXED: N_("From the list"),
    FollowUpMode.ADAPTIVE: N_("From the answer"),
}
INTENT_LABELS: Mapping[str, str] = {
    "situation": N_("The situation"),
    "task": N_("The task"),
    "action": N_("What they did"),
    "own_part": N_("Their own part"),
    "result": N_("The result"),
    "reflection": N_("What they learned"),
}
FIELD_LABELS: Mapping[str, str] = {
    "text_zh": N_("Question in Chinese"),
    "text_en": N_("Question in English"),
    "kind": N_("Answered by"),
    "prepare_s": N_("Time to think, s"),
    "answer_s": N_("Time to answer, s"),
    "retakes": N_("New starts"),
    "competencies": N_("What the answer shows"),
    "follow_up": N_("Follow-up"),
    "most_follow_ups": N_("Follow-ups at most"),
    "follow_ups": N_("Listed follow-ups"),
}
LABELS: Mapping[str, Any] = {
    "field_labels": FIELD_LABELS,
    "kinds": KINDS,
    "families": FAMILY_LABELS,
    "seniorities": SENIORITIES,
    "modes": MODES,
    "intents": INTENT_LABELS,
    "promised_s": PROMISED_S,
    "plan_s": plan_s,
}


class Arranged(msgspec.Struct, frozen=True, kw_only=True):
    """The rows after something was done to them: which one to look at (from 1; 0 none), and what to say."""

    rows: Sequence[Row]
    at: int = 0
    said: str | Message = ""


@get("/plans", guards=PLAN_READ, **HIDDEN)
def listed(
    request: WebRequest,
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """Every opening's plan."""
    return page(
        request,
        "interviews/plans.html",
        plans=interview_plans.newest(),
        titles=interview_desk.titles(translator_of(request).language),
        may_manage=request.user.may(Permission.INTERVIEWS_MANAGE),
        **LABELS,
    )


@get("/plans/{opening_id:str}", guards=MANAGE, **HIDDEN)
def edit(
    request: WebRequest,
    opening_id: FromPath[str],
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
    saved: FromQuery[str] = "",
) -> Response[str]:
    """The questions of one opening, the bank beside them."""
    plan = interview_plans.for_opening(request.user, opening_id)
    rows = [row_of(question) for question in plan.questions]
    return _edit_page(request, plan, interview_plans, interview_desk, rows, saved=bool(saved))


@get("/plans/{opening_id:str}/bank", guards=MANAGE, **HIDDEN)
def bank(
    request: WebRequest,
    opening_id: FromPath[str],
    interview_plans: NamedDependency[Plans],
    competency: FromQuery[str] = "",
    family: FromQuery[str] = "",
    seniority: FromQuery[str] = "",
    words: FromQuery[str] = "",
    shown: FromQuery[int] = SHOWN,
) -> Response[str]:
    """The bank's questions that fit the filter, for the place beside the plan."""
    wanted = BankFilter(competency=competency, family=family, seniority=seniority, words=words[:100])
    return fragment(
        request,
        "interviews/plans_bank.html",
        **_bank_context(interview_plans, opening_id, wanted, shown),
        **LABELS,
    )


@post("/plans/{opening_id:str}/arranging", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def arrange(
    request: WebRequest,
    opening_id: FromPath[str],
    form: NamedDependency[Form],
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """Add, move or take away a question in the form; nothing is saved."""
    rows = read_rows(form)
    done = _arranged(request, interview_plans, rows, form.text("do"), form.text("start_from"))
    plan = interview_plans.for_opening(request.user, opening_id)
    if not is_htmx(request):
        seen = form.text("seen")
        return _edit_page(request, plan, interview_plans, interview_desk, done.rows, seen=seen, done=done)
    return fragment(
        request,
        "interviews/plans_rows.html",
        done=done,
        opening_id=opening_id,
        invalid=Invalid(),
        **_rows_context(request, interview_plans, done.rows),
    )


@post("/plans/{opening_id:str}", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def save(
    request: WebRequest,
    opening_id: FromPath[str],
    form: NamedDependency[Form],
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """Save the questions; a plan in use gets a next version."""
    rows, seen = read_rows(form), form.text("seen")
    try:
        interview_plans.save(request.user, opening_id, drafts_of(rows), seen=seen)
    except (Invalid, PlanChanged) as problem:
        plan = interview_plans.for_opening(request.user, opening_id)
        # Who has been told that somebody else saved may save over it, knowingly.
        seen = mark(plan) if isinstance(problem, PlanChanged) else seen
        return _edit_page(
            request, plan, interview_plans, interview_desk, rows, seen=seen, problem=problem, saved=False
        )
    return redirect(f"/plans/{opening_id}?saved=1")


def _arranged(request: WebRequest, plans: Plans, rows: list[Row], verb: str, start_from: str) -> Arranged:
    name, _, value = verb.partition(":")
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 3 else 0
    if name in {"up", "down"}:
        by = -1 if name == "up" else 1
        at = min(max(number + by, 1), len(rows))
        return Arranged(
            rows=moved(rows, number, by),
            at=at,
            said=Message(N_("Question %(number)d is now number %(at)d."), {"number": number, "at": at}),
        )
    if name == "remove":
        left = [row for place, row in enumerate(rows, 1) if place != number]
        said = Message(N_("Question %(number)d is taken out. It is gone once you save."), {"number": number})
        return Arranged(rows=left, at=min(number, len(left)), said=said)
    if name == "start":
        return _started(request, plans, rows, start_from)
    if name in {"add", "blank"} and len(rows) >= MOST_QUESTIONS:
        return Arranged(
            rows=rows, said=Message(N_("A plan has 1 to %(most)d questions."), {"most": MOST_QUESTIONS})
        )
    source = plans.library.questions.get(value) if name == "add" else None
    if source is not None and any(row.id == source.id for row in rows):
        return Arranged(rows=rows, said=N_("This question is in the plan already."))
    if source is not None:
        added = row_of(from_bank(source, AnswerKind.VIDEO))
    elif name == "blank":
        added = Row()
    else:
        return Arranged(rows=rows)
    at = len(rows) + 1
    return Arranged(
        rows=[*rows, added], at=at, said=Message(N_("Added as question %(number)d."), {"number": at})
    )


def _started(request: WebRequest, plans: Plans, rows: list[Row], start_from: str) -> Arranged:
    """The rows of a template, or of another opening's plan, in place of these."""
    name, _, value = start_from.partition(":")
    family = next((one for one in FAMILIES if name == "family" and one == value), None)
    if family is not None:
        questions = starter(plans.library, family)
    elif name == "opening":
        other = next((plan for plan in plans.newest() if plan.opening_id == value), None)
        questions = other.questions if other else ()
    else:
        questions = ()
    if not questions:
        return Arranged(rows=rows, said=N_("Choose what to start from."))
    said = N_("These questions stand in place of the ones before. Nothing is saved yet.")
    return Arranged(rows=[row_of(question) for question in questions], at=1, said=said)


def _rows_context(request: WebRequest, plans: Plans, rows: Sequence[Row]) -> dict[str, Any]:
    site: Site = request.app.state.site
    return {
        "rows": rows,
        "least_s": total_s(rows)[0],
        "most_s": total_s(rows)[1],
        "most": MOST_QUESTIONS,
        "competencies": list(plans.library.competencies.values()),
        "adapts": site.settings.follow_ups_adapt,
        **LABELS,
    }


def _bank_context(plans: Plans, opening_id: str, wanted: BankFilter, shown: int) -> dict[str, Any]:
    found = search(plans.library, wanted)
    return {
        "opening_id": opening_id,
        "wanted": wanted,
        "found": found[: max(shown, SHOWN)],
        "total": len(found),
        "more": min(max(shown, SHOWN) + SHOWN, len(found)),
        "names": plans.library.competencies,
    }


def _edit_page(
    request: WebRequest,
    plan: InterviewPlan,
    plans: Plans,
    desk: RecruitingDesk,
    rows: Sequence[Row],
    *,
    seen: str = "",
    done: Arranged | None = None,
    problem: MusterError | None = None,
    saved: bool = False,
) -> Response[str]:
    titles = desk.titles(translator_of(request).language)
    return page(
        request,
        "interviews/plans_edit.html",
        status=problem.status if problem else 200,
        plan=plan,
        title=titles.get(plan.opening_id, ""),
        others=[
            (one.opening_id, titles[one.opening_id])
            for one in plans.newest()
            if one.opening_id != plan.opening_id and one.opening_id in titles
        ],
        seen=seen or mark(plan),
        done=done or Arranged(rows=rows),
        changed=problem if isinstance(problem, PlanChanged) else None,
        saved=saved,
        invalid=problem if isinstance(problem, Invalid) else Invalid(),
        **_rows_context(request, plans, rows),
        **_bank_context(plans, plan.opening_id, BankFilter(), SHOWN),
    )


HANDLERS: list[Any] = [listed, edit, bank, arrange, save]
