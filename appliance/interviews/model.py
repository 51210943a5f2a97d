"""What an interview is made of: a frozen plan, an invitation with a window, answers and their recordings."""

import math
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class AnswerKind(StrEnum):
    """How a question is answered."""

    VIDEO = "video"
    VOICE = "voice"
    TEXT = "text"


class FollowUpMode(StrEnum):
    """What comes after an answer: the next question, one of the plan's list, or one made from the answer."""

    NONE = "none"
    FIXED = "fixed"
    ADAPTIVE = "adaptive"


class ListedFollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """A follow-up that the plan holds ready. `intent` says what it is after: situation, task, action, result,
    reflection or own_part."""

    intent: str
    text_zh: str
    text_en: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a plan, or (`follows` names the question before) a follow-up of one interview.
    `competencies` are ids of the rubric library; `prepare_s` and `answer_s` are seconds before the invitation's
    extra time; `retakes` is how often the candidate may start over. At most `most_follow_ups` follow-ups come
    after the answer, from the list or in its stead."""

    id: str
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
    follows: str | None = None

    def text(self, language: str) -> str:
        """The question in `zh` or `en`."""
        return self.text_en if language == "en" else self.text_zh


class InterviewPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the questions for one opening. A version that an interview uses (`frozen_at`) never
    changes: editing it makes the next version. `plan_id` stays the same over the versions; `created_by` and
    `created_label` name who saved it last."""

    id: str
    plan_id: str
    opening_id: str
    number: int
    questions: tuple[Question, ...]
    created_at: datetime
    created_by: str
    frozen_at: datetime | None = None
    created_label: str = ""

    def question(self, question_id: str) -> Question | None:
        """The question with this id, if the version has it."""
        return next((question for question in self.questions if question.id == question_id), None)


class InterviewState(StrEnum):
    """Where an interview stands."""

    INVITED = "invited"
    CONSENTED = "consented"
    IN_PROGRESS = "in_progress"
    FINISHED = "finished"
    ASSESSED = "assessed"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ERASED = "erased"
    """Only that there was an interview is left."""


TRANSITIONS: dict[InterviewState, frozenset[InterviewState]] = {
    InterviewState.INVITED: frozenset(
        {InterviewState.CONSENTED, InterviewState.REVOKED, InterviewState.EXPIRED, InterviewState.ERASED}
    ),
    InterviewState.CONSENTED: frozenset(
        {InterviewState.IN_PROGRESS, InterviewState.REVOKED, InterviewState.EXPIRED, InterviewState.ERASED}
    ),
    InterviewState.IN_PROGRESS: frozenset(
        {InterviewState.FINISHED, InterviewState.REVOKED, InterviewState.EXPIRED, InterviewState.ERASED}
    ),
    InterviewState.FINISHED: frozenset({InterviewState.ASSESSED, InterviewState.ERASED}),
    InterviewState.ASSESSED: frozenset({InterviewState.FINISHED, InterviewState.ERASED}),
    InterviewState.REVOKED: frozenset({InterviewState.ERASED}),
    InterviewState.EXPIRED: frozenset({InterviewState.ERASED}),
    InterviewState.ERASED: frozenset(),
}
"""Which state may follow which; from `assessed` back to `finished` when a transcript was corrected and the
report is written anew."""

OPEN_STATES = frozenset({InterviewState.INVITED, InterviewState.CONSENTED, InterviewState.IN_PROGRESS})
"""The candidate can still answer."""

STARTED_GRACE = timedelta(hours=2)
"""Who has begun before the window closes may finish within this time: nobody is cut off in mid-sentence."""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """The candidate's separate choices, and the version of the notice that stood above them."""

    voice: bool
    video: bool
    notice_version: str
    given_at: datetime

    def kind_for(self, asked: AnswerKind) -> AnswerKind:
        """How a question is answered under this consent: no video gives voice, no voice gives text."""
        if not self.voice:
            return AnswerKind.TEXT
        if asked is AnswerKind.VIDEO and not self.video:
            return AnswerKind.VOICE
        return asked


