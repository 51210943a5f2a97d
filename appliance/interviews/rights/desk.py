"""HR's side of requests: received, in work, answered; each step in the ledger and in a letter."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import msgspec

from appliance.audit import ledger
from appliance.interviews import store as interview_store
from appliance.interviews.invitations.service import CandidateBrief
from appliance.interviews.invitations.service import required as interview_required
from appliance.interviews.model import OPEN_STATES, Interview, InterviewState
from appliance.interviews.rights import store
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.filing import Filing
from appliance.interviews.rights.letters import ExplanationLetter, RightsLetters
from appliance.interviews.rights.model import (
    Correction,
    NoRequest,
    Origin,
    Outcome,
    RequestKind,
    RequestState,
    RightsPolicy,
    RightsRequest,
)
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, Message
from appliance.kernel.web import Page, Paging

LEAST_ANSWER = 20
MOST_ANSWER = 4_000
ANSWER_DAYS = (1, 22)
"""Working days that a site may allow itself: at most about a month, which is the law's end anyway."""
KEEP_MONTHS = (1, 60)


class ListedRequest(msgspec.Struct, frozen=True):
    """A line of the list; `brief` is None after an erasure."""

    request: RightsRequest
    brief: CandidateBrief | None


class RequestFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a request shows."""

    request: RightsRequest
    brief: CandidateBrief | None
    interview: Interview | None
    steps: Sequence[Mapping[str, Any]]


class RightsDesk:
    """Verbs of HR on requests."""

    def __init__(
        self,
        core: Database,
        clock: Clock,
        filing: Filing,
        candidates: RightsCandidates,
        letters: RightsLetters,
        explanation: ExplanationLetter | None,
    ) -> None:
        self._core = core
        self._clock = clock
        self._filing = filing
        self._candidates = candidates
        self._letters = letters
        self._explanation = explanation

    def listed(self, show: str, paging: Paging) -> Page[ListedRequest]:
        """A page of requests: `open`, `overdue`, `answered` or all of them; the overdue first."""
        answered = {"open": False, "answered": True}.get(show)
        late = self._clock.today() if show == "overdue" else None

        def work(tx: Transaction) -> Page[ListedRequest]:
            found, total = store.listed(
                tx, answered=answered, overdue_on=late, offset=paging.offset, limit=paging.size
            )
            lines = [ListedRequest(one, self._candidates.known(tx, one.candidate_id)) for one in found]
            return Page(lines, total, paging.number, paging.size)

        return self._core.read(work)

    def counts(self) -> dict[str, int]:
        """How many requests are open, overdue, answered."""
        return self._core.read(lambda tx: store.counts(tx, self._clock.today()))

    def file(self, actor: Actor, request_id: str) -> RequestFile:
        """A request with all its steps; reading it is noted. Raises `NoRequest`."""

        def work(tx: Transaction) -> RequestFile:
            request = required(tx, request_id)
            ledger.record(tx, actor, "rights.seen", f"rights_request:{request_id}", {})
            interview = interview_store.interview(tx, request.interview_id) if request.interview_id else None
            return RequestFile(
                request=request,
                brief=self._candidates.known(tx, request.candidate_id),
                interview=interview,
                steps=[
                    row
                    for row in store.ledger_rows(tx, [f"rights_request:{request_id}"])
                    if row["action"] != "rights.seen"
                ],
            )

        return self._core.write(work)

    def corrections(self, actor: Actor, interview_id: str) -> tuple[CandidateBrief, list[Correction]]:
        """What the candidate corrected, both versions; reading it is noted. Raises `NotFound`."""

        def work(tx: Transaction) -> tuple[CandidateBrief, list[Correction]]:
            interview = interview_required(tx, interview_id)
            brief = self._candidates.brief(tx, interview.candidate_id)
            ledger.record(tx, actor, "answer.corrections_seen", f"interview:{interview_id}", {})
            return brief, list(store.corrections(tx, interview_id).values())

        return self._core.write(work)

    def enter(
        self,
        actor: Actor,
        candidate_id: str,
        *,
        kind: RequestKind,
        origin: Origin,
        language: str,
        words: str,
        received_on: date,
    ) -> tuple[RightsRequest, bool]:
        """A request of somebody who wrote or telephoned; the time runs from the day it arrived. Gives the one
        that is open already instead, and whether it is new. Raises `Invalid`, `NotFound`."""
        if received_on > self._clock.today():
            raise Invalid({"received_on": N_("A request cannot have arrived in the future.")})
        arrived = min(
            datetime.combine(received_on, time(12), self._clock.zone), self._clock.now()
        )  # fmt: skip

        def work(tx: Transaction) -> tuple[RightsRequest, bool]:
            self._candidates.candidate(tx, candidate_id)
            interviews = interview_store.interviews_of(tx, candidate_id)
            return self._filing.file(
                tx,
                actor,
                candidate_id,
                interview_id=interviews[0].id if interviews else "",
                kind=kind,
                origin=origin,
                language=language,
                words=words,
                received_at=arrived,
            )

        return self._core.write(work)

    def take(self, actor: Actor, request_id: str) -> None:
        """The actor takes the request into work and is responsible for it from now on."""
        responsible = self._candidates.colleague(actor.id)

        def work(tx: Transaction) -> None:
            request = self._moved(tx, request_id, RequestState.IN_WORK)
            values = {"responsible_id": responsible[0], "responsible_name": responsible[1]}
            store.update_request(tx, request_id, state=RequestState.IN_WORK, **values)
            ledger.record(tx, actor, "rights.in_work", f"rights_request:{request_id}", {})
            changed = msgspec.structs.replace(request, state=RequestState.IN_WORK, **values)
            self._letters.step(tx, changed, self._candidates.brief(tx, request.candidate_id), "in_work")

        self._core.write(work)

    def assign(self, actor: Actor, request_id: str, account_id: str) -> None:
        """Name another colleague responsible. Raises `Invalid`, `Conflict` once it is answered."""
        known, name = self._candidates.colleague(account_id)

        def work(tx: Transaction) -> None:
            request = required(tx, request_id)
            if not request.open:
                raise Conflict(ANSWERED_ALREADY)
            store.update_request(tx, request_id, responsible_id=known, responsible_name=name)
            details = {"responsible": known}
            ledger.record(tx, actor, "rights.assigned", f"rights_request:{request_id}", details)

        self._core.write(work)

    def grant(self, actor: Actor, request_id: str, answer: str) -> None:
        """Answer a request for an explanation, a person or a correction, in words for the person.

        Granting a conversation ends the machine's part. Raises `Invalid`, `Conflict`; copies and erasures have
        verbs of their own.
        """
        answer = checked_answer(answer)

        def work(tx: Transaction) -> None:
            request = self._moved(tx, request_id, RequestState.ANSWERED)
            if request.kind in (RequestKind.COPY, RequestKind.ERASURE):
                raise Conflict(
                    N_("A copy is handed out and an erasure is proposed; neither is answered here.")
                )
            if request.kind is RequestKind.HUMAN_INTERVIEW and request.interview_id:
                self._end_machine_part(tx, actor, request.interview_id)
            self.answered(tx, actor, request, Outcome.GRANTED, answer=answer)

        self._core.write(work)

    def refuse(self, actor: Actor, request_id: str, reason: str, legal_ground: str) -> None:
        """Refuse with a reason in plain words and the ground in law. Raises `Invalid`, `Conflict`."""
        reason, ground = checked_answer(reason), legal_ground.strip()
        if not ground:
            raise Invalid(
                {"legal_ground": N_("Name the ground in law, such as an article and its paragraph.")}
            )

        def work(tx: Transaction) -> None:
            request = self._moved(tx, request_id, RequestState.ANSWERED)
            self.answered(tx, actor, request, Outcome.REFUSED, answer=reason, legal_ground=ground[:300])

        self._core.write(work)

    def conversation_held(self, actor: Actor, request_id: str) -> None:
        """The conversation took place: the candidate stands where one with a report would. Once."""

        def work(tx: Transaction) -> None:
            request = required(tx, request_id)
            agreed = request.kind is RequestKind.HUMAN_INTERVIEW and request.outcome is Outcome.GRANTED
            if not agreed or request.held_at is not None:
                raise Conflict(N_("There is no agreed conversation that waits to be noted."))
            store.update_request(tx, request_id, held_at=tx.now)
            self._candidates.conversation_held(tx, actor, request.candidate_id)
            ledger.record(tx, actor, "rights.conversation_held", f"rights_request:{request_id}", {})

        self._core.write(work)

    def explanation(self, actor: Actor, request_id: str, language: str) -> bytes | None:
        """The letter that explains the assessment, as PDF; None where the machine assessed nothing or writes no
        letters here. Reading it is noted."""
        letter = self._explanation
        if letter is None:
            return None

        def work(tx: Transaction) -> bytes | None:
            request = required(tx, request_id)
            interview = interview_store.interview(tx, request.interview_id) if request.interview_id else None
            if interview is None or interview.state is not InterviewState.ASSESSED:
                return None
            ledger.record(tx, actor, "rights.explanation_opened", f"rights_request:{request_id}", {})
            return letter(tx, interview.id, language)

        return self._core.write(work)

    def has_letter(self, file: RequestFile) -> bool:
        """Whether there is a letter that explains an assessment."""
        interview = file.interview
        assessed = interview is not None and interview.state is InterviewState.ASSESSED
        return self._explanation is not None and assessed

    def policy(self) -> RightsPolicy:
        """The site's terms."""
        return self._core.read(store.policy)

    def set_policy(self, actor: Actor, *, answer_days: int, keep_months: int, responsible: str) -> None:
        """Change the terms; requests that are there keep their deadlines. Raises `Invalid`."""
        fields: dict[str, str | Message] = {}
        for name, value, (least, most) in (
            ("answer_days", answer_days, ANSWER_DAYS),
            ("keep_months", keep_months, KEEP_MONTHS),
        ):
            if not least <= value <= most:
                fields[name] = Message(N_("From %(least)d to %(most)d."), {"least": least, "most": most})
        if fields:
            raise Invalid(fields)
        known, called = self._candidates.colleague(responsible) if responsible else ("", "")
        wanted = RightsPolicy(
            answer_days=answer_days, keep_months=keep_months, responsible_id=known, responsible_name=called
        )

        def work(tx: Transaction) -> None:
            store.set_policy(tx, wanted)
            details: dict[str, ledger.Scalar] = {
                "answer_days": answer_days,
                "keep_months": keep_months,
                "responsible": known,
            }
            ledger.record(tx, actor, "rights.terms_changed", "rights_policy:site", details)

        self._core.write(work)

    def answered(
        self,
        tx: Transaction,
        actor: Actor,
        request: RightsRequest,
        outcome: Outcome,
        *,
        answer: str,
        legal_ground: str = "",
        link: str = "",
    ) -> None:
        """Write the answer, its ledger row and its letter, in the caller's transaction."""
        values: dict[str, Any] = {
            "state": RequestState.ANSWERED,
            "outcome": outcome,
            "answer": answer,
            "legal_ground": legal_ground,
            "answered_at": tx.now,
            "answered_label": actor.label,
        }
        store.update_request(tx, request.id, **values)
        details: dict[str, ledger.Scalar] = {"kind": request.kind.value, "legal_ground": legal_ground}
        subject = f"rights_request:{request.id}"
        if outcome is Outcome.GRANTED:
            ledger.record(tx, actor, "rights.granted", subject, details)
        else:
            ledger.record(tx, actor, "rights.refused", subject, details)
        changed = msgspec.structs.replace(request, **values)
        brief = self._candidates.brief(tx, request.candidate_id)
        self._letters.step(tx, changed, brief, outcome.value, link)

    def _end_machine_part(self, tx: Transaction, actor: Actor, interview_id: str) -> None:
        """The person is asked by a person: the link takes no more answers. The candidate stays where they are;
        what was recorded is kept until it is erased."""
        interview = interview_store.interview(tx, interview_id)
        if interview is None:
            return
        if interview.person_requested_at is None:
            interview_store.update_interview(tx, interview_id, person_requested_at=tx.now)
        if interview.state in OPEN_STATES:
            interview_store.update_interview(tx, interview_id, state=InterviewState.REVOKED)
            details = {"reason": "a conversation with a person takes its place"}
            ledger.record(tx, actor, "interview.revoked", f"interview:{interview_id}", details)

    def _moved(self, tx: Transaction, request_id: str, to: RequestState) -> RightsRequest:
        request = required(tx, request_id)
        if not request.may_become(to):
            raise Conflict(ANSWERED_ALREADY if not request.open else N_("Somebody works on this already."))
        return request


ANSWERED_ALREADY = N_(
    "This request has been answered; the answer cannot be changed. Enter a new one if needed."
)


def required(tx: Transaction, request_id: str) -> RightsRequest:
    """The request. Raises `NoRequest`."""
    request = store.request(tx, request_id)
    if request is None:
        raise NoRequest()
    return request


def checked_answer(text: str) -> str:
    """An answer that a person can understand. Raises `Invalid` for the field `answer`."""
    text = text.strip()
    if len(text) < LEAST_ANSWER:
        about = N_("Answer in at least %(limit)d characters; the person reads exactly this.")
        raise Invalid({"answer": Message(about, {"limit": LEAST_ANSWER})})
    if len(text) > MOST_ANSWER:
        raise Invalid({"answer": Message(N_("At most %(limit)d characters."), {"limit": MOST_ANSWER})})
    return text
