"""The candidate's side of an interview: in by the link, consent, one device, answers, the end.

Every verb takes what the browser holds (link token and device secret) and checks it anew. Rules of time and
state stand here; the bytes of recordings are the business of `recordings`.
"""

from collections.abc import Callable

import msgspec

from appliance.audit import ledger
from appliance.interviews import store
from appliance.interviews.follow_ups.service import follow_up
from appliance.interviews.invitations.links import (
    secret_hash,
)
from appliance.interviews.invitations.service import LANGUAGES, CandidateDesk, required
from appliance.interviews.model import (
    Answer,
    AnswerKind,
    AnswerState,
    Consent,
    Interview,
    InterviewState,
    Question,
    Segment,
)
from appliance.interviews.room import door
from appliance.interviews.room import store as room_store
from appliance.interviews.room.door import Key, Visit
from appliance.interviews.room.handing_in import close, hand_in
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, Message, NotFound
from appliance.kernel.ids import new_id

NOTICE_VERSION = "2026-11.3"
"""Which text of the notice a consent was given to; a new text gets a new version."""

REPLY_DAYS = 10
"""Working days after which a candidate who heard nothing should ask, as the last page says."""

LONGEST_ANSWER = 20_000
"""Characters of a typed answer."""


class Room:
    """The candidate room. It reads and writes core.db only."""

    def __init__(self, core: Database, candidates: CandidateDesk, *, adaptive: bool = False) -> None:
        """`adaptive`: follow-ups may be made from answers on this site."""
        self._core = core
        self._candidates = candidates
        self._adaptive = adaptive
        self._told_of_wish: Callable[[Transaction, Interview], object] | None = None

    def tell_of_wish(self, listener: Callable[[Transaction, Interview], object]) -> None:
        """Have the first wish for a conversation with a person told in its own transaction."""
        self._told_of_wish = listener

    def look(self, key: Key) -> Visit:
        """What the link leads to, without changing anything: mail programs open links too.

        Raises `LinkUnknown`, `LinkEarly`, `LinkExpired`, `LinkRevoked`; a finished interview is looked at.
        """
        return self._core.read(lambda tx: door.visit(tx, key))

    def post(self, visit: Visit) -> str:
        """The name of the post, for the greeting."""
        brief = self._core.read(lambda tx: self._candidates.brief(tx, visit.interview.candidate_id))
        return brief.post(visit.language)

    def consent(self, key: Key, *, voice: bool, video: bool) -> None:
        """The candidate agrees to be recorded, or chooses text; this device goes on with the interview."""

        def work(tx: Transaction) -> None:
            visit = door.open_visit(tx, key)
            if visit.interview.state is not InterviewState.INVITED:
                raise Conflict(N_("You have already made your choice. Load the page again to go on."))
            given = Consent(
                voice=voice, video=voice and video, notice_version=NOTICE_VERSION, given_at=tx.now
            )
            store.update_interview(
                tx,
                visit.interview.id,
                state=InterviewState.CONSENTED,
                consent=given,
                device_hash=secret_hash(key.device),
            )
            details: dict[str, str | bool] = {
                "voice": given.voice,
                "video": given.video,
                "notice": NOTICE_VERSION,
            }
            ledger.record(tx, candidate(visit), "interview.consented", _subject(visit), details)

        self._core.write(work)

    def withdraw_recording(self, key: Key, *, voice: bool, video: bool) -> None:
        """Take consent back for what is still to come: video becomes voice, voice becomes text."""

        def work(tx: Transaction) -> None:
            visit = self.here_in(tx, key)
            before = visit.interview.consent
            if before is None:
                raise Conflict(N_("Please read the notice and choose first."))
            voice_left = before.voice and voice
            given = Consent(
                voice=voice_left,
                video=voice_left and before.video and video,
                notice_version=NOTICE_VERSION,
                given_at=tx.now,
            )
            store.update_interview(tx, visit.interview.id, consent=given)
            details: dict[str, str | bool] = {
                "voice": given.voice,
                "video": given.video,
                "notice": NOTICE_VERSION,
            }
            ledger.record(tx, candidate(visit), "interview.consent_changed", _subject(visit), details)

        self._core.write(work)

    def take_over(self, key: Key) -> None:
        """Go on with the interview on this device; the other one is told when it next asks."""

        def work(tx: Transaction) -> None:
            visit = door.open_visit(tx, key)
            device = secret_hash(key.device)
            room_store.use_hand_over(tx, secret_hash(key.token), device)
            store.update_interview(tx, visit.interview.id, device_hash=device)
            ledger.record(tx, candidate(visit), "interview.device_changed", _subject(visit), {})

        self._core.write(work)

    def choose_language(self, key: Key, language: str) -> None:
        """Read the room in another language from now on."""
        if language not in LANGUAGES:
            raise Invalid({"language": N_("Choose Chinese or English.")})

        def work(tx: Transaction) -> None:
            visit = door.visit(tx, key)
            store.update_interview(tx, visit.interview.id, language=language)

        self._core.write(work)

    def ask_for_person(self, key: Key) -> None:
        """The candidate prefers a conversation with a person; asking twice changes nothing."""

        def work(tx: Transaction) -> None:
            visit = door.visit(tx, key)
            if visit.interview.person_requested_at is not None:
                return
            store.update_interview(tx, visit.interview.id, person_requested_at=tx.now)
            ledger.record(tx, candidate(visit), "interview.person_requested", _subject(visit), {})
            if self._told_of_wish is not None:
                self._told_of_wish(tx, required(tx, visit.interview.id))

        self._core.write(work)

    def begin_answer(self, key: Key, question_id: str, take: int) -> tuple[Visit, Question, Answer]:
        """The candidate answers a question now; `take` above the answer's starts over, as often as the plan
        allows.

        Raises `Conflict` for an answer that was handed in, or when no start is left.
        """
        return self._core.write(lambda tx: self._begin(tx, self.here_in(tx, key), question_id, take))

    def save_text(self, key: Key, question_id: str, text: str) -> Answer:
        """Keep what was typed so far."""
        _check_text(text)

        def work(tx: Transaction) -> Answer:
            visit = self.here_in(tx, key)
            _, _, answer = self._begin(tx, visit, question_id, 0)
            store.update_answer(tx, answer.id, text=text)
            return msgspec.structs.replace(answer, text=text)

        return self._core.write(work)

    def submit_text(self, key: Key, question_id: str, text: str, *, skip: bool = False) -> Answer:
        """Hand in a typed answer, to any question: text is an equal way. An empty one is a question
        passed over, which must be meant (`skip`)."""
        _check_text(text)
        if not text.strip() and not skip:
            raise Invalid(
                {"text": N_("There is no text yet. Write your answer, or choose to leave this question out.")}
            )

        def work(tx: Transaction) -> Answer:
            visit = self.here_in(tx, key)
            known = visit.answer_to(question_id)
            if known is not None and known.state is not AnswerState.RECORDING:
                return known
            _, question, answer = self._begin(tx, visit, question_id, 0)
            typed = msgspec.structs.replace(answer, kind=AnswerKind.TEXT, text=text.strip())
            store.update_answer(tx, answer.id, kind=typed.kind, text=typed.text)
            return self._hand_in(tx, visit, question, typed, ())

        return self._core.write(work)

    def submit_recording(self, key: Key, question_id: str, segments: tuple[Segment, ...]) -> Answer:
        """Hand in a recorded answer whose segments are sealed; handing it in twice changes nothing."""

        def work(tx: Transaction) -> Answer:
            visit = self.here_in(tx, key)
            question, answer = _begun(visit, question_id)
            if answer.state is not AnswerState.RECORDING:
                return answer
            video = any(segment.content_type.startswith("video/") for segment in segments)
            kind = AnswerKind.VIDEO if video else AnswerKind.VOICE
            store.update_answer(tx, answer.id, kind=kind)
            recorded = msgspec.structs.replace(answer, kind=kind)
            return self._hand_in(tx, visit, question, recorded, segments)

        return self._core.write(work)

    def finish(self, key: Key) -> None:
        """The candidate is done; finishing twice changes nothing. Raises `Conflict` while a question is
        open."""

        def work(tx: Transaction) -> None:
            visit = door.visit(tx, key)
            if visit.interview.state in {InterviewState.FINISHED, InterviewState.ASSESSED}:
                return
            visit = self.here_in(tx, key)
            if visit.follow_up_pending:
                raise Conflict(N_("One more question is being prepared. It is here in a few seconds."))
            open_questions = len(visit.questions) - visit.submitted()
            if open_questions:
                raise Conflict(
                    N_("%(count)d questions are not handed in yet. Answer them, or leave them out."),
                    count=open_questions,
                )
            close(tx, self._candidates, visit.interview, candidate(visit))

        self._core.write(work)

    def here(self, key: Key) -> Visit:
        """The visit of the device that goes on with the interview. Raises the link's errors and
        `OtherDevice`."""
        return self._core.read(lambda tx: self.here_in(tx, key))

    def here_in(self, tx: Transaction, key: Key) -> Visit:
        """As `here`, within a piece of work that changes something."""
        return door.visit_here(tx, key)

    def admitted(self, key: Key) -> Interview:
        """The interview that this device goes on with; the same rules as `here`, without plan and answers: every
        piece of a recording asks."""
        return self._core.read(lambda tx: door.interview_here(tx, key))

    # checks

    def _begin(
        self, tx: Transaction, visit: Visit, question_id: str, take: int
    ) -> tuple[Visit, Question, Answer]:
        question = visit.question(question_id)
        if question is None:
            raise NotFound(N_("This question does not belong to your interview."))
        consent = visit.interview.consent
        assert consent is not None, "the door has refused a visit without consent"
        if visit.interview.state is InterviewState.CONSENTED:
            self._start(tx, visit)
        answer = visit.answer_to(question_id)
        if answer is None:
            answer = Answer(
                id=new_id(),
                interview_id=visit.interview.id,
                question_id=question_id,
                kind=consent.kind_for(question.kind),
                state=AnswerState.RECORDING,
                take=1,
                started_at=tx.now,
            )
            store.add_answer(tx, answer)
        if answer.state is not AnswerState.RECORDING:
            raise Conflict(N_("This answer has been handed in and cannot be changed any more."))
        return visit, question, self._take(tx, question, answer, take)

    def _hand_in(
        self, tx: Transaction, visit: Visit, question: Question, answer: Answer, segments: tuple[Segment, ...]
    ) -> Answer:
        handed_in = hand_in(tx, visit.interview, answer, segments)
        follow_up(tx, visit.interview, question, handed_in, adaptive=self._adaptive)
        return handed_in

    def _take(self, tx: Transaction, question: Question, answer: Answer, take: int) -> Answer:
        if take <= answer.take:
            return answer
        if take != answer.take + 1 or take > 1 + question.retakes:
            raise Conflict(N_("You have used every new start for this question. What you recorded is kept."))
        store.update_answer(tx, answer.id, take=take)
        return msgspec.structs.replace(answer, take=take)

    def _start(self, tx: Transaction, visit: Visit) -> None:
        interview = visit.interview
        store.update_interview(tx, interview.id, state=InterviewState.IN_PROGRESS, started_at=tx.now)
        self._candidates.mark_interviewing(tx, candidate(visit), interview.candidate_id)
        ledger.record(tx, candidate(visit), "interview.started", _subject(visit), {})


def candidate(visit: Visit) -> Actor:
    """The candidate behind the link, as the ledger names them."""
    return Actor(id=visit.interview.candidate_id, kind=ActorKind.CANDIDATE, label="link")


def _subject(visit: Visit) -> str:
    return f"interview:{visit.interview.id}"


def _begun(visit: Visit, question_id: str) -> tuple[Question, Answer]:
    question, answer = visit.question(question_id), visit.answer_to(question_id)
    if question is None or answer is None:
        raise Conflict(N_("Nothing has been recorded for this question yet."))
    return question, answer


def _check_text(text: str) -> None:
    if len(text) > LONGEST_ANSWER:
        raise Invalid({"text": Message(N_("At most %(limit)d characters."), {"limit": LONGEST_ANSWER})})
