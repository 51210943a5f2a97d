"""A request comes in: a receipt, a deadline, somebody responsible; asking twice gives the first."""

import secrets
from datetime import date, datetime

from appliance.audit import ledger
from appliance.interviews.analysis.transcript import clean_text
from appliance.interviews.rights import store
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.deadlines import deadline
from appliance.interviews.rights.letters import RightsLetters
from appliance.interviews.rights.model import (
    Origin,
    RequestKind,
    RequestState,
    RightsRequest,
)
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Invalid, Message
from appliance.kernel.ids import new_id
from appliance.people.work_calendar import WorkCalendar

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""None of which is mistaken for another on paper or on the telephone."""

LONGEST_WORDS = 2_000


class Filing:
    """Files requests, from whichever side they come."""

    def __init__(
        self, clock: Clock, calendar: WorkCalendar, candidates: RightsCandidates, letters: RightsLetters
    ) -> None:
        self._clock = clock
        self._calendar = calendar
        self._candidates = candidates
        self._letters = letters

    def file(
        self,
        tx: Transaction,
        actor: Actor,
        candidate_id: str,
        *,
        interview_id: str,
        kind: RequestKind,
        origin: Origin,
        language: str,
        words: str,
        received_at: datetime,
    ) -> tuple[RightsRequest, bool]:
        """The request and whether it is new: while one of the kind is open, that one is given. Raises
        `Invalid` for words that are too long."""
        words = clean_text(words)
        if len(words) > LONGEST_WORDS:
            raise Invalid({"words": Message(N_("At most %(limit)d characters."), {"limit": LONGEST_WORDS})})
        known = store.open_request(tx, candidate_id, kind)
        if known is not None:
            return known, False
        terms = store.policy(tx)
        received_on = received_at.astimezone(self._clock.zone).date()
        due = deadline(self._calendar, received_on, terms.answer_days)
        request = RightsRequest(
            id=new_id(),
            receipt=receipt_number("R", received_on),
            candidate_id=candidate_id,
            interview_id=interview_id,
            kind=kind,
            origin=origin,
            state=RequestState.RECEIVED,
            language=language if language in ("zh", "en") else "zh",
            words=words,
            received_at=received_at,
            due_on=due.day,
            calendar_known=due.calendar_known,
            responsible_id=terms.responsible_id,
            responsible_name=terms.responsible_name,
        )
        store.add_request(tx, request)
        details: dict[str, ledger.Scalar] = {
            "kind": kind.value,
            "origin": origin.value,
            "due_on": due.day.isoformat(),
            "candidate": candidate_id,
        }
        ledger.record(tx, actor, "rights.received", f"rights_request:{request.id}", details)
        self._letters.step(tx, request, self._candidates.brief(tx, candidate_id), "received")
        return request, True


def receipt_number(kind: str, day: date) -> str:
    """A number to say on the telephone, such as R-261125-7KQ4XB; six random letters, not to be guessed."""
    return f"{kind}-{day:%y%m%d}-" + "".join(secrets.choice(LETTERS) for _ in range(6))
