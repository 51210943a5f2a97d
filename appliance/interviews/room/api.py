"""What the room's page asks of the server: where it stands, recordings, typed answers, another device, the
end.

Bodies are JSON except the pieces of recordings (`tus`). Every verb needs the link's token and the device's
cookie.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post, put

from appliance.identity.permissions import invitation_link
from appliance.interviews.model import AnswerKind, AnswerState, InterviewState, Recording
from appliance.interviews.recordings.service import LARGEST_PIECE, Recordings, Sent
from appliance.interviews.room import tus
from appliance.interviews.room.door import Visit
from appliance.interviews.room.hand_over import HandOverLink, HandOvers
from appliance.interviews.room.page_events import PageEventBatch, PageEvents
from appliance.interviews.room.pages import key_of
from appliance.interviews.room.service import LONGEST_ANSWER, Room
from appliance.kernel.web import FromPath, JSONBody, NamedDependency, WebRequest

GUARDS = [invitation_link()]
TAGS = ["Candidate room"]


class SegmentState(msgspec.Struct):
    """An uploaded stretch of an answer: stored bytes, and milliseconds recorded as the page said."""

    id: str
    number: int
    offset: int
    recorded_ms: int
    open: bool


class AnswerStanding(msgspec.Struct):
    """An answer as far as it has come."""

    state: AnswerState
    kind: AnswerKind
    take: int
    text: str
    segments: list[SegmentState]


class QuestionState(msgspec.Struct):
    """A question under this candidate's consent (`kind`) and extra time (seconds). `follows` is the id of the
    question that a follow-up comes after; `number` counts the planned questions, and a follow-up has that of the
    question it follows."""

    id: str
    number: int
    asked_kind: AnswerKind
    kind: AnswerKind
    text_zh: str
    text_en: str
    prepare_s: int
    answer_s: int
    retakes: int
    answer: AnswerStanding | None
    follows: str | None = None


class RoomState(msgspec.Struct):
    """Everything the page needs to go on after a reload. While `follow_up_pending`, a follow-up to the answer
    that was just handed in is being made: look again every half second, it takes six seconds at most."""

    interview_id: str
    state: InterviewState
    language: str
    voice: bool
    video: bool
    closes_at: datetime
    questions: list[QuestionState]
    follow_up_pending: bool = False


class NewRecording(msgspec.Struct, forbid_unknown_fields=True):
    """`id` is a UUID made by the page; `take` counts from 1, a higher one discards the take before."""

    id: str
    content_type: str
    take: int = 1


class RecordingCreated(msgspec.Struct):
    """Where to go on: bytes stored so far, and the largest piece taken at once."""

    id: str
    offset: int
    limit_bytes: int
    largest_piece: int


class TypedText(msgspec.Struct, forbid_unknown_fields=True):
    """A typed answer so far."""

    text: Annotated[str, msgspec.Meta(max_length=LONGEST_ANSWER)]


class HandIn(msgspec.Struct, forbid_unknown_fields=True):
    """An answer for good: recorded (`segments` with the sizes sent), typed (`text`), or left out (`skip`)."""

    segments: list[Sent] | None = None
    text: str | None = None
    skip: bool = False


class HandedIn(msgspec.Struct):
    """The answer's state after handing it in."""

    state: AnswerState


class Choices(msgspec.Struct, forbid_unknown_fields=True):
    """What may be recorded from now on; what was refused before stays refused."""

    voice: bool
    video: bool


@get("/room/{token:str}/state", guards=GUARDS, sync_to_thread=True, tags=TAGS, operation_id="RoomState",
     summary="Where the interview stands")  # fmt: skip
def state(
    request: WebRequest,
    token: FromPath[str],
    interview_room: NamedDependency[Room],
    interview_recordings: NamedDependency[Recordings],
) -> RoomState:
    """The state of the interview, its questions and what of each answer has arrived."""
    visit = interview_room.here(key_of(request, token))
    return _state(visit, interview_recordings.of_interview(visit.interview.id))


@post("/room/{token:str}/answers/{question_id:str}/recordings", guards=GUARDS, sync_to_thread=True, tags=TAGS,
      operation_id="RoomRecordingCreate", summary="Begin a recorded segment", status_code=201)  # fmt: skip
def create_recording(
    request: WebRequest,
    token: FromPath[str],
    question_id: FromPath[str],
    data: JSONBody[NewRecording],
    interview_recordings: NamedDependency[Recordings],
) -> Response[RecordingCreated]:
    """Begin a segment; the same id again gives the same segment with its offset."""
    recording = interview_recordings.create(
        key_of(request, token), question_id, data.id, data.content_type, data.take
    )
    created = RecordingCreated(recording.id, recording.size, recording.limit_bytes, LARGEST_PIECE)
    where = {"Location": f"/room/{token}/recordings/{recording.id}"}
    return Response(created, status_code=201, headers=tus.SPOKEN | where)


