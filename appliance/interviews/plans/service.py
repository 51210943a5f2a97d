"""Plans: the questions of an opening, in versions; a version that an interview uses never changes."""

from collections.abc import Sequence

import msgspec

from appliance.audit import ledger
from appliance.interviews.model import AnswerKind, InterviewPlan, Question
from appliance.interviews.plans import store as plan_store
from appliance.interviews.plans.rubrics import Question as BankQuestion
from appliance.interviews.plans.rubrics import RubricLibrary
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Invalid, Message, NotFound
from appliance.kernel.ids import new_id

DEFAULT_QUESTIONS = (
    ("team_work.disagreement", AnswerKind.VIDEO),
    ("problem_solving.recurring", AnswerKind.VOICE),
    ("integrity_and_compliance.own_mistake", AnswerKind.TEXT),
)
"""What a new opening starts with: one question of each kind, on what every post needs."""

MOST_QUESTIONS = 12
PREPARE_S = (0, 300)
ANSWER_S = (20, 900)
RETAKES = (0, 3)
LONGEST_TEXT = 600


class QuestionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A question as HR writes it. Without `id` it is a new one; times in seconds."""

    kind: AnswerKind
    text_zh: str
    text_en: str
    competencies: tuple[str, ...] = ()
    prepare_s: int = 30
    answer_s: int = 120
    retakes: int = 1
    id: str = ""


class Plans:
    """The plans of the site. `library` holds the competencies and the question bank."""

    def __init__(self, core: Database, library: RubricLibrary) -> None:
        self._core = core
        self.library = library

    def for_opening(self, actor: Actor, opening_id: str) -> InterviewPlan:
        """The opening's newest version; an opening without a plan gets the default one."""
        known = self._core.read(lambda tx: plan_store.current_plan(tx, opening_id))
        return known or self._core.write(lambda tx: self.ensure(tx, actor, opening_id))

    def ensure(self, tx: Transaction, actor: Actor, opening_id: str) -> InterviewPlan:
        """`for_opening` inside the caller's transaction."""
        known = plan_store.current_plan(tx, opening_id)
        if known is not None:
            return known
        plan = InterviewPlan(
            id=new_id(),
            plan_id=new_id(),
            opening_id=opening_id,
            number=1,
            questions=self.default_questions(),
            created_at=tx.now,
            created_by=actor.id,
        )
        plan_store.add_plan(tx, plan)
        ledger.record(
            tx, actor, "plan.created", f"plan:{plan.plan_id}", {"opening": opening_id, "version": 1}
        )
        return plan

    def version(self, plan_version_id: str) -> InterviewPlan:
        """One version. Raises `NotFound`."""
        plan = self._core.read(lambda tx: plan_store.plan_version(tx, plan_version_id))
        if plan is None:
            raise NotFound(N_("There is no such plan. It may have been removed with its opening."))
        return plan

    def newest(self) -> list[InterviewPlan]:
        """The newest version of every plan."""
        return self._core.read(plan_store.current_plans)

    def save(self, actor: Actor, opening_id: str, drafts: Sequence[QuestionDraft]) -> InterviewPlan:
        """Set the opening's questions: in the newest version while nobody uses it, else as the next version.

        Raises `Invalid` naming the question's field, such as `questions.2.text_en`.
        """
        questions = self._checked(drafts)

        def work(tx: Transaction) -> InterviewPlan:
            current = self.ensure(tx, actor, opening_id)
            if current.frozen_at is None:
                plan_store.replace_questions(tx, current.id, questions)
                plan = msgspec.structs.replace(current, questions=questions)
            else:
                plan = msgspec.structs.replace(
                    current,
                    id=new_id(),
                    number=current.number + 1,
                    questions=questions,
                    created_at=tx.now,
                    created_by=actor.id,
                    frozen_at=None,
                )
                plan_store.add_plan(tx, plan)
            details = {"version": plan.number, "questions": len(questions)}
            ledger.record(tx, actor, "plan.saved", f"plan:{plan.plan_id}", details)
            return plan

        return self._core.write(work)

    def default_questions(self) -> tuple[Question, ...]:
        """One video, one voice and one text question of the bank (its first ones where a site has
        changed it)."""
        bank = list(self.library.questions.values())
        chosen: list[Question] = []
        for place, (wanted, kind) in enumerate(DEFAULT_QUESTIONS):
            source = self.library.questions.get(wanted) or bank[place % len(bank)]
            chosen.append(from_bank(source, kind))
        return tuple(chosen)

    def _checked(self, drafts: Sequence[QuestionDraft]) -> tuple[Question, ...]:
        problems: dict[str, str | Message] = {}
        if not 1 <= len(drafts) <= MOST_QUESTIONS:
            raise Invalid(
                {"questions": Message(N_("A plan has 1 to %(most)d questions."), {"most": MOST_QUESTIONS})}
            )
        for number, draft in enumerate(drafts, 1):
            problems |= self._problems(f"questions.{number}", draft)
        if problems:
            raise Invalid(problems)
        ids = [draft.id or new_id() for draft in drafts]
        if len(set(ids)) != len(ids):
            raise Invalid({"questions": N_("The same question is in the plan twice.")})
        return tuple(
            Question(
                id=question_id,
                kind=draft.kind,
                text_zh=draft.text_zh.strip(),
                text_en=draft.text_en.strip(),
                competencies=tuple(draft.competencies),
                prepare_s=draft.prepare_s,
                answer_s=draft.answer_s,
                retakes=draft.retakes,
            )
            for question_id, draft in zip(ids, drafts, strict=True)
        )

    def _problems(self, place: str, draft: QuestionDraft) -> dict[str, str | Message]:
        found: dict[str, str | Message] = {}
        for name, text in (("text_zh", draft.text_zh), ("text_en", draft.text_en)):
            if not text.strip():
                found[f"{place}.{name}"] = N_("Write the question in both languages.")
            elif len(text) > LONGEST_TEXT:
                found[f"{place}.{name}"] = Message(
                    N_("At most %(limit)d characters."), {"limit": LONGEST_TEXT}
                )
        bounds = (
            ("prepare_s", draft.prepare_s, PREPARE_S),
            ("answer_s", draft.answer_s, ANSWER_S),
            ("retakes", draft.retakes, RETAKES),
        )
        for name, value, (least, most) in bounds:
            if not least <= value <= most:
                limits = {"least": least, "most": most}
                found[f"{place}.{name}"] = Message(N_("From %(least)d to %(most)d."), limits)
        if not draft.competencies:
            found[f"{place}.competencies"] = N_(
                "Choose at least one competency, or nobody can assess the answer."
            )
        unknown = [name for name in draft.competencies if name not in self.library.competencies]
        if unknown:
            found[f"{place}.competencies"] = Message(
                N_("There is no competency %(id)s in the library."), {"id": unknown[0]}
            )
        return found


def from_bank(source: BankQuestion, kind: AnswerKind) -> Question:
    """A question of the bank as a plan asks it; a typed answer gets more time than a spoken one."""
    typed = kind is AnswerKind.TEXT
    return Question(
        id=source.id,
        kind=kind,
        text_zh=source.text.zh,
        text_en=source.text.en,
        competencies=tuple(source.competencies),
        prepare_s=0 if typed else 30,
        answer_s=600 if typed else 120,
        retakes=0 if typed else 1,
    )
