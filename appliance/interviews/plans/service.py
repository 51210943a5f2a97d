"""Plans: the questions of an opening, in versions; a version that an interview uses never changes."""

from collections.abc import Sequence

import msgspec

from appliance.audit import ledger
from appliance.interviews import store
from appliance.interviews.model import AnswerKind, InterviewPlan, Question
from appliance.interviews.plans import store as plan_store
from appliance.interviews.plans.drafts import QuestionDraft, checked, from_bank
from appliance.interviews.plans.rubrics import RubricLibrary, content_hash
from appliance.interviews.plans.versions import ListedVersion
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, NotFound
from appliance.kernel.ids import new_id

DEFAULT_QUESTIONS = (
    ("team_work.disagreement", AnswerKind.VIDEO),
    ("problem_solving.recurring", AnswerKind.VOICE),
    ("integrity_and_compliance.own_mistake", AnswerKind.TEXT),
)
"""What a new opening starts with: one question of each kind, on what every post needs."""


class PlanChanged(Conflict):
    """Somebody else saved the plan while it was being edited."""

    code = "plan_changed"
    default = N_("Somebody else has saved this plan in the meantime. Nothing of yours is lost.")


def mark(plan: InterviewPlan) -> str:
    """What tells one state of a plan from another: its version and its questions."""
    return content_hash(plan.id, plan.questions)


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
            created_label=actor.label,
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

    def versions(self, opening_id: str) -> list[ListedVersion]:
        """Every version of the opening's plan, newest first, with the number of interviews that use it."""

        def work(tx: Transaction) -> list[ListedVersion]:
            uses = store.uses_of_plan_versions(tx)
            found = plan_store.versions(tx, opening_id)
            return [ListedVersion(plan, uses.get(plan.id, 0)) for plan in found]

        return self._core.read(work)

    def numbered(self, opening_id: str, number: int) -> InterviewPlan:
        """One version by its number. Raises `NotFound`."""
        found = self._core.read(lambda tx: plan_store.versions(tx, opening_id))
        for plan in found:
            if plan.number == number:
                return plan
        raise NotFound(N_("This plan has no such version. The list of versions shows those there are."))

    def save(
        self, actor: Actor, opening_id: str, drafts: Sequence[QuestionDraft], *, seen: str = ""
    ) -> InterviewPlan:
        """Set the opening's questions: in the newest version while nobody uses it, else as the next version.
        `seen` is the `mark` of the plan that was edited: with it, what somebody else saved in the meantime is not
        overwritten unseen.

        Raises `Invalid` naming the question's field, such as `questions.2.text_en`, and `PlanChanged`.
        """
        questions = checked(drafts, self.library)

        def work(tx: Transaction) -> InterviewPlan:
            current = self.ensure(tx, actor, opening_id)
            if seen and seen != mark(current):
                raise PlanChanged()
            if current.questions == questions:
                return current
            plan = msgspec.structs.replace(
                current,
                questions=questions,
                created_at=tx.now,
                created_by=actor.id,
                created_label=actor.label,
            )
            if current.frozen_at is None:
                plan_store.replace_plan(tx, plan)
            else:
                number = current.number + 1
                plan = msgspec.structs.replace(plan, id=new_id(), number=number, frozen_at=None)
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