@put("/room/{token:str}/answers/{question_id:str}/text", guards=GUARDS, sync_to_thread=True, tags=TAGS,
     operation_id="RoomTextSave", summary="Keep what was typed so far", status_code=204)  # fmt: skip
def save_text(
    request: WebRequest,
    token: FromPath[str],
    question_id: FromPath[str],
    data: JSONBody[TypedText],
    interview_room: NamedDependency[Room],
) -> None:
    """Autosave of a typed answer."""
    interview_room.save_text(key_of(request, token), question_id, data.text)


@post("/room/{token:str}/answers/{question_id:str}/submit", guards=GUARDS, sync_to_thread=True, tags=TAGS,
      operation_id="RoomAnswerSubmit", summary="Hand in an answer", status_code=200)  # fmt: skip
def submit(
    request: WebRequest,
    token: FromPath[str],
    question_id: FromPath[str],
    data: JSONBody[HandIn],
    interview_recordings: NamedDependency[Recordings],
) -> HandedIn:
    """Hand in a recorded or typed answer; a second time changes nothing."""
    key = key_of(request, token)
    if data.segments is not None:
        return HandedIn(interview_recordings.submit(key, question_id, tuple(data.segments)).state)
    answer = interview_recordings.submit_text(key, question_id, data.text or "", skip=data.skip)
    return HandedIn(answer.state)


@post("/room/{token:str}/choices", guards=GUARDS, sync_to_thread=True, tags=TAGS,
      operation_id="RoomChoices", summary="Be recorded less from now on", status_code=204)  # fmt: skip
def choices(
    request: WebRequest, token: FromPath[str], data: JSONBody[Choices], interview_room: NamedDependency[Room]
) -> None:
    """Take back the consent to video, or to any recording."""
    interview_room.withdraw_recording(key_of(request, token), voice=data.voice, video=data.video)


@post("/room/{token:str}/finish", guards=GUARDS, sync_to_thread=True, tags=TAGS,
      operation_id="RoomFinish", summary="Finish the interview", status_code=204)  # fmt: skip
def finish(request: WebRequest, token: FromPath[str], interview_room: NamedDependency[Room]) -> None:
    """The candidate is done; a second time changes nothing."""
    interview_room.finish(key_of(request, token))


@post("/room/{token:str}/events", guards=GUARDS, sync_to_thread=True, tags=TAGS,
      operation_id="RoomPageEvents", summary="What the page noticed", status_code=204)  # fmt: skip
def page_events(
    request: WebRequest,
    token: FromPath[str],
    data: JSONBody[PageEventBatch],
    interview_page_events: NamedDependency[PageEvents],
) -> None:
    """Context for a person: the page was left, text was pasted, a device was changed."""
    interview_page_events.keep(key_of(request, token), data.events)


@post("/room/{token:str}/handover", guards=GUARDS, sync_to_thread=True, tags=TAGS,
      operation_id="RoomHandOver", summary="Go on on another device", status_code=201)  # fmt: skip
def hand_over(
    request: WebRequest, token: FromPath[str], interview_hand_overs: NamedDependency[HandOvers]
) -> HandOverLink:
    """A link for one further device, good for ten minutes, with its QR code."""
    return interview_hand_overs.make(key_of(request, token))


def _state(visit: Visit, recordings: list[Recording]) -> RoomState:
    interview, given = visit.interview, visit.interview.consent
    assert given is not None, "a visit that is here has consented"
    questions: list[QuestionState] = []
    number = 0
    for question in visit.questions:
        number += question.follows is None
        answer = visit.answer_to(question.id)
        standing = None
        if answer is not None:
            standing = AnswerStanding(
                state=answer.state,
                kind=answer.kind,
                take=answer.take,
                text=answer.text if answer.state is AnswerState.RECORDING else "",
                segments=[_segment(one) for one in recordings if one.answer_id == answer.id],
            )
        questions.append(
            QuestionState(
                id=question.id,
                number=number,
                asked_kind=question.kind,
                kind=given.kind_for(question.kind),
                text_zh=question.text_zh,
                text_en=question.text_en,
                prepare_s=interview.seconds(question.prepare_s),
                answer_s=interview.seconds(question.answer_s),
                retakes=question.retakes,
                answer=standing,
                follows=question.follows,
            )
        )
    return RoomState(
        interview_id=interview.id,
        state=interview.state,
        language=interview.language,
        voice=given.voice,
        video=given.video,
        closes_at=interview.closes_at(),
        questions=questions,
        follow_up_pending=visit.follow_up_pending,
    )


def _segment(recording: Recording) -> SegmentState:
    return SegmentState(
        id=recording.id,
        number=recording.number,
        offset=recording.size,
        recorded_ms=recording.recorded_ms,
        open=recording.state == "open",
    )


HANDLERS: list[Any] = [
    state,
    create_recording,
    save_text,
    submit,
    choices,
    finish,
    page_events,
    hand_over,
    *tus.HANDLERS,
]
