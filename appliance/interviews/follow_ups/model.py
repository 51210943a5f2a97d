"""A follow-up question of one interview: whence it came, and when it is there to be asked."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from appliance.interviews.model import Question

MAKE_FOLLOW_UPS = "interviews.make_follow_ups"
"""Job kind, payload `MakeFollowUps`, in core.db: enqueued with the answer that is to be followed up."""

MAKING = timedelta(seconds=5)
"""How long the language model has, from the moment when the answer was handed in."""

WAITING = timedelta(seconds=5.5)
"""After this the listed question is asked, whatever became of the job: nobody waits for a machine longer."""


class Origin(StrEnum):
    """Whence a follow-up's words came."""

    FIXED = "fixed"
    ADAPTIVE = "adaptive"


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """A follow-up to the question `follows`, the `number`th (from 1). While `pending` it already holds the listed
    words that are asked if no others come in time. An adaptive one has been made in one language, the interview's,
    and both texts are the words that were asked. `model`, `model_sha256` and `prompt_hash` say what made it; they
    are empty for a listed one, and `fallback` is then the reason why it was not made, or empty."""

    id: str
    interview_id: str
    follows: str
    number: int
    pending: bool
    origin: Origin
    intent: str
    text_zh: str
    text_en: str
    created_at: datetime
    model: str = ""
    model_sha256: str = ""
    prompt_hash: str = ""
    fallback: str = ""

    def text(self, language: str) -> str:
        """The words in `zh` or `en`."""
        return self.text_en if language == "en" else self.text_zh

    def waits(self, now: datetime) -> bool:
        """Whether it is still being made; later it is asked as it stands."""
        return self.pending and now < self.created_at + WAITING

    def question(self, parent: Question) -> Question:
        """The follow-up as a question of the interview: what it is to show, its kind and its times are those of
        the question it follows."""
        return Question(
            id=self.id,
            kind=parent.kind,
            text_zh=self.text_zh,
            text_en=self.text_en,
            competencies=parent.competencies,
            prepare_s=parent.prepare_s,
            answer_s=parent.answer_s,
            retakes=parent.retakes,
            follows=parent.id,
        )


class MakeFollowUps(msgspec.Struct, frozen=True):
    """Payload of `MAKE_FOLLOW_UPS`: the answer that is followed up."""

    answer_id: str


def with_follow_ups(
    planned: tuple[Question, ...], follow_ups: list[FollowUp], now: datetime
) -> tuple[Question, ...]:
    """The plan's questions, each with its follow-ups behind it, those left out that are still being made."""
    asked: list[Question] = []
    for question in planned:
        asked.append(question)
        mine = [one for one in follow_ups if one.follows == question.id and not one.waits(now)]
        asked += [one.question(question) for one in sorted(mine, key=lambda one: one.number)]
    return tuple(asked)
