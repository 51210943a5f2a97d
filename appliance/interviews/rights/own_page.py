"""The candidate's own page behind their link: where things stand, what is kept, what they may ask for.

Reading and asking need the link alone, because a phone that was lost must not cost anybody their rights: nothing
that is asked here happens before a person has made sure who asks. What was said, and correcting it, is shown on
the device that gave the answers only.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from appliance.audit import ledger
from appliance.interviews import store as interview_store
from appliance.interviews.analysis.transcript import Sentence
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.invitations.links import (
    LinkUnknown,
    OtherDevice,
    same_hash,
    secret_hash,
)
from appliance.interviews.model import (
    ANALYSE_ANSWER,
    ASSESS,
    AnalyseAnswer,
    Answer,
    AnswerKind,
    AnswerState,
    AssessInterview,
    Interview,
    InterviewState,
    Question,
)
from appliance.interviews.rights import erasure_store, store
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.correction import checked_correction
from appliance.interviews.rights.filing import Filing
from appliance.interviews.rights.letters import ExplanationLetter
from appliance.interviews.rights.model import (
    Correction,
    Erasure,
    Origin,
    Outcome,
    RequestKind,
    RightsPolicy,
    RightsRequest,
)
from appliance.interviews.room.door import Key
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Gone, NotFound
from appliance.kernel.jobs import enqueue
from appliance.people.probation import months_after


class OwnAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One question as the candidate reads it back. `text` is what they typed or what the recogniser wrote, None
    while it is not written down yet."""

    question: Question
    answer: Answer | None
    text: str | None
    correction: Correction | None

    @property
    def correctable(self) -> bool:
        """Whether the one correction is still to be had."""
        spoken = self.answer is not None and self.answer.kind is not AnswerKind.TEXT
        return spoken and bool(self.text) and self.correction is None


