"""The editor's form: rows of fields as they were typed, moved about without being saved, and read as drafts.

A row keeps what was typed, right or wrong, so that nothing is lost between two pages.
"""

from collections.abc import Sequence

import msgspec

from appliance.interviews.model import AnswerKind, FollowUpMode, ListedFollowUp, Question
from appliance.interviews.plans.drafts import MOST_LISTED, MOST_QUESTIONS, QuestionDraft
from appliance.kernel.errors import N_, Invalid, Message
from appliance.kernel.forms import Form

NUMBERS = ("prepare_s", "answer_s", "retakes", "most_follow_ups")
TEXTS = ("id", "kind", "text_zh", "text_en", "follow_up", *NUMBERS)


class ListedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A listed follow-up as typed; empty texts are no follow-up."""

    intent: str = "result"
    text_zh: str = ""
    text_en: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One question as typed; `follow_ups` always has a place for each that may be listed."""

    id: str = ""
    kind: str = AnswerKind.VIDEO.value
    text_zh: str = ""
    text_en: str = ""
    competencies: tuple[str, ...] = ()
    prepare_s: str = "30"
    answer_s: str = "120"
    retakes: str = "1"
    follow_up: str = FollowUpMode.NONE.value
    most_follow_ups: str = "1"
    follow_ups: tuple[ListedRow, ...] = (ListedRow(),) * MOST_LISTED

    @property
    def listed(self) -> int:
        """How many follow-ups are written."""
        return sum(bool(one.text_zh or one.text_en) for one in self.follow_ups)


def row_of(question: Question) -> Row:
    """A plan's question as the form shows it."""
    written = [
        ListedRow(intent=one.intent, text_zh=one.text_zh, text_en=one.text_en) for one in question.follow_ups
    ]
    return Row(
        id=question.id,
        kind=question.kind.value,
        text_zh=question.text_zh,
        text_en=question.text_en,
        competencies=question.competencies,
        prepare_s=str(question.prepare_s),
        answer_s=str(question.answer_s),
        retakes=str(question.retakes),
        follow_up=question.follow_up.value,
        most_follow_ups=str(question.most_follow_ups),
        follow_ups=tuple([*written, *[ListedRow()] * MOST_LISTED][:MOST_LISTED]),
    )


def read_rows(form: Form) -> list[Row]:
    """The rows of a posted form, in their order."""
    numbers = [number for number in range(1, MOST_QUESTIONS + 1) if f"id.{number}" in form.values]
    return [_row(form, number) for number in numbers]


def _row(form: Form, number: int) -> Row:
    texts = {name: form.text(f"{name}.{number}") for name in TEXTS}
    listed = [
        ListedRow(
            intent=form.text(f"intent.{number}.{place}", default="result"),
            text_zh=form.text(f"after_zh.{number}.{place}"),
            text_en=form.text(f"after_en.{number}.{place}"),
        )
        for place in range(1, MOST_LISTED + 1)
    ]
    return Row(**texts, competencies=tuple(form.texts(f"competencies.{number}")), follow_ups=tuple(listed))


def moved(rows: Sequence[Row], number: int, by: int) -> list[Row]:
    """The rows with the one at `number` (from 1) a place further up (-1) or down (1); at the end it stays."""
    order, other = list(rows), number + by
    if 1 <= number <= len(order) and 1 <= other <= len(order):
        order[number - 1], order[other - 1] = order[other - 1], order[number - 1]
    return order


def drafts_of(rows: Sequence[Row]) -> list[QuestionDraft]:
    """The rows as drafts. Raises `Invalid` naming every field that is no number, so that each error stands at its
    own field."""
    problems: dict[str, str | Message] = {}
    drafts = []
    for number, row in enumerate(rows, 1):
        values: dict[str, int] = {}
        for name in NUMBERS:
            typed = str(getattr(row, name))
            if typed.isascii() and typed.isdigit() and len(typed) < 6:
                values[name] = int(typed)
            else:
                problems[f"questions.{number}.{name}"] = N_("Write a whole number, such as 3.")
        if not problems:
            drafts.append(_draft(row, values))
    if problems:
        raise Invalid(problems)
    return drafts


def _draft(row: Row, numbers: dict[str, int]) -> QuestionDraft:
    written = [one for one in row.follow_ups if one.text_zh or one.text_en]
    return QuestionDraft(
        id=row.id,
        kind=AnswerKind(row.kind) if row.kind in set(AnswerKind) else AnswerKind.VIDEO,
        text_zh=row.text_zh,
        text_en=row.text_en,
        competencies=row.competencies,
        follow_up=FollowUpMode(row.follow_up) if row.follow_up in set(FollowUpMode) else FollowUpMode.NONE,
        follow_ups=tuple(
            ListedFollowUp(intent=one.intent, text_zh=one.text_zh, text_en=one.text_en) for one in written
        ),
        **numbers,
    )


def total_s(rows: Sequence[Row]) -> tuple[int, int]:
    """Seconds at least and at most as the rows stand; what is no number counts as none."""
    least = most = 0
    for row in rows:
        numbers = {name: _whole(getattr(row, name)) for name in NUMBERS}
        once = numbers["prepare_s"] + numbers["answer_s"]
        follows = row.follow_up in {FollowUpMode.FIXED, FollowUpMode.ADAPTIVE}
        least += once
        most += once * (1 + (min(numbers["most_follow_ups"], row.listed) if follows else 0))
    return least, most


def _whole(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
