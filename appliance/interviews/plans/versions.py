"""Versions of a plan: who made them, who uses them, and what one changed against another."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from appliance.interviews.model import InterviewPlan, Question

Change = Literal["added", "removed", "changed", "kept"]

FIELDS = (
    "text_zh",
    "text_en",
    "kind",
    "prepare_s",
    "answer_s",
    "retakes",
    "competencies",
    "follow_up",
    "most_follow_ups",
    "follow_ups",
)


class ListedVersion(msgspec.Struct, frozen=True):
    """A version and the number of interviews that use it."""

    plan: InterviewPlan
    interviews: int


class QuestionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one question: `before` and `after` with their places (from 1; 0 where it is not there), and
    the names of the fields that differ. `moved` against its neighbours, not because another one came or went."""

    change: Change
    before: Question | None
    after: Question | None
    place_before: int
    place_after: int
    fields: tuple[str, ...] = ()
    moved: bool = False


def compare(before: Sequence[Question], after: Sequence[Question]) -> list[QuestionChange]:
    """Question by question in the later order, those that fell away at the end."""
    old = {question.id: (place, question) for place, question in enumerate(before, 1)}
    new = {question.id: question for question in after}
    order_before = [question.id for question in before if question.id in new]
    order_after = [question.id for question in after if question.id in old]
    found = []
    for place, question in enumerate(after, 1):
        if question.id not in old:
            found.append(
                QuestionChange(change="added", before=None, after=question, place_before=0, place_after=place)
            )
            continue
        place_before, earlier = old[question.id]
        fields = tuple(name for name in FIELDS if getattr(earlier, name) != getattr(question, name))
        moved = order_before.index(question.id) != order_after.index(question.id)
        found.append(
            QuestionChange(
                change="changed" if fields or moved else "kept",
                before=earlier,
                after=question,
                place_before=place_before,
                place_after=place,
                fields=fields,
                moved=moved,
            )
        )
    found += [
        QuestionChange(change="removed", before=question, after=None, place_before=place, place_after=0)
        for place, question in enumerate(before, 1)
        if question.id not in new
    ]
    return found
