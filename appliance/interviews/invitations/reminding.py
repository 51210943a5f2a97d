"""One reminder by itself, a day before the window closes, to who has not begun."""

from datetime import datetime, timedelta

import msgspec

from appliance.audit import ledger
from appliance.interviews import store
from appliance.interviews.invitations import letter_store
from appliance.interviews.invitations.letters import InterviewLetters, Step
from appliance.interviews.model import Interview, InterviewState
from appliance.kernel.actor import MACHINE
from appliance.kernel.db import Transaction
from appliance.kernel.jobs import JobContext, enqueue

REMIND = "interviews.remind"
"""Job kind, payload `RemindOnce`, in core.db."""
BEFORE_END = timedelta(days=1)
TOO_SOON = timedelta(hours=6)
"""Nobody is reminded of a letter that has hardly arrived."""


class RemindOnce(msgspec.Struct, frozen=True):
    """Payload of `REMIND`: of a window that was moved since, nobody is reminded."""

    interview_id: str
    window_end: datetime


def schedule_reminder(tx: Transaction, interview: Interview) -> None:
    """Remind once in this window: a day before it closes, or when it opens if it is shorter than that."""
    run_at = max(interview.window_end - BEFORE_END, interview.window_start)
    if run_at < tx.now + TOO_SOON:
        return
    enqueue(
        tx,
        REMIND,
        RemindOnce(interview.id, interview.window_end),
        unique_key=f"{REMIND}:{interview.id}:{interview.window_end.isoformat()}",
        run_at=run_at,
        subject=f"interview:{interview.id}",
    )


class Reminding:
    """The handler of `REMIND`."""

    def __init__(self, letters: InterviewLetters) -> None:
        self._letters = letters

    def handle(self, job: JobContext) -> None:
        """Remind, unless it is no longer called for."""
        asked = job.decode(RemindOnce)
        job.finish(lambda tx: self._remind(tx, asked))

    def _remind(self, tx: Transaction, asked: RemindOnce) -> None:
        interview = store.interview(tx, asked.interview_id)
        if interview is None or not _called_for(tx, interview, asked):
            return
        if self._letters.send(tx, interview, Step.REMINDER):
            store.update_interview(tx, interview.id, reminded_at=tx.now)
            ledger.record(tx, MACHINE, "interview.reminded", f"interview:{interview.id}", {})


def _called_for(tx: Transaction, interview: Interview, asked: RemindOnce) -> bool:
    begun = interview.state not in {InterviewState.INVITED, InterviewState.CONSENTED}
    if begun or interview.person_requested_at is not None:
        return False
    if interview.window_end != asked.window_end or tx.now >= interview.window_end:
        return False
    # HR may have reminded by hand a moment ago.
    return not letter_store.written_since(tx, interview.id, Step.REMINDER.value, tx.now - BEFORE_END)
