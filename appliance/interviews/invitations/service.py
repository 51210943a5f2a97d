"""Inviting: a window, a language, a link that only the candidate has; reminding, withdrawing, naming
interviewers."""

from datetime import datetime, timedelta

import msgspec

from appliance.audit import ledger
from appliance.events import CandidateInvited
from appliance.interviews import store
from appliance.interviews.invitations import moving_store
from appliance.interviews.invitations.candidates import CandidateBrief as CandidateBrief
from appliance.interviews.invitations.candidates import CandidateDesk as CandidateDesk
from appliance.interviews.invitations.letters import InterviewLetters, Step
from appliance.interviews.invitations.links import LinkUnknown, new_secret, same_hash, secret_hash
from appliance.interviews.invitations.reminding import schedule_reminder
from appliance.interviews.model import OPEN_STATES, STARTED_GRACE, Interview, InterviewPlan, InterviewState
from appliance.interviews.plans import store as plan_store
from appliance.interviews.plans.service import Plans
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, Message, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.jobs import enqueue
from appliance.kernel.keys import KeyRing
from appliance.kernel.outbox import emit
from appliance.notifications.model import ContextValue

LANGUAGES = ("zh", "en")
LONGEST_WINDOW = timedelta(days=60)
SHORTEST_WINDOW = timedelta(minutes=30)
EXTRA_TIME = (1.0, 3.0)
OWN_MOVE_DAYS = (0, 3, 7, 14)
CLOSE_WINDOW = "interviews.close_window"
"""Job kind, payload `CloseWindow`, in core.db: settles what is open when the window is over."""


NOT_BEGUN = frozenset({InterviewState.INVITED, InterviewState.CONSENTED})


class CloseWindow(msgspec.Struct, frozen=True):
    """Payload of `CLOSE_WINDOW`."""

    interview_id: str


class InvitationWish(msgspec.Struct, frozen=True, kw_only=True):
    """What HR decides on: the window (aware instants), the letter's language, more time where needed (a
    factor from 1 to 3), and who may see the recordings besides HR managers (account ids)."""

    window_start: datetime
    window_end: datetime
    language: str = "zh"
    extra_time: float = 1.0
    interviewers: tuple[str, ...] = ()
    own_move_days: int = 0
    """By how many days the candidate may put the end off by themselves, once; 0: they ask HR."""


class Invitation(msgspec.Struct, frozen=True):
    """A new invitation. `link` is known only now: only the hash of its token is kept."""

    interview: Interview
    link: str


class Prepared(msgspec.Struct, frozen=True):
    """The id, the data key and the link's token of an interview that is about to be made."""

    interview_id: str
    key_id: str
    token: str

    def __repr__(self) -> str:
        """The id alone: the token is a capability."""
        return f"Prepared({self.interview_id})"


