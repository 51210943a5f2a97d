"""When the window is over: what was answered is handed in, what was never begun has expired. Nothing is
lost."""

from appliance.audit import ledger
from appliance.interviews import store
from appliance.interviews.invitations.letters import InterviewLetters, Step
from appliance.interviews.invitations.service import CandidateDesk, CloseWindow
from appliance.interviews.model import (
    OPEN_STATES,
    STARTED_GRACE,
    AnswerKind,
    AnswerState,
    Interview,
    InterviewState,
    Segment,
)
from appliance.interviews.recordings import store as recording_store
from appliance.interviews.recordings.service import Recordings
from appliance.interviews.room.handing_in import close, hand_in
from appliance.kernel.actor import MACHINE
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.jobs import JobContext


class Closing:
    """The handler of the job `interviews.close_window`."""

    def __init__(
        self,
        databases: Databases,
        recordings: Recordings,
        candidates: CandidateDesk,
        letters: InterviewLetters,
    ) -> None:
        self._databases = databases
        self._recordings = recordings
        self._candidates = candidates
        self._letters = letters

    def handle(self, job: JobContext) -> None:
        """Settle one interview; one that was rescheduled has a later job of its own."""
        interview_id = job.decode(CloseWindow).interview_id
        interview = self._databases.core.read(lambda tx: store.interview(tx, interview_id))
        if interview is None or interview.state not in OPEN_STATES:
            return
        sealed = self._seal(interview)
        job.finish(lambda tx: self._settle(tx, interview_id, sealed))

    def _seal(self, interview: Interview) -> dict[str, tuple[Segment, ...]]:
        """Close the segments of answers that were never handed in, by answer."""

        def work(tx: Transaction) -> dict[str, tuple[Segment, ...]]:
            begun = {one.answer_id for one in recording_store.of_interview(tx, interview.id)}
            return {answer_id: self._recordings.seal(tx, answer_id) for answer_id in sorted(begun)}

        if interview.window_end + STARTED_GRACE > self._databases.media.clock.now():
            return {}
        return self._databases.media.write(work)

    def _settle(self, tx: Transaction, interview_id: str, sealed: dict[str, tuple[Segment, ...]]) -> None:
        interview = store.interview(tx, interview_id)
        if interview is None or interview.state not in OPEN_STATES:
            return
        if tx.now < interview.window_end + STARTED_GRACE:
            return
        for answer in store.answers(tx, interview_id):
            if answer.state is AnswerState.RECORDING:
                segments = sealed.get(answer.id, ())
                if segments or (answer.kind is AnswerKind.TEXT and answer.text.strip()):
                    hand_in(tx, interview, answer, segments)
        answered = any(answer.submitted_at for answer in store.answers(tx, interview_id))
        if answered:
            close(tx, self._candidates, interview, MACHINE)
            return
        store.update_interview(tx, interview_id, state=InterviewState.EXPIRED)
        if interview.person_requested_at is None:
            self._letters.send(tx, interview, Step.EXPIRED)
        ledger.record(tx, MACHINE, "interview.expired", f"interview:{interview_id}", {})
