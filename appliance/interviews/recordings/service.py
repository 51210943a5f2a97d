"""Recordings arriving in pieces while the candidate speaks, in the manner of tus: an offset, and never a
gap.

The page chooses a segment's id, so that creating it twice is creating it once. A piece goes to the end or
is refused with the offset to go on from; one that is stored already is taken as sent. Bytes lie under the
interview's own key in media.db and nowhere else.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable

import msgspec

from appliance.interviews.model import (
    Answer,
    AnswerKind,
    Interview,
    Question,
    Recording,
    RecordingState,
    Segment,
)
from appliance.interviews.recordings import media
from appliance.interviews.recordings import store as recording_store
from appliance.interviews.recordings.intake import Intake
from appliance.interviews.room.door import Key
from appliance.interviews.room.service import Room
from appliance.kernel.blobs import BlobStore
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, MusterError, NotFound, OffsetMismatch, TooLarge

LARGEST_PIECE = 4 << 20
BYTES_PER_SECOND = {AnswerKind.VIDEO: 400_000, AnswerKind.VOICE: 48_000}
"""Most that a second may weigh: several times what the page asks its recorder for."""
ALLOWANCE = 2 << 20
MOST_SEGMENTS = 40
HEAD_BYTES = 16
"""A first piece shorter than this cannot be recognised."""
_SEGMENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHECKSUMS = ("sha1", "sha256")
"""Algorithms of the tus checksum extension, which asks for SHA-1 at least; the page uses SHA-256."""
_CONTAINERS = {"webm": media.Container.WEBM, "mp4": media.Container.MP4}
_MEDIA_TYPE = {AnswerKind.VIDEO: "video", AnswerKind.VOICE: "audio"}


class WrongContent(MusterError):
    """The bytes or their type are not what this recording takes."""

    status = 400
    code = "wrong_content"
    title = N_("This is not a recording we can take")
    default = N_("The recording must be WebM or MP4. Please use a current browser, or answer in writing.")


class Damaged(MusterError):
    """A piece's checksum differs from its bytes (460 as tus has it)."""

    status = 460
    code = "checksum_mismatch"
    title = N_("A piece was damaged on its way")
    default = N_("A piece of the recording was damaged on its way. It is sent again by itself.")


class BadChecksum(Invalid):
    """A checksum that cannot be checked (400 as tus has it)."""

    status = 400


class Incomplete(Conflict):
    """Bytes of a segment have not arrived; `expected` is where to go on."""

    code = "incomplete"
    default = N_(
        "A part of your answer is still on its way. Keep this page open; it is handed in when all is here."
    )


class Sent(msgspec.Struct, frozen=True):
    """What the page says it sent of a segment: its id and size, optionally the SHA-256 of all its bytes
    (hex)."""

    id: str
    size: int
    sha256: str = ""


class Piece(msgspec.Struct, frozen=True):
    """A stretch of a segment as it arrived: where it belongs (bytes), its checksum as in the tus extension (or
    empty), and how many milliseconds were recorded by its end as the page counted."""

    segment_id: str
    offset: int
    data: bytes
    checksum: str = ""
    recorded_ms: int = 0


