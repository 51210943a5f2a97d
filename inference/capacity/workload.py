"""What interviews ask of the engines, in the product's own numbers (config/capacity/workload.toml)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from inference.capacity.figures import NotNegative, Positive, Share, within

MOST_INTERVIEWS = 100_000
"""More at the same time is a slip of the keyboard."""


class Kind(StrEnum):
    """How an answer is given."""

    VIDEO = "video"
    VOICE = "voice"
    TYPED = "typed"


class Interview(Struct, frozen=True, forbid_unknown_fields=True):
    """An interview's course. ``recorded_share`` is the part of its time that is recorded, ``speech_share`` the part
    of a recording in which somebody speaks; the cvs are coefficients of variation of the time between two answers
    of a candidate and of an answer's length."""

    question_s: Positive
    most_questions: Positive
    longest_minutes: Positive
    recorded_share: Share
    speech_share: Share
    video_share: Share
    typed_share: Share
    interval_cv: NotNegative
    length_cv: NotNegative

    def __post_init__(self) -> None:
        if self.video_share + self.typed_share > 1.0:
            raise ValueError("video_share and typed_share are more than all answers")


class Passes(Struct, frozen=True, forbid_unknown_fields=True):
    """How often each model goes over an answer: over its sound, and over each of its pictures. A model that is not
    named is not used."""

    sound: dict[str, NotNegative]
    pictures: dict[str, NotNegative]
    pictures_per_s: NotNegative


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """Calls that end alike: how many of them follow each beginning, their own tokens, and the tokens answered."""

    name: str
    calls: Positive
    own_tokens: Positive
    generated_tokens: Annotated[float, Meta(ge=1, le=1e6)]


class Beginning(Struct, frozen=True, forbid_unknown_fields=True):
    """A shared beginning of prompts: ``tokens`` besides the answer itself; ``count`` of them an answer, or an answer
    and competency. The engine computes it once and keeps it for the calls that follow."""

    name: str
    count: Positive
    per_competency: bool
    tokens: Positive
    asked: Annotated[list[Asked], Meta(min_length=1)]


class ReadingLoad(Struct, frozen=True, forbid_unknown_fields=True):
    """What the language model reads of an answer. Answers longer than ``most_tokens`` go to a person instead."""

    tokens_per_speech_s: Positive
    typed_tokens: Positive
    most_tokens: Positive
    competencies: Positive
    beginnings: Annotated[list[Beginning], Meta(min_length=1)]

    def calls(self) -> float:
        """Calls an answer."""
        return sum(self.beginnings_of(one) * sum(end.calls for end in one.asked) for one in self.beginnings)

    def beginnings_of(self, one: Beginning) -> float:
        """How many beginnings of this kind an answer has."""
        return one.count * (self.competencies if one.per_competency else 1.0)


class Application(Struct, frozen=True, forbid_unknown_fields=True):
    """The application's own part: how it waits for the last analysis before it writes the report (at least
    ``look_again_s``, or this share of the time already waited)."""

    look_again_s: NotNegative
    patience_share: Share


class Workload(Struct, frozen=True, forbid_unknown_fields=True):
    """config/capacity/workload.toml."""

    interview: Interview
    passes: Passes
    reading: ReadingLoad
    application: Application


class Request(Struct, frozen=True):
    """Interviews in progress at the same time, and minutes each takes."""

    interviews: float
    minutes: float


class Answers(Struct, frozen=True):
    """Answers as they arrive. ``an_interview`` of them, ``rate`` a second from all rooms; each recorded one lasts
    ``recorded_s``. ``shares`` of the kinds add up to 1."""

    an_interview: float
    rate: float
    recorded_s: float
    shares: dict[Kind, float]


def checked(request: Request, workload: Workload) -> Request:
    """The request itself; :class:`~inference.capacity.figures.CapacityInvalid` names what cannot be."""
    within("interviews", request.interviews, 1, MOST_INTERVIEWS, "interviews at the same time")
    within("minutes", request.minutes, 1, workload.interview.longest_minutes, "minutes, the longest plan")
    return request


def answers(request: Request, workload: Workload) -> Answers:
    """An interview of M minutes has M x 60 / ``question_s`` answers, at least one and at most a plan's questions."""
    interview = workload.interview
    seconds = request.minutes * 60.0
    each = min(max(seconds / interview.question_s, 1.0), interview.most_questions)
    return Answers(
        an_interview=each,
        rate=request.interviews * each / seconds,
        recorded_s=interview.recorded_share * seconds / each,
        shares={
            Kind.VIDEO: interview.video_share,
            Kind.VOICE: max(1.0 - interview.video_share - interview.typed_share, 0.0),
            Kind.TYPED: interview.typed_share,
        },
    )


def with_competencies(workload: Workload, competencies: float) -> Workload:
    """The same work with another number of competencies a question."""
    reading = msgspec.structs.replace(workload.reading, competencies=competencies)
    return msgspec.structs.replace(workload, reading=reading)