class Interview(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate's interview under one version of a plan. `language` is `zh` or `en`; `key_id` names the
    interview's own data key in media.db; `extra_time` multiplies every time given."""

    id: str
    candidate_id: str
    plan_version_id: str
    state: InterviewState
    window_start: datetime
    window_end: datetime
    language: str
    key_id: str
    extra_time: float
    created_at: datetime
    created_by: str
    consent: Consent | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    person_requested_at: datetime | None = None

    def may_become(self, state: InterviewState) -> bool:
        """Whether the transition table allows it."""
        return state in TRANSITIONS[self.state]

    def closes_at(self) -> datetime:
        """Until when the candidate may answer."""
        if self.state is InterviewState.IN_PROGRESS:
            return self.window_end + STARTED_GRACE
        return self.window_end

    def seconds(self, plain_s: int) -> int:
        """A plan's seconds with this candidate's extra time, rounded up."""
        return math.ceil(plain_s * self.extra_time)


class AnswerState(StrEnum):
    """Where an answer stands. `failed` means that the analysis gave up; the recording is kept."""

    RECORDING = "recording"
    SUBMITTED = "submitted"
    ANALYSED = "analysed"
    FAILED = "failed"


ANSWER_TRANSITIONS: dict[AnswerState, frozenset[AnswerState]] = {
    AnswerState.RECORDING: frozenset({AnswerState.SUBMITTED}),
    AnswerState.SUBMITTED: frozenset({AnswerState.ANALYSED, AnswerState.FAILED}),
    AnswerState.FAILED: frozenset({AnswerState.SUBMITTED, AnswerState.ANALYSED}),
    AnswerState.ANALYSED: frozenset({AnswerState.SUBMITTED}),
}
"""Which state may follow which; back to `submitted` is a repeated analysis."""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One uninterrupted stretch of a recorded answer. After a reload the answer goes on in a further segment;
    `started_at` and `ended_at` (server time of first and last piece) tell the gap between two."""

    recording_id: str
    blob_id: str
    content_type: str
    size: int
    started_at: datetime
    ended_at: datetime


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate's answer to one question. `kind` is how it was really answered (consent or choice may have
    made voice of video, or text). `segments` are filled when it is submitted; `text` holds a typed answer.
    `take` counts from 1; a retake discards the take before it."""

    id: str
    interview_id: str
    question_id: str
    kind: AnswerKind
    state: AnswerState
    take: int
    started_at: datetime
    segments: tuple[Segment, ...] = ()
    text: str = ""
    submitted_at: datetime | None = None

    @property
    def blob_id(self) -> str | None:
        """The first segment's blob, or None for a typed answer."""
        return self.segments[0].blob_id if self.segments else None


class RecordingState(StrEnum):
    """Where one recorded segment stands."""

    OPEN = "open"
    SEALED = "sealed"
    DISCARDED = "discarded"


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A segment while it is being uploaded (kept in media.db beside its bytes). `limit_bytes` bounds this
    segment; `recorded_ms` is what the candidate's page says it has recorded, used only to go on counting down
    after a reload."""

    id: str
    interview_id: str
    answer_id: str
    take: int
    number: int
    blob_id: str
    content_type: str
    size: int
    limit_bytes: int
    recorded_ms: int
    state: RecordingState
    started_at: datetime
    ended_at: datetime


ANALYSE_ANSWER = "interviews.analyse_answer"
"""Job kind, payload `AnalyseAnswer`, in core.db: enqueued when an answer is submitted."""

ASSESS = "interviews.assess"
"""Job kind, payload `AssessInterview`, in core.db: enqueued when the interview is finished, once an
interview."""


class AnalyseAnswer(msgspec.Struct, frozen=True):
    """Payload of `ANALYSE_ANSWER`."""

    answer_id: str


class AssessInterview(msgspec.Struct, frozen=True):
    """Payload of `ASSESS`."""

    interview_id: str
