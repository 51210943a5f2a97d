"""Who comes in by a link: the letter's own or one for a further device, this device or another, in time or not."""

import msgspec

from appliance.interviews import store
from appliance.interviews.invitations.links import (
    LinkEarly,
    LinkErased,
    LinkExpired,
    LinkFinished,
    LinkForPerson,
    LinkHandedOver,
    LinkHandOverLate,
    LinkRevoked,
    LinkUnknown,
    OtherDevice,
    same_hash,
    secret_hash,
)
from appliance.interviews.model import (
    OPEN_STATES,
    Answer,
    AnswerState,
    Interview,
    InterviewPlan,
    InterviewState,
    Question,
)
from appliance.interviews.plans import store as plan_store
from appliance.interviews.room import store as room_store
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Conflict


class Key(msgspec.Struct, frozen=True):
    """What the candidate's browser holds: the link's token and this device's secret (empty: none yet)."""

    token: str
    device: str = ""


class Visit(msgspec.Struct, frozen=True):
    """An interview as one browser sees it: `questions` are its plan's with the follow-ups among them. `here` is false
    while another device goes on with it; `follow_up_pending` is true while a follow-up is being made."""

    interview: Interview
    plan: InterviewPlan
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    here: bool
    follow_up_pending: bool = False

    def question(self, question_id: str) -> Question | None:
        """The question with this id, planned or following up."""
        return next((question for question in self.questions if question.id == question_id), None)

    def answer_to(self, question_id: str) -> Answer | None:
        """The answer to a question, if it was begun."""
        return next((answer for answer in self.answers if answer.question_id == question_id), None)

    @property
    def language(self) -> str:
        """The language that the candidate reads."""
        return self.interview.language

    def submitted(self) -> int:
        """How many questions are answered for good."""
        return sum(answer.state is not AnswerState.RECORDING for answer in self.answers)


def visit(tx: Transaction, key: Key) -> Visit:
    """What the link leads to, whoever looks. Raises the link's errors."""
    interview, here = _entered(tx, key)
    plan = plan_store.plan_version(tx, interview.plan_version_id)
    assert plan is not None, "an interview's plan version is never removed"
    return Visit(
        interview,
        plan,
        store.questions_of(tx, interview),
        tuple(store.answers(tx, interview.id)),
        here,
        store.follow_up_pending(tx, interview),
    )


def open_visit(tx: Transaction, key: Key) -> Visit:
    """The visit of some device to an interview that can still be answered. Raises also `LinkFinished`."""
    found = visit(tx, key)
    _refuse_over(found.interview, key)
    return found


def visit_here(tx: Transaction, key: Key) -> Visit:
    """The visit of the device that goes on with the interview. Raises also `OtherDevice`."""
    found = visit(tx, key)
    _refuse_elsewhere(found.interview, key, here=found.here)
    return found


def interview_here(tx: Transaction, key: Key) -> Interview:
    """As `visit_here`, without plan and answers."""
    interview, here = _entered(tx, key)
    _refuse_elsewhere(interview, key, here=here)
    return interview


def _entered(tx: Transaction, key: Key) -> tuple[Interview, bool]:
    """The interview behind the link, if its door is open, and whether this device goes on with it."""
    device = secret_hash(key.device) if key.device else ""
    interview, device_hash = _by_link(tx, secret_hash(key.token), device)
    _refuse_closed(tx, interview)
    return interview, bool(device) and same_hash(device, device_hash)


def _by_link(tx: Transaction, token: str, device: str) -> tuple[Interview, str | None]:
    """The interview of a letter's link or of a link for a further device, and the hash of the device that
    goes on with it. Both arguments are hashes; `device` is empty for a browser that is new here."""
    found = store.interview_by_link(tx, token)
    if found is None:
        handed = room_store.hand_over(tx, token)
        if handed is None or not same_hash(token, handed.secret_hash):
            raise LinkUnknown()
        if handed.device_hash is None and tx.now > handed.expires_at:
            raise LinkHandOverLate()
        if handed.device_hash is not None and not same_hash(device, handed.device_hash):
            raise LinkHandedOver()
        return store.interview_and_device(tx, handed.interview_id)
    if not same_hash(token, found[1]):
        raise LinkUnknown()
    return found[0], found[2]


def _refuse_over(interview: Interview, key: Key) -> None:
    if interview.state not in OPEN_STATES:
        raise LinkFinished()
    if not key.device:
        raise OtherDevice()


def _refuse_elsewhere(interview: Interview, key: Key, *, here: bool) -> None:
    _refuse_over(interview, key)
    if interview.consent is None:
        raise Conflict(N_("Please read the notice and choose first."))
    if not here:
        raise OtherDevice()


def _refuse_closed(tx: Transaction, interview: Interview) -> None:
    if interview.state is InterviewState.ERASED:
        raise LinkErased()
    if interview.state is InterviewState.REVOKED and interview.person_requested_at is not None:
        raise LinkForPerson()
    if interview.state is InterviewState.REVOKED:
        raise LinkRevoked()
    if interview.state is InterviewState.EXPIRED:
        raise LinkExpired()
    if interview.state in OPEN_STATES and tx.now > interview.closes_at():
        raise LinkExpired()
    if interview.state is InterviewState.INVITED and tx.now < interview.window_start:
        raise LinkEarly(opens_at=interview.window_start)
