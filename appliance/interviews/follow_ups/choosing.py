"""Which of a plan's follow-ups fit an answer: those after what the answer did not tell."""

from collections.abc import Sequence

from appliance.interviews.analysis.transcript import sentences_of_text
from appliance.interviews.model import Answer, AnswerKind, FollowUpMode, ListedFollowUp, Question
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.scoring.cues import WITH_CUE, weight

ALSO_TOLD_BY = {"own_part": "action"}
"""Intents that show by the words of another part."""
PARTS = frozenset({"situation", "task", "action", "result"})


def wants_follow_up(question: Question, answer: Answer) -> bool:
    """Whether the plan follows this answer up at all: not a follow-up's own, and not one left out."""
    if question.follows is not None or question.follow_up is FollowUpMode.NONE:
        return False
    told = bool(answer.text.strip()) if answer.kind is AnswerKind.TEXT else bool(answer.segments)
    return told and question.most_follow_ups > 0 and bool(question.follow_ups)


def covered(intent: str, text: str, language: Language) -> bool:
    """Whether a sentence of the answer tells what the intent is after, as a told experience (how things are in
    general tells nothing). Reflection shows by no word that could be relied upon, so it always counts as open."""
    part = ALSO_TOLD_BY.get(intent, intent)
    if part not in PARTS:
        return False
    return any(weight(part, one.text, language) >= WITH_CUE for one in sentences_of_text(text))


def fitting(question: Question, text: str, language: Language) -> Sequence[ListedFollowUp]:
    """The listed follow-ups to ask after this text, in the plan's order, as many as the plan allows; none where the
    answer told everything. Without a text (a recording that is not written down yet) simply the first ones."""
    if not text.strip():
        return question.follow_ups[: question.most_follow_ups]
    open_ones = [one for one in question.follow_ups if not covered(one.intent, text, language)]
    return open_ones[: question.most_follow_ups]
