"""What the room's page asks of the server: where it stands, pieces of recordings, typed answers, the end.

Bodies are JSON except the pieces, which are bare bytes with an `Upload-Offset` (the core of the tus
protocol 1.0). Every verb needs the link's token and the device's cookie.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, head, patch, post, put

from appliance.identity.permissions import invitation_link
from appliance.interviews.model import AnswerKind, AnswerState, InterviewState, Recording
from appliance.interviews.recordings.service import LARGEST_PIECE, Piece, Recordings, Sent
from appliance.interviews.room.pages import key_of
from appliance.interviews.room.service import LONGEST_ANSWER, Room, Visit
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.log import QUIET
from appliance.kernel.web import FromPath, JSONBody, NamedDependency, WebRequest, read_body

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
    """A question under this candidate's consent (`kind`) and extra time (seconds)."""

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


class RoomState(msgspec.Struct):
    """Everything the page needs to go on after a reload."""

    interview_id: str
    state: InterviewState
    language: str
    voice: bool
    video: bool
    closes_at: datetime
    questions: list[QuestionState]


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
) -> RecordingCreated:
    """Begin a segment; the same id again gives the same segment with its offset."""
    recording = interview_recordings.create(
        key_of(request, token), question_id, data.id, data.content_type, data.take
    )
    return RecordingCreated(recording.id, recording.size, recording.limit_bytes, LARGEST_PIECE)


@patch("/room/{token:str}/recordings/{recording_id:str}", guards=GUARDS, tags=TAGS, opt=QUIET,
       operation_id="RoomRecordingAppend", summary="Send a piece", status_code=204)  # fmt: skip
async def append(
    request: WebRequest,
    token: FromPath[str],
    recording_id: FromPath[str],
    interview_recordings: NamedDependency[Recordings],
) -> Response[None]:
    """Store a piece at `Upload-Offset`: 204 with the new offset; 409 with the expected one; 413; 507; 503 with
    `Retry-After` while more is on its way than the site can take."""
    offset, recorded_ms = _number(request, "upload-offset"), _number(request, "recorded-ms", default=0)
    with interview_recordings.intake.place_for(_number(request, "content-length", default=LARGEST_PIECE)):
        data = await read_body(request, max_bytes=LARGEST_PIECE)
        piece = Piece(recording_id, offset, data, request.headers.get("upload-checksum", ""), recorded_ms)
        size = await interview_recordings.append_async(key_of(request, token), piece)
    return Response(None, status_code=204, headers={"Upload-Offset": str(size), "Tus-Resumable": "1.0.0"})


@head("/room/{token:str}/recordings/{recording_id:str}", guards=GUARDS, sync_to_thread=True, tags=TAGS,
      operation_id="RoomRecordingOffset", summary="How much has arrived")  # fmt: skip
def offset(
    request: WebRequest,
    token: FromPath[str],
    recording_id: FromPath[str],
    interview_recordings: NamedDependency[Recordings],
) -> Response[None]:
    """The offset to go on from, in `Upload-Offset`."""
    size = interview_recordings.offset(key_of(request, token), recording_id)
    return Response(None, headers={"Upload-Offset": str(size), "Tus-Resumable": "1.0.0"})


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


def _state(visit: Visit, recordings: list[Recording]) -> RoomState:
    interview, given = visit.interview, visit.interview.consent
    assert given is not None, "a visit that is here has consented"
    questions: list[QuestionState] = []
    for number, question in enumerate(visit.plan.questions, 1):
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
    )


def _segment(recording: Recording) -> SegmentState:
    return SegmentState(
        id=recording.id,
        number=recording.number,
        offset=recording.size,
        recorded_ms=recording.recorded_ms,
        open=recording.state == "open",
    )


def _number(request: WebRequest, header: str, default: int | None = None) -> int:
    value = request.headers.get(header, "")
    if not value and default is not None:
        return default
    if not (value.isascii() and value.isdigit()) or len(value) > 15:
        raise Invalid({header: N_("This header is a whole number of bytes or milliseconds.")})
    return int(value)


HANDLERS: list[Any] = [state, create_recording, append, offset, save_text, submit, choices, finish]