class OwnPage(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page shows. `here`: on the device that answered; `kept_until` is None while the application
    runs; `erasure` is set once the data are gone."""

    interview: Interview
    post: str
    here: bool
    answers: Sequence[OwnAnswer]
    requests: Sequence[RightsRequest]
    policy: RightsPolicy
    decided_at: datetime | None
    kept_until: date | None
    hired: bool
    held: bool
    explained: bool
    erasure: Erasure | None

    def asked(self, kind: RequestKind) -> RightsRequest | None:
        """The newest request of a kind."""
        return next((one for one in self.requests if one.kind is kind), None)


class OwnPages:
    """Verbs of the candidate on their own data."""

    def __init__(
        self,
        core: Database,
        clock: Clock,
        filing: Filing,
        candidates: RightsCandidates,
        explanation: ExplanationLetter | None,
    ) -> None:
        self._core = core
        self._clock = clock
        self._filing = filing
        self._candidates = candidates
        self._explanation = explanation

    def look(self, key: Key) -> OwnPage:
        """Where things stand, without changing anything. Raises `LinkUnknown`."""
        return self._core.read(lambda tx: self._page(tx, key))

    def ask(self, key: Key, kind: RequestKind, words: str) -> tuple[RightsRequest, bool]:
        """Ask for something; while one of the kind is open, that one is given. The first wish to speak with a
        person is told to recruiting too. Raises `LinkUnknown`, `Gone` after an erasure, `Invalid`."""

        def work(tx: Transaction) -> tuple[RightsRequest, bool]:
            interview, _ = self._interview(tx, key)
            if interview.state is InterviewState.ERASED:
                raise Gone(N_("Your data have been erased; there is nothing left to ask for."))
            return self.wish(tx, interview, kind, words)

        return self._core.write(work)

    def wish(
        self, tx: Transaction, interview: Interview, kind: RequestKind, words: str = ""
    ) -> tuple[RightsRequest, bool]:
        """File a candidate's wish in the caller's transaction."""
        actor = _candidate(interview)
        if kind is RequestKind.HUMAN_INTERVIEW and interview.person_requested_at is None:
            interview_store.update_interview(tx, interview.id, person_requested_at=tx.now)
            ledger.record(tx, actor, "interview.person_requested", f"interview:{interview.id}", {})
        return self._filing.file(
            tx,
            actor,
            interview.candidate_id,
            interview_id=interview.id,
            kind=kind,
            origin=Origin.PAGE,
            language=interview.language,
            words=words,
            received_at=tx.now,
        )

    def correct(self, key: Key, answer_id: str, text: str) -> None:
        """Put right what was written down wrongly, once an answer; the corrected text is assessed again.

        Raises `LinkUnknown`, `OtherDevice`, `NotFound`, `Conflict` (typed, not written down yet, corrected
        already) and `Invalid` when nothing or too much was changed.
        """

        def work(tx: Transaction) -> None:
            interview, here = self._interview(tx, key)
            if not here:
                raise OtherDevice(N_("Corrections are made on the device that you answered on."))
            answer = interview_store.answer(tx, answer_id)
            if answer is None or answer.interview_id != interview.id:
                raise NotFound(N_("This answer does not belong to your interview."))
            original = self._correctable(tx, answer)
            corrected, share = checked_correction(original, text)
            correction = Correction(
                answer_id=answer_id,
                interview_id=interview.id,
                original=original,
                corrected=corrected,
                share=share,
                corrected_at=tx.now,
            )
            store.add_correction(tx, correction)
            details: dict[str, ledger.Scalar] = {"interview": interview.id, "share": share}
            ledger.record(tx, _candidate(interview), "answer.corrected", f"answer:{answer_id}", details)
            _analyse_again(tx, interview, answer)

        self._core.write(work)

    def explanation(self, key: Key) -> bytes:
        """The letter that explains the assessment, once HR has answered. Raises `NotFound`, `LinkUnknown`."""

        def work(tx: Transaction) -> bytes:
            page = self._page(tx, key)
            if not page.explained or self._explanation is None:
                raise NotFound(N_("There is no letter yet. You are written to when there is."))
            subject = f"interview:{page.interview.id}"
            ledger.record(tx, _candidate(page.interview), "rights.explanation_opened", subject, {})
            return self._explanation(tx, page.interview.id, page.interview.language)

        return self._core.write(work)

    def _interview(self, tx: Transaction, key: Key) -> tuple[Interview, bool]:
        """The link's interview whatever its state, and whether this device answered: rights outlast windows."""
        given = secret_hash(key.token)
        found = interview_store.interview_by_link(tx, given)
        if found is None or not same_hash(given, found[1]):
            raise LinkUnknown()
        interview, _, device_hash = found
        return interview, bool(key.device) and same_hash(secret_hash(key.device), device_hash)

    def _page(self, tx: Transaction, key: Key) -> OwnPage:
        interview, here = self._interview(tx, key)
        requests = store.requests_of(tx, interview.candidate_id)
        erasure = erasure_store.standing(tx, interview.candidate_id)
        brief = self._candidates.known(tx, interview.candidate_id)
        policy = store.policy(tx)
        decided_at = self._candidates.decided_at(tx, interview.candidate_id) if brief else None
        kept_until = (
            months_after(decided_at.astimezone(self._clock.zone).date(), policy.keep_months)
            if decided_at
            else None
        )
        explained = self._explanation is not None and interview.state is InterviewState.ASSESSED
        return OwnPage(
            interview=interview,
            post=brief.post(interview.language) if brief else "",
            here=here,
            answers=self._answers(tx, interview),
            requests=requests,
            policy=policy,
            decided_at=decided_at,
            kept_until=kept_until,
            hired=self._candidates.is_employed(tx, interview.candidate_id),
            held=erasure_store.hold(tx, interview.candidate_id) is not None,
            explained=explained
            and any(
                one.kind is RequestKind.EXPLANATION and one.outcome is Outcome.GRANTED for one in requests
            ),
            erasure=erasure if interview.state is InterviewState.ERASED else None,
        )

    def _answers(self, tx: Transaction, interview: Interview) -> list[OwnAnswer]:
        answers = {one.question_id: one for one in interview_store.answers(tx, interview.id)}
        analyses = assessment_store.analyses(tx, interview.id)
        corrections = store.corrections(tx, interview.id)
        found = []
        for question in interview_store.questions_of(tx, interview):
            answer = answers.get(question.id)
            analysis = analyses.get(answer.id) if answer else None
            correction = corrections.get(answer.id) if answer else None
            text: str | None = None
            if answer is not None and answer.kind is AnswerKind.TEXT:
                text = answer.text
            elif correction is not None:
                text = correction.corrected
            elif analysis is not None:
                text = running_text(analysis.sentences)
            found.append(OwnAnswer(question=question, answer=answer, text=text, correction=correction))
        return found

    def _correctable(self, tx: Transaction, answer: Answer) -> str:
        """What the recogniser wrote. Raises `Conflict` where there is nothing to correct."""
        if answer.kind is AnswerKind.TEXT:
            raise Conflict(
                N_("You wrote this answer yourself; only what was written down from speech is corrected.")
            )
        if store.correction_of(tx, answer.id) is not None:
            raise Conflict(
                N_("This answer has been corrected once already. Ask for a correction below instead.")
            )
        analysis = assessment_store.analyses(tx, answer.interview_id).get(answer.id)
        text = running_text(analysis.sentences) if analysis else ""
        if answer.state not in {AnswerState.ANALYSED, AnswerState.FAILED} or not text:
            raise Conflict(N_("This answer is not written down yet. Come back in a few minutes."))
        return text


def running_text(sentences: Sequence[Sentence]) -> str:
    """The sentences as one text: a line each, as they are numbered in the report."""
    return "\n".join(one.text for one in sentences)


def _analyse_again(tx: Transaction, interview: Interview, answer: Answer) -> None:
    """The corrected answer goes through the analysis again, and a report that was written is written anew."""
    interview_store.update_answer(tx, answer.id, state=AnswerState.SUBMITTED)
    enqueue(
        tx,
        ANALYSE_ANSWER,
        AnalyseAnswer(answer.id),
        unique_key=f"{ANALYSE_ANSWER}:{answer.id}:corrected",
        subject=f"answer:{answer.id}",
    )
    if interview.state is InterviewState.ASSESSED:
        interview_store.update_interview(tx, interview.id, state=InterviewState.FINISHED)
        enqueue(
            tx,
            ASSESS,
            AssessInterview(interview.id),
            unique_key=f"{ASSESS}:{interview.id}:{answer.id}:corrected",
            subject=f"interview:{interview.id}",
        )


def _candidate(interview: Interview) -> Actor:
    return Actor(id=interview.candidate_id, kind=ActorKind.CANDIDATE, label="link")
