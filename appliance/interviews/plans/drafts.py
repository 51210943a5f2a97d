"""A question as HR writes it, and what is refused before it becomes a plan's."""

from collections.abc import Sequence

import msgspec

from appliance.interviews.model import AnswerKind, FollowUpMode, ListedFollowUp, Question
from appliance.interviews.plans.rubrics import Intent, RubricLibrary
from appliance.interviews.plans.rubrics import Question as BankQuestion
from appliance.interviews.plans.timing import plan_s
from appliance.kernel.errors import N_, Invalid, Message
from appliance.kernel.ids import new_id

MOST_QUESTIONS = 12
PREPARE_S = (0, 300)
ANSWER_S = (20, 900)
RETAKES = (0, 3)
LONGEST_PLAN_S = MOST_QUESTIONS * (PREPARE_S[1] + ANSWER_S[1])
"""Four hours, follow-ups with them: what a machine is measured for and more than anybody should ask."""
LONGEST_TEXT = 600
MOST_LISTED = 3
MOST_FOLLOW_UPS = (0, 2)
LONGEST_FOLLOW_UP = 200
INTENTS: tuple[str, ...] = Intent.__args__  # type: ignore[attr-defined]


class QuestionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A question as HR writes it. Without `id` it is a new one; times in seconds. `follow_ups` are the questions
    that may follow the answer, in the order in which they are tried."""

    kind: AnswerKind
    text_zh: str
    text_en: str
    competencies: tuple[str, ...] = ()
    prepare_s: int = 30
    answer_s: int = 120
    retakes: int = 1
    follow_up: FollowUpMode = FollowUpMode.NONE
    follow_ups: tuple[ListedFollowUp, ...] = ()
    most_follow_ups: int = 1
    id: str = ""


def draft_of(question: Question) -> QuestionDraft:
    """A plan's question, to be written anew."""
    return QuestionDraft(
        id=question.id,
        kind=question.kind,
        text_zh=question.text_zh,
        text_en=question.text_en,
        competencies=question.competencies,
        prepare_s=question.prepare_s,
        answer_s=question.answer_s,
        retakes=question.retakes,
        follow_up=question.follow_up,
        follow_ups=question.follow_ups,
        most_follow_ups=question.most_follow_ups,
    )


def from_bank(source: BankQuestion, kind: AnswerKind) -> Question:
    """A question of the bank as a plan asks it; a typed answer gets more time than a spoken one. The bank's
    follow-ups lie ready; whether they are asked is the plan's choice."""
    typed = kind is AnswerKind.TEXT
    listed = [
        ListedFollowUp(intent=str(one.intent), text_zh=one.text.zh, text_en=one.text.en)
        for one in source.follow_ups
    ]
    return Question(
        id=source.id,
        kind=kind,
        text_zh=source.text.zh,
        text_en=source.text.en,
        competencies=tuple(source.competencies),
        prepare_s=0 if typed else 30,
        answer_s=600 if typed else 120,
        retakes=0 if typed else 1,
        follow_ups=tuple(listed[:MOST_LISTED]),
    )


def checked(drafts: Sequence[QuestionDraft], library: RubricLibrary) -> tuple[Question, ...]:
    """The drafts as questions of a plan. Raises `Invalid` naming every field, such as `questions.2.text_en`."""
    if not 1 <= len(drafts) <= MOST_QUESTIONS:
        raise Invalid(
            {"questions": Message(N_("A plan has 1 to %(most)d questions."), {"most": MOST_QUESTIONS})}
        )
    problems: dict[str, str | Message] = {}
    for number, draft in enumerate(drafts, 1):
        problems |= _problems(f"questions.{number}", draft, library)
    if problems:
        raise Invalid(problems)
    ids = [draft.id or new_id() for draft in drafts]
    if len(set(ids)) != len(ids):
        raise Invalid({"questions": N_("The same question is in the plan twice.")})
    questions = tuple(_question(question_id, draft) for question_id, draft in zip(ids, drafts, strict=True))
    longest_s = plan_s(questions)[1]
    if longest_s > LONGEST_PLAN_S:
        limits = {"minutes": longest_s // 60, "most": LONGEST_PLAN_S // 60}
        too_long = N_("With its follow-ups the plan may take %(minutes)d minutes; %(most)d is the most.")
        raise Invalid({"questions": Message(too_long, limits)})
    return questions


def _question(question_id: str, draft: QuestionDraft) -> Question:
    listed = [
        ListedFollowUp(intent=one.intent, text_zh=one.text_zh.strip(), text_en=one.text_en.strip())
        for one in draft.follow_ups
    ]
    return Question(
        id=question_id,
        kind=draft.kind,
        text_zh=draft.text_zh.strip(),
        text_en=draft.text_en.strip(),
        competencies=tuple(draft.competencies),
        prepare_s=draft.prepare_s,
        answer_s=draft.answer_s,
        retakes=draft.retakes,
        follow_up=draft.follow_up,
        follow_ups=tuple(listed),
        most_follow_ups=draft.most_follow_ups,
    )


def _problems(place: str, draft: QuestionDraft, library: RubricLibrary) -> dict[str, str | Message]:
    found = _text_problems(place, draft.text_zh, draft.text_en, LONGEST_TEXT)
    bounds = (
        ("prepare_s", draft.prepare_s, PREPARE_S),
        ("answer_s", draft.answer_s, ANSWER_S),
        ("retakes", draft.retakes, RETAKES),
        ("most_follow_ups", draft.most_follow_ups, MOST_FOLLOW_UPS),
    )
    for name, value, (least, most) in bounds:
        if not least <= value <= most:
            limits = {"least": least, "most": most}
            found[f"{place}.{name}"] = Message(N_("From %(least)d to %(most)d."), limits)
    if not draft.competencies:
        found[f"{place}.competencies"] = N_(
            "Choose at least one competency, or nobody can assess the answer."
        )
    unknown = [name for name in draft.competencies if name not in library.competencies]
    if unknown:
        found[f"{place}.competencies"] = Message(
            N_("There is no competency %(id)s in the library."), {"id": unknown[0]}
        )
    return found | _follow_up_problems(place, draft)


def _follow_up_problems(place: str, draft: QuestionDraft) -> dict[str, str | Message]:
    found: dict[str, str | Message] = {}
    if draft.follow_up is not FollowUpMode.NONE and not draft.follow_ups:
        found[f"{place}.follow_ups"] = N_(
            "Write at least one follow-up: it is asked too where none can be made from the answer."
        )
    if len(draft.follow_ups) > MOST_LISTED:
        found[f"{place}.follow_ups"] = Message(
            N_("At most %(most)d follow-ups are listed."), {"most": MOST_LISTED}
        )
    for number, listed in enumerate(draft.follow_ups, 1):
        here = f"{place}.follow_ups.{number}"
        found |= _text_problems(here, listed.text_zh, listed.text_en, LONGEST_FOLLOW_UP)
        if listed.intent not in INTENTS:
            found[f"{here}.intent"] = N_("Choose what the follow-up is after.")
    return found


def _text_problems(place: str, text_zh: str, text_en: str, longest: int) -> dict[str, str | Message]:
    found: dict[str, str | Message] = {}
    for name, text in (("text_zh", text_zh), ("text_en", text_en)):
        if not text.strip():
            found[f"{place}.{name}"] = N_("Write the question in both languages.")
        elif len(text) > longest:
            found[f"{place}.{name}"] = Message(N_("At most %(limit)d characters."), {"limit": longest})
    return found