class Recordings:
    """The segments of answers while they arrive."""

    def __init__(self, media_file: Database, blobs: BlobStore, room: Room) -> None:
        self._media = media_file
        self._blobs = blobs
        self._room = room
        self.intake = Intake()

    def create(self, key: Key, question_id: str, segment_id: str, content_type: str, take: int) -> Recording:
        """A new segment of an answer, or the same one again. A higher `take` discards what was recorded
        before.

        Raises `WrongContent` for another type than the consent allows, `Conflict`, the link's errors.
        """
        if not _SEGMENT_ID.fullmatch(segment_id):
            raise Invalid({"id": N_("A recording is named by a UUID.")})
        visit, question, answer = self._room.begin_answer(key, question_id, take)
        consent = visit.interview.consent
        kind = consent.kind_for(question.kind) if consent else AnswerKind.TEXT
        _accept_type(content_type, kind)

        def work(tx: Transaction) -> Recording:
            known = recording_store.find(tx, segment_id)
            if known is not None:
                if known.answer_id != answer.id:
                    raise Conflict(N_("This recording belongs to another answer."))
                return known
            self._discard(tx, answer.id, before_take=answer.take)
            return self._add(tx, visit.interview, question, answer, kind, segment_id, content_type)

        return self._media.write(work)

    def admit(self, key: Key) -> None:
        """Raises the link's errors and `OtherDevice` before a byte is read: a stranger who sends slowly must not hold
        the room that recordings on their way have in memory."""
        self._room.admitted(key)

    def append(
        self, key: Key, segment_id: str, offset: int, data: bytes, *, checksum: str = "", recorded_ms: int = 0
    ) -> int:
        """Store a piece at `offset` and return the new size.

        `checksum` is "sha256 <base64>" as in the tus checksum extension. `recorded_ms` is the page's own
        count of what is in the segment, taken as at most the question's time. Raises `OffsetMismatch` with the
        offset to go on from, `TooLarge`, `WrongContent`, `Damaged`, `StorageFull`.
        """
        return self._media.write(self._appending(key, Piece(segment_id, offset, data, checksum, recorded_ms)))

    async def append_async(self, key: Key, piece: Piece) -> int:
        """`append` for a coroutine; no thread is held while the group's commit runs."""
        return await self._media.write_async(self._appending(key, piece))

    def _appending(self, key: Key, piece: Piece) -> Callable[[Transaction], int]:
        """The piece of work that stores a piece. All of it happens on the media file's writer thread, the look at
        the link in core.db too: with hundreds of pieces a second, changing threads costs more than the checks."""
        data, offset = piece.data, piece.offset
        if len(data) > LARGEST_PIECE:
            raise TooLarge(N_("At most %(limit)d MB can be sent at once."), limit=LARGEST_PIECE >> 20)
        if not data:
            raise Invalid({"body": N_("The piece is empty.")})

        def work(tx: Transaction) -> int:
            digest = hashlib.sha256(data)
            if piece.checksum:
                _verify(piece.checksum, data)
            recording = self._of_interview(tx, self._room.admitted(key), piece.segment_id)
            if offset != recording.size or recording.state is not RecordingState.OPEN:
                return _settle_other_offset(tx, recording, offset, len(data), digest.hexdigest())
            if offset == 0:
                _recognise(data, recording.content_type)
            if recording_store.used_bytes(tx, recording.answer_id) + len(data) > recording.limit_bytes:
                raise TooLarge(
                    N_("This answer is longer than the question allows. What arrived so far is kept.")
                )
            size = self._blobs.append(tx, recording.blob_id, offset, data)
            recording_store.add_chunk(tx, recording.id, offset, len(data), digest.hexdigest())
            said_ms = min(piece.recorded_ms, _time_given_ms(recording))
            recording_store.grow(tx, recording.id, size, max(recording.recorded_ms, said_ms))
            return size

        return work

    def standing(self, key: Key, segment_id: str) -> Recording:
        """A segment as far as it has arrived. Raises `NotFound`, the link's errors."""
        interview = self._room.admitted(key)
        return self._media.read(lambda tx: self._of_interview(tx, interview, segment_id))

    def offset(self, key: Key, segment_id: str) -> int:
        """How many bytes of a segment are stored."""
        return self.standing(key, segment_id).size

    def of_interview(self, interview_id: str) -> list[Recording]:
        """All segments of an interview that were not discarded."""
        return self._media.read(lambda tx: recording_store.of_interview(tx, interview_id))

    def submit(self, key: Key, question_id: str, sent: tuple[Sent, ...]) -> Answer:
        """Seal the answer's segments and hand it in; doing it twice changes nothing.

        Raises `Incomplete` when a segment that the page names has not arrived whole.
        """
        visit = self._room.here(key)
        answer = visit.answer_to(question_id)
        if answer is None:
            raise Conflict(N_("Nothing has been recorded for this question yet."))
        for one in sent:
            self._check_digest(one)
        segments = self._media.write(lambda tx: self.seal(tx, answer.id, sent))
        if not segments:
            raise Conflict(N_("Nothing has been recorded for this question yet."))
        return self._room.submit_recording(key, question_id, segments)

    def submit_text(self, key: Key, question_id: str, text: str, *, skip: bool = False) -> Answer:
        """Hand in a typed answer; what was recorded for the question before is discarded."""
        answer = self._room.submit_text(key, question_id, text, skip=skip)
        if answer.kind is AnswerKind.TEXT:
            self._media.write(lambda tx: self._discard(tx, answer.id, before_take=None))
        return answer

    def seal(self, tx: Transaction, answer_id: str, sent: tuple[Sent, ...] = ()) -> tuple[Segment, ...]:
        """Close what has arrived of an answer; empty segments are dropped. `sent` must have arrived whole."""
        recordings = {one.id: one for one in recording_store.of_answer(tx, answer_id)}
        for one in sent:
            recording = recordings.get(one.id)
            if recording is None:
                raise NotFound(N_("This recording does not belong to your answer."))
            if recording.size != one.size:
                raise Incomplete(expected=recording.size)
        segments: list[Segment] = []
        for recording in recordings.values():
            if recording.size == 0:
                self._erase(tx, recording)
                continue
            if recording.state is RecordingState.OPEN:
                self._blobs.seal(tx, recording.blob_id)
                recording_store.set_state(tx, recording.id, RecordingState.SEALED)
            segments.append(_segment(recording))
        return tuple(segments)

    def _add(
        self,
        tx: Transaction,
        interview: Interview,
        question: Question,
        answer: Answer,
        kind: AnswerKind,
        segment_id: str,
        content_type: str,
    ) -> Recording:
        number = len(recording_store.of_answer(tx, answer.id)) + 1
        if number > MOST_SEGMENTS:
            raise Conflict(
                N_("This answer was interrupted too often. Hand in what is there, or answer in writing.")
            )
        seconds = interview.seconds(question.answer_s)
        recording = Recording(
            id=segment_id,
            interview_id=interview.id,
            answer_id=answer.id,
            take=answer.take,
            number=number,
            blob_id=self._blobs.create(tx, interview.key_id, content_type),
            content_type=content_type,
            size=0,
            limit_bytes=ALLOWANCE + seconds * BYTES_PER_SECOND[kind],
            recorded_ms=0,
            state=RecordingState.OPEN,
            started_at=tx.now,
            ended_at=tx.now,
        )
        recording_store.add(tx, recording)
        return recording

    def _discard(self, tx: Transaction, answer_id: str, *, before_take: int | None) -> None:
        for recording in recording_store.of_answer(tx, answer_id):
            if before_take is None or recording.take < before_take:
                self._erase(tx, recording)

    def _erase(self, tx: Transaction, recording: Recording) -> None:
        self._blobs.erase(tx, recording.blob_id)
        recording_store.forget_chunks(tx, recording.id)
        recording_store.set_state(tx, recording.id, RecordingState.DISCARDED)

    def _of_interview(self, tx: Transaction, interview: Interview, segment_id: str) -> Recording:
        recording = recording_store.find(tx, segment_id)
        if recording is None or recording.interview_id != interview.id:
            raise NotFound(N_("This recording does not belong to your interview."))
        if recording.state is RecordingState.DISCARDED:
            raise Conflict(N_("You have started this answer anew; the earlier recording was discarded."))
        return recording

    def _check_digest(self, sent: Sent) -> None:
        """Compare the whole segment with what the page has computed, where it did."""
        if not sent.sha256:
            return
        recording = self._media.read(lambda tx: recording_store.find(tx, sent.id))
        if recording is None or recording.size != sent.size:
            return
        digest = hashlib.sha256()
        for piece in self._blobs.read(recording.blob_id):
            digest.update(piece)
        if digest.hexdigest() != sent.sha256.lower():
            raise Damaged(
                N_("The recording that arrived differs from the one that was sent. Please record it again.")
            )