class Invitations:
    """Verbs of HR on interviews."""

    def __init__(
        self,
        databases: Databases,
        keys: KeyRing,
        clock: Clock,
        plans: Plans,
        candidates: CandidateDesk,
        letters: InterviewLetters,
    ) -> None:
        self._databases = databases
        self._core = databases.core
        self._keys = keys
        self._clock = clock
        self._plans = plans
        self._candidates = candidates
        self._letters = letters

    def invite(self, actor: Actor, candidate_id: str, wish: InvitationWish) -> Invitation:
        """Invite a candidate: freeze the plan, make the link, ask for the letter, move the candidate on.

        An open earlier invitation of the candidate is withdrawn: there is one link at a time. Raises
        `Invalid` (window, language, extra time), `NotFound`, `Conflict`.
        """
        self.check(wish)
        made = self.prepare()
        return self._core.write(lambda tx: self.invite_in(tx, actor, candidate_id, wish, made))

    def prepare(self) -> Prepared:
        """What an invitation is made of before its transaction. The key lies in another file: made first, it is
        at worst a key that nothing was encrypted with."""
        interview_id = new_id()
        key_id = self._databases.media.write(
            lambda tx: self._keys.data_key_create(tx, "interview", f"interview:{interview_id}")
        )
        return Prepared(interview_id, key_id, new_secret())

    def invite_in(
        self, tx: Transaction, actor: Actor, candidate_id: str, wish: InvitationWish, made: Prepared
    ) -> Invitation:
        """`invite` inside the caller's transaction on core.db; the wish has been checked."""
        brief = self._candidates.brief(tx, candidate_id)
        if not brief.has_address:
            raise Conflict(N_("This candidate has no e-mail address. Add one first, then invite."))
        self._withdraw_open(tx, actor, candidate_id)
        plan = self._plans.ensure(tx, actor, brief.opening_id)
        plan_store.freeze_plan(tx, plan.id)
        interview = Interview(
            id=made.interview_id,
            candidate_id=candidate_id,
            plan_version_id=plan.id,
            state=InterviewState.INVITED,
            window_start=wish.window_start,
            window_end=wish.window_end,
            language=wish.language,
            key_id=made.key_id,
            extra_time=wish.extra_time,
            created_at=tx.now,
            created_by=actor.id,
        )
        store.add_interview(tx, interview)
        store.add_link(tx, interview.id, secret_hash(made.token))
        for account_id in wish.interviewers:
            store.name_interviewer(tx, interview.id, account_id, actor.id)
        if wish.own_move_days:
            latest = wish.window_end + timedelta(days=wish.own_move_days)
            moving_store.allow(tx, interview.id, 1, latest)
        self._candidates.mark_invited(tx, actor, candidate_id)
        self._letters.send(tx, interview, Step.INVITED, made.token)
        self._record(tx, actor, "interview.invited", interview, plan)
        close_at = interview.window_end + STARTED_GRACE
        enqueue(tx, CLOSE_WINDOW, CloseWindow(interview.id), run_at=close_at, subject=_subject(interview.id))
        schedule_reminder(tx, interview)
        emit(tx, CandidateInvited(candidate_id=candidate_id, interview_id=interview.id))
        return Invitation(interview, self._letters.link(made.token))

    def remind(self, actor: Actor, interview_id: str) -> None:
        """Send the letter again. Of a link only the hash is kept, so the reminder carries a second one;
        the first letter's link stays good."""

        def work(tx: Transaction) -> None:
            interview = required(tx, interview_id)
            self._refuse_closed(interview, tx.now)
            store.update_interview(tx, interview_id, reminded_at=tx.now)
            self._letters.send(tx, interview, Step.REMINDER)
            ledger.record(tx, actor, "interview.reminded", _subject(interview_id), {})

        self._core.write(work)

    def behind(self, token: str) -> Interview:
        """The interview of a letter's link, whether its door is open yet or not. Raises `LinkUnknown`."""
        wanted = secret_hash(token)
        found = self._core.read(lambda tx: store.interview_by_link(tx, wanted))
        if found is None or not same_hash(wanted, found[1]):
            raise LinkUnknown()
        return found[0]

    def own_moves(self, interview_id: str) -> tuple[datetime, ...]:
        """The ends that the candidate may move the window to; empty where they may not or have done so."""

        def work(tx: Transaction) -> tuple[datetime, ...]:
            interview = required(tx, interview_id)
            left, latest = moving_store.allowed(tx, interview_id)
            if (
                not left
                or latest is None
                or interview.state not in NOT_BEGUN
                or tx.now >= interview.window_end
            ):
                return ()
            ends = (interview.window_end + timedelta(days=days) for days in OWN_MOVE_DAYS if days)
            return tuple(end for end in ends if end <= latest)

        return self._core.read(work)

    def move_own(self, actor: Actor, interview_id: str, window_end: datetime) -> None:
        """The candidate puts the end off, within what HR allowed. Raises `Conflict`."""
        if window_end not in self.own_moves(interview_id):
            raise Conflict(
                N_("This time is not on offer any more. Answer the letter, and we find one together.")
            )

        def work(tx: Transaction) -> None:
            interview = required(tx, interview_id)
            left, latest = moving_store.allowed(tx, interview_id)
            if not left or latest is None or window_end > latest or interview.state not in NOT_BEGUN:
                raise Conflict(
                    N_("This time is not on offer any more. Answer the letter, and we find one together.")
                )
            moving_store.allow(tx, interview_id, left - 1, latest)
            self._move(tx, actor, interview, interview.window_start, window_end)

        self._core.write(work)

    def reschedule(
        self, actor: Actor, interview_id: str, window_start: datetime, window_end: datetime
    ) -> None:
        """Give an open invitation another window. Raises `Invalid`, `Conflict`."""
        self._check_window(window_start, window_end)

        def work(tx: Transaction) -> None:
            interview = required(tx, interview_id)
            if interview.state not in OPEN_STATES:
                raise Conflict(N_("This interview is over; invite the candidate again for a new one."))
            if interview.state is InterviewState.IN_PROGRESS and window_end < interview.window_end:
                raise Conflict(
                    N_(
                        "The candidate is answering now. You can give more time; taking some away would interrupt."
                    )
                )
            self._move(tx, actor, interview, window_start, window_end)

        self._core.write(work)

    def _move(
        self, tx: Transaction, actor: Actor, interview: Interview, start: datetime, end: datetime
    ) -> None:
        store.update_interview(tx, interview.id, window_start=start, window_end=end)
        moved = msgspec.structs.replace(interview, window_start=start, window_end=end)
        schedule_reminder(tx, moved)
        self._letters.send(tx, moved, Step.MOVED)
        payload, run_at = CloseWindow(interview.id), end + STARTED_GRACE
        enqueue(tx, CLOSE_WINDOW, payload, run_at=run_at, subject=_subject(interview.id))
        details = {"window_start": start.isoformat(), "window_end": end.isoformat()}
        ledger.record(tx, actor, "interview.rescheduled", _subject(interview.id), details)

    def revoke(self, actor: Actor, interview_id: str, reason: str) -> None:
        """Withdraw an invitation; what was recorded stays under its key until it is erased."""
        if not reason.strip():
            raise Invalid({"reason": N_("Say why: the candidate may ask, and the ledger keeps it.")})

        def work(tx: Transaction) -> None:
            interview = required(tx, interview_id)
            if not interview.may_become(InterviewState.REVOKED):
                raise Conflict(N_("This interview is over and cannot be withdrawn any more."))
            store.update_interview(tx, interview_id, state=InterviewState.REVOKED)
            self._letters.send(tx, interview, Step.WITHDRAWN)
            ledger.record(
                tx, actor, "interview.revoked", _subject(interview_id), {"reason": reason.strip()[:300]}
            )

        self._core.write(work)

    def name_interviewer(self, actor: Actor, interview_id: str, account_id: str) -> None:
        """Let an account see the recordings and the report of this interview."""

        def work(tx: Transaction) -> None:
            required(tx, interview_id)
            if store.name_interviewer(tx, interview_id, account_id, actor.id):
                details = {"account": account_id}
                ledger.record(tx, actor, "interview.interviewer_named", _subject(interview_id), details)

        self._core.write(work)

    def remove_interviewer(self, actor: Actor, interview_id: str, account_id: str) -> None:
        """Take that back."""

        def work(tx: Transaction) -> None:
            if store.remove_interviewer(tx, interview_id, account_id):
                details = {"account": account_id}
                ledger.record(tx, actor, "interview.interviewer_removed", _subject(interview_id), details)

        self._core.write(work)

    def check(self, wish: InvitationWish) -> None:
        """Raises `Invalid` for window, language or extra time."""
        self._check_window(wish.window_start, wish.window_end)
        if wish.language not in LANGUAGES:
            raise Invalid({"language": N_("Choose Chinese or English.")})
        least, most = EXTRA_TIME
        if not least <= wish.extra_time <= most:
            raise Invalid({"extra_time": N_("Extra time is a factor from 1 to 3.")})
        if wish.own_move_days not in OWN_MOVE_DAYS:
            raise Invalid({"own_move_days": N_("Choose one of the spans offered.")})

    def _check_window(self, start: datetime, end: datetime) -> None:
        if end <= self._clock.now():
            raise Invalid({"window_end": N_("The interview must end in the future.")})
        if end - start < SHORTEST_WINDOW:
            raise Invalid({"window_end": N_("Leave at least half an hour between opening and closing.")})
        if end - start > LONGEST_WINDOW:
            limit = {"days": LONGEST_WINDOW.days}
            raise Invalid({"window_end": Message(N_("A window is at most %(days)d days long."), limit)})

    def _withdraw_open(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        for earlier in store.interviews_of(tx, candidate_id):
            if earlier.state is InterviewState.IN_PROGRESS:
                raise Conflict(
                    N_(
                        "The candidate is in the middle of an interview. "
                        "Withdraw it first, or wait until it ends."
                    )
                )
            if earlier.state in OPEN_STATES:
                store.update_interview(tx, earlier.id, state=InterviewState.REVOKED)
                details = {"reason": "replaced by a newer invitation"}
                ledger.record(tx, actor, "interview.revoked", _subject(earlier.id), details)

    def _refuse_closed(self, interview: Interview, now: datetime) -> None:
        if interview.state not in OPEN_STATES or now > interview.closes_at():
            raise Conflict(N_("This interview is over; invite the candidate again for a new one."))

    def sample(
        self, actor: Actor, candidate_id: str, wish: InvitationWish, language: str
    ) -> dict[str, ContextValue]:
        """What the invitation to this candidate would say, with a link that leads nowhere. Raises `NotFound`."""
        brief = self._core.read(lambda tx: self._candidates.brief(tx, candidate_id))
        plan = self._plans.for_opening(actor, brief.opening_id)
        interview = Interview(
            id="",
            candidate_id=candidate_id,
            plan_version_id=plan.id,
            state=InterviewState.INVITED,
            window_start=wish.window_start,
            window_end=wish.window_end,
            language=language,
            key_id="",
            extra_time=wish.extra_time,
            created_at=self._clock.now(),
            created_by=actor.id,
        )
        link = self._letters.link("……")
        return self._core.read(lambda tx: self._letters.words(tx, brief, interview, Step.INVITED, link))

    def _record(
        self, tx: Transaction, actor: Actor, action: str, interview: Interview, plan: InterviewPlan
    ) -> None:
        details: dict[str, str | float] = {
            "candidate": interview.candidate_id,
            "plan_version": plan.id,
            "language": interview.language,
            "extra_time": interview.extra_time,
            "window_start": interview.window_start.isoformat(),
            "window_end": interview.window_end.isoformat(),
        }
        ledger.record(tx, actor, action, _subject(interview.id), details)


def required(tx: Transaction, interview_id: str) -> Interview:
    """The interview. Raises `NotFound`."""
    interview = store.interview(tx, interview_id)
    if interview is None:
        raise NotFound(N_("There is no such interview. It may have been erased at the candidate's request."))
    return interview


def _subject(interview_id: str) -> str:
    return f"interview:{interview_id}"
