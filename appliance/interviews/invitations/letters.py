"""The letters of an invitation: each asked for with the change it tells of, remembered with the interview."""

from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.interviews import store as interview_store
from appliance.interviews.invitations import letter_store, moving_store
from appliance.interviews.invitations.candidates import CandidateBrief, CandidateDesk
from appliance.interviews.invitations.links import new_secret, secret_hash
from appliance.interviews.model import Interview
from appliance.interviews.plans import store as plan_store
from appliance.interviews.plans.timing import question_s
from appliance.interviews.rights import store as rights_store
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import NotFound
from appliance.notifications.model import ContextValue, MessageState, Trouble
from appliance.notifications.service import message_state, request_mail


class Step(StrEnum):
    """What a letter tells."""

    INVITED = "invited"
    REMINDER = "reminder"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OVER = frozenset({Step.WITHDRAWN, Step.EXPIRED})
"""Letters without a link."""


class SentLetter(msgspec.Struct, frozen=True):
    """One letter of an interview with the state of its delivery; None where it was removed."""

    step: Step
    asked_at: datetime
    state: MessageState | None
    trouble: Trouble
    sent_at: datetime | None


class InterviewLetters:
    """Writes them. `site_url` begins the links."""

    def __init__(self, core: Database, candidates: CandidateDesk, site_url: str) -> None:
        self._core = core
        self._candidates = candidates
        self._site_url = site_url.rstrip("/")

    def link(self, token: str) -> str:
        """The address that a token opens."""
        return f"{self._site_url}/room/{token}"

    def send(self, tx: Transaction, interview: Interview, step: Step, token: str = "") -> bool:
        """Ask for the letter in the caller's transaction. Of a link only the hash is kept, so a letter that
        needs one carries a further link; those of earlier letters stay good. False when there is nobody to
        write to: the candidate was erased or has no address."""
        try:
            brief = self._candidates.brief(tx, interview.candidate_id)
        except NotFound:
            return False
        if not brief.has_address:
            return False
        link = ""
        if step not in OVER:
            if not token:
                token = new_secret()
                interview_store.add_link(tx, interview.id, secret_hash(token))
            link = self.link(token)
        sequence = letter_store.last_sequence(tx, interview.candidate_id)
        if step in {Step.INVITED, Step.MOVED, Step.WITHDRAWN}:
            sequence += 1
        words = self.words(tx, brief, interview, step, link) | {"calendar_sequence": sequence}
        message_id = request_mail(
            tx,
            template="invitation_over" if step in OVER else "invitation",
            language=interview.language,
            recipient_kind="candidate",
            recipient_id=brief.candidate_id,
            context=words,
        )
        letter_store.add(tx, interview.id, message_id, step.value, sequence)
        return True

    def words(
        self, tx: Transaction, brief: CandidateBrief, interview: Interview, step: Step, link: str
    ) -> dict[str, ContextValue]:
        """What a letter says. The calendar's event is one a candidate: a new invitation moves it."""
        plan = plan_store.plan_version(tx, interview.plan_version_id)
        assert plan is not None, "an interview's plan version is never removed"
        seconds = sum(interview.seconds(question_s(question)[1]) for question in plan.questions)
        movable = bool(link) and moving_store.allowed(tx, interview.id)[0] > 0
        return {
            "own_date": f"{link}/another-date" if movable else "",
            "step": step.value,
            "name": brief.name,
            "post": brief.post(interview.language),
            "link": link,
            "opens_at": interview.window_start.isoformat(),
            "closes_at": interview.window_end.isoformat(),
            "minutes": max(5, -(-seconds // 60) + 3),
            "questions": len(plan.questions),
            "keep_months": rights_store.policy(tx).keep_months,
            "calendar_uid": f"interview-of-{brief.candidate_id}@muster",
            "calendar_sequence": 0,
        }

    def of(self, interview_id: str) -> list[SentLetter]:
        """The letters of an interview, newest first."""

        def work(tx: Transaction) -> list[SentLetter]:
            found = []
            for message_id, step, asked_at in letter_store.of_interview(tx, interview_id):
                state = message_state(tx, message_id)
                found.append(
                    SentLetter(
                        Step(step),
                        asked_at,
                        state.state if state else None,
                        state.trouble if state else Trouble.NONE,
                        state.sent_at if state else None,
                    )
                )
            return found

        return self._core.read(work)
