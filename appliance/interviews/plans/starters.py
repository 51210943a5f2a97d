"""What a plan can start from: for each post family a set of questions of the bank that takes a quarter of an hour."""

import msgspec

from appliance.interviews.model import AnswerKind, FollowUpMode, Question
from appliance.interviews.plans.drafts import from_bank
from appliance.interviews.plans.rubrics import PostFamily, RubricLibrary

FAMILIES: tuple[PostFamily, ...] = ("bank", "hospital", "office")

STARTERS: dict[PostFamily, tuple[tuple[str, AnswerKind], ...]] = {
    "bank": (
        ("service_orientation", AnswerKind.VIDEO),
        ("integrity_and_compliance", AnswerKind.VIDEO),
        ("team_work", AnswerKind.VOICE),
        ("problem_solving", AnswerKind.VOICE),
    ),
    "hospital": (
        ("calm_under_pressure", AnswerKind.VIDEO),
        ("communication", AnswerKind.VIDEO),
        ("responsibility", AnswerKind.VOICE),
        ("team_work", AnswerKind.VOICE),
    ),
    "office": (
        ("communication", AnswerKind.VIDEO),
        ("problem_solving", AnswerKind.VIDEO),
        ("team_work", AnswerKind.VOICE),
        ("learning", AnswerKind.VOICE),
    ),
}
"""Competencies that decide in most posts of the family, one question each. Ten minutes of questions leave five for
notice, device check and one follow-up."""


def starter(library: RubricLibrary, family: PostFamily) -> tuple[Question, ...]:
    """The first question of the family for each competency; one that a site's library does not have is left out. The
    first question is followed up, where the bank says with what."""
    chosen: dict[str, Question] = {}
    for competency_id, kind in STARTERS[family]:
        for source in library.questions_for(competency_id, family=family):
            if source.id not in chosen:
                chosen[source.id] = from_bank(source, kind)
                break
    questions = tuple(chosen.values())
    if questions and questions[0].follow_ups:
        first = msgspec.structs.replace(questions[0], follow_up=FollowUpMode.ADAPTIVE)
        return (first, *questions[1:])
    return questions
