"""The page where HR sees and edits an opening's questions."""

from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.invitations.desk import RecruitingDesk
from appliance.interviews.model import AnswerKind, InterviewPlan
from appliance.interviews.pages import HIDDEN, KINDS, MANAGE
from appliance.interviews.plans.service import MOST_QUESTIONS, Plans, QuestionDraft
from appliance.kernel.errors import Invalid
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

FIELDS = ("id", "kind", "text_zh", "text_en", "prepare_s", "answer_s", "retakes", "competencies")
PLAN_READ = [requires(Permission.INTERVIEWS_READ)]


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
        kinds=KINDS,
    )


@get("/plans/{opening_id:str}", guards=MANAGE, **HIDDEN)
def edit(
    request: WebRequest,
    opening_id: FromPath[str],
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """The questions of one opening, with an empty place for one more."""
    plan = interview_plans.for_opening(request.user, opening_id)
    rows = [_values(draft) for draft in _drafts_of(plan)]
    return _edit_page(request, plan, interview_plans, interview_desk, rows)


@post("/plans/{opening_id:str}", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def save(
    request: WebRequest,
    opening_id: FromPath[str],
    form: NamedDependency[Form],
    interview_plans: NamedDependency[Plans],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """Save the questions; a plan in use gets a next version."""
    rows = [
        _row(form, number) for number in range(1, MOST_QUESTIONS + 2) if f"text_zh.{number}" in form.values
    ]
    kept = [row for row in rows if row["text_zh"] or row["text_en"]]
    try:
        drafts = [_draft(number, row) for number, row in enumerate(kept, 1)]
        interview_plans.save(request.user, opening_id, drafts)
    except Invalid as invalid:
        plan = interview_plans.for_opening(request.user, opening_id)
        return _edit_page(request, plan, interview_plans, interview_desk, kept, status=422, invalid=invalid)
    return redirect(f"/plans/{opening_id}")


def _edit_page(
    request: WebRequest,
    plan: InterviewPlan,
    plans: Plans,
    desk: RecruitingDesk,
    rows: list[dict[str, Any]],
    *,
    status: int = 200,
    invalid: Invalid | None = None,
) -> Response[str]:
    return page(
        request,
        "interviews/plans_edit.html",
        status=status,
        plan=plan,
        title=desk.titles(translator_of(request).language).get(plan.opening_id, ""),
        rows=rows,
        most=MOST_QUESTIONS,
        competencies=list(plans.library.competencies.values()),
        kinds=KINDS,
        invalid=invalid or Invalid(),
    )


def _drafts_of(plan: InterviewPlan) -> list[QuestionDraft]:
    return [
        QuestionDraft(
            id=one.id,
            kind=one.kind,
            text_zh=one.text_zh,
            text_en=one.text_en,
            competencies=one.competencies,
            prepare_s=one.prepare_s,
            answer_s=one.answer_s,
            retakes=one.retakes,
        )
        for one in plan.questions
    ]


def _values(draft: QuestionDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in FIELDS} | {"kind": draft.kind.value}


def _row(form: Form, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {name: form.text(f"{name}.{number}") for name in FIELDS}
    row["competencies"] = tuple(form.texts(f"competencies.{number}"))
    return row


def _draft(number: int, row: dict[str, Any]) -> QuestionDraft:
    """A row of the form as a draft; numbers are read here so that each error stands at its own field."""
    single = Form(
        {f"questions.{number}.{name}": [str(row[name])] for name in ("prepare_s", "answer_s", "retakes")}
    )
    kind = row["kind"] if row["kind"] in set(AnswerKind) else AnswerKind.VIDEO
    return QuestionDraft(
        id=row["id"],
        kind=AnswerKind(kind),
        text_zh=row["text_zh"],
        text_en=row["text_en"],
        competencies=row["competencies"],
        prepare_s=single.integer(f"questions.{number}.prepare_s", default=30),
        answer_s=single.integer(f"questions.{number}.answer_s", default=120),
        retakes=single.integer(f"questions.{number}.retakes", default=1),
    )


HANDLERS: list[Any] = [listed, edit, save]