def _settle_other_offset(tx: Transaction, recording: Recording, offset: int, size: int, sha256: str) -> int:
    """A piece that is stored already is taken as sent; any other place is refused with the right one."""
    if recording_store.has_chunk(tx, recording.id, offset, size, sha256):
        return recording.size
    if recording.state is not RecordingState.OPEN:
        raise Conflict(N_("This answer has been handed in and cannot be changed any more."))
    raise OffsetMismatch(recording.size)


def _verify(checksum: str, data: bytes) -> None:
    """Hold a piece against `Upload-Checksum`. Raises `Damaged`, `Invalid` for what is no checksum."""
    algorithm, _, told = checksum.partition(" ")
    if algorithm not in CHECKSUMS or not told:
        message = N_("A checksum is sha256 or sha1, a space, and the digest in Base64.")
        raise BadChecksum({"upload-checksum": message})
    if told.strip() != b64encode(hashlib.new(algorithm, data, usedforsecurity=False).digest()).decode(
        "ascii"
    ):
        raise Damaged()


def _time_given_ms(recording: Recording) -> int:
    """The question's time in milliseconds, of which the segment's limit was made: no segment holds more of an
    answer, whatever a page's clock says."""
    kind = AnswerKind.VIDEO if recording.content_type.startswith("video/") else AnswerKind.VOICE
    return max(0, recording.limit_bytes - ALLOWANCE) * 1000 // BYTES_PER_SECOND[kind]


def _accept_type(content_type: str, kind: AnswerKind) -> None:
    if kind is AnswerKind.TEXT:
        raise Conflict(N_("You have chosen to answer in writing; nothing is recorded."))
    family, _, rest = content_type.partition("/")
    if (
        family != _MEDIA_TYPE[kind]
        or rest.split(";")[0].strip() not in _CONTAINERS
        or len(content_type) > 100
    ):
        raise WrongContent()


def _recognise(head: bytes, content_type: str) -> None:
    """The first bytes must be of the container that was announced, whatever the page says."""
    named = _CONTAINERS[content_type.partition("/")[2].split(";")[0].strip()]
    if len(head) < HEAD_BYTES or media.container_of(head[:64]) is not named:
        raise WrongContent()


def _segment(recording: Recording) -> Segment:
    return Segment(
        recording_id=recording.id,
        blob_id=recording.blob_id,
        content_type=recording.content_type,
        size=recording.size,
        started_at=recording.started_at,
        ended_at=recording.ended_at,
    )
