"""Inviting many at once: every candidate is a job of its own, so that a stop in the middle neither loses nor
doubles anybody."""

from collections.abc import Sequence

import msgspec

from appliance.audit import ledger
from appliance.interviews import store as interview_store
from appliance.interviews.invitations import store
from appliance.interviews.invitations.desk import RecruitingDesk
from appliance.interviews.invitations.model import (
    INVITE_ONE,
    MOST_AT_ONCE,
    OWN_LANGUAGE,
    Batch,
    BatchLine,
    BatchProgress,
    InviteOne,
    NamedLine,
    Outcome,
)
from appliance.interviews.invitations.service import LANGUAGES, Invitations, InvitationWish, Prepared
from appliance.interviews.model import OPEN_STATES
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, Message, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.jobs import JobContext, enqueue


class Batches:
    """Verbs of HR on batches, and the job of one candidate."""

    def __init__(self, core: Database, invitations: Invitations, candidates: RecruitingDesk) -> None:
        self._core = core
        self._invitations = invitations
        self._candidates = candidates

    def foreseen(
        self, opening_id: str, candidate_ids: Sequence[str], wish: InvitationWish
    ) -> tuple[BatchLine, ...]:
        """What would come of each if it were sent now. Raises `Invalid` like `start`."""
        chosen = self._checked(candidate_ids, wish)

        def work(tx: Transaction) -> tuple[BatchLine, ...]:
            self._refuse_strangers(tx, opening_id, chosen)
            return tuple(self._verdict(tx, one) for one in chosen)

        return self._core.read(work)

    def start(
        self, actor: Actor, opening_id: str, candidate_ids: Sequence[str], wish: InvitationWish
    ) -> Batch:
        """Ask for the invitations; they are written in the background, one after the other.

        `wish.language` may be `OWN_LANGUAGE`. Raises `Invalid` (candidates, window, language).
        """
        chosen = self._checked(candidate_ids, wish)

        def work(tx: Transaction) -> Batch:
            self._refuse_strangers(tx, opening_id, chosen)
            batch = Batch(
                id=new_id(),
                opening_id=opening_id,
                window_start=wish.window_start,
                window_end=wish.window_end,
                language=wish.language,
                total=len(chosen),
                created_at=tx.now,
                created_by=actor.id,
                created_label=actor.label,
            )
            store.add_batch(tx, batch, chosen)
            for candidate_id in chosen:
                payload, key = InviteOne(batch.id, candidate_id), f"{INVITE_ONE}:{batch.id}:{candidate_id}"
                enqueue(tx, INVITE_ONE, payload, unique_key=key, subject=f"candidate:{candidate_id}")
            details: dict[str, ledger.Scalar] = {
                "opening": opening_id,
                "candidates": len(chosen),
                "language": wish.language,
                "window_start": wish.window_start.isoformat(),
                "window_end": wish.window_end.isoformat(),
            }
            ledger.record(tx, actor, "interview.batch_invited", f"invitation_batch:{batch.id}", details)
            return batch

        return self._core.write(work)

    def progress(self, batch_id: str) -> BatchProgress:
        """How far a batch is. Raises `NotFound`."""

        def work(tx: Transaction) -> BatchProgress:
            batch = store.batch(tx, batch_id)
            if batch is None:
                raise NotFound(N_("There is no such batch of invitations."))
            return BatchProgress(batch, self.named(tx, store.lines(tx, batch_id)))

        return self._core.read(work)

    def newest(self, limit: int = 10) -> list[BatchProgress]:
        """The last batches, newest first."""

        def work(tx: Transaction) -> list[BatchProgress]:
            return [
                BatchProgress(one, tuple(NamedLine(line, "") for line in store.lines(tx, one.id)))
                for one in store.newest_batches(tx, limit)
            ]

        return self._core.read(work)

    def named_lines(self, lines: Sequence[BatchLine]) -> tuple[NamedLine, ...]:
        """The lines with their candidates' names."""
        return self._core.read(lambda tx: self.named(tx, lines))

    def named(self, tx: Transaction, lines: Sequence[BatchLine]) -> tuple[NamedLine, ...]:
        """`named_lines` inside the caller's transaction."""
        return tuple(NamedLine(line, self._name(tx, line.candidate_id)) for line in lines)

    def handle(self, job: JobContext) -> None:
        """The handler of `INVITE_ONE`: invite, or write down why not."""
        asked = job.decode(InviteOne)
        found, verdict = self._core.read(
            lambda tx: (
                store.line(tx, asked.batch_id, asked.candidate_id),
                self._verdict(tx, asked.candidate_id),
            )
        )
        if found is None or found.outcome is not Outcome.WAITING:
            return
        if verdict.outcome is not Outcome.WAITING:
            job.finish(lambda tx: self._settle(tx, asked))
            return
        made = self._invitations.prepare()
        try:
            job.finish(lambda tx: self._invite(tx, asked, made))
        except (Conflict, NotFound):
            # The candidate went another way in between: nothing of the invitation was kept.
            job.finish(lambda tx: self._settle(tx, asked))

    def _invite(self, tx: Transaction, asked: InviteOne, made: Prepared) -> None:
        batch, line = store.batch(tx, asked.batch_id), store.line(tx, asked.batch_id, asked.candidate_id)
        if batch is None or line is None or line.outcome is not Outcome.WAITING:
            return
        if batch.window_end <= tx.now:
            store.settle(tx, batch.id, asked.candidate_id, Outcome.TOO_LATE)
            return
        if self._verdict(tx, asked.candidate_id).outcome is not Outcome.WAITING:
            self._settle(tx, asked)
            return
        actor = Actor(id=batch.created_by, kind=ActorKind.PERSON, label=batch.created_label)
        language = batch.language
        if language == OWN_LANGUAGE:
            language = self._language(tx, asked.candidate_id)
        wish = InvitationWish(window_start=batch.window_start, window_end=batch.window_end, language=language)
        self._invitations.invite_in(tx, actor, asked.candidate_id, wish, made)
        store.settle(tx, batch.id, asked.candidate_id, Outcome.INVITED, made.interview_id)

    def _settle(self, tx: Transaction, asked: InviteOne) -> None:
        verdict = self._verdict(tx, asked.candidate_id)
        outcome = Outcome.WRONG_STATE if verdict.outcome is Outcome.WAITING else verdict.outcome
        store.settle(tx, asked.batch_id, asked.candidate_id, outcome, verdict.interview_id)

    def _verdict(self, tx: Transaction, candidate_id: str) -> BatchLine:
        """Whether the candidate can be invited now (`WAITING`), or why not."""
        try:
            brief = self._candidates.brief(tx, candidate_id)
        except NotFound:
            return BatchLine(candidate_id, Outcome.GONE)
        for interview in interview_store.interviews_of(tx, candidate_id):
            if interview.state in OPEN_STATES and tx.now <= interview.closes_at():
                return BatchLine(candidate_id, Outcome.ALREADY_INVITED, interview.id)
        if not self._candidates.invitable(tx, candidate_id):
            return BatchLine(candidate_id, Outcome.WRONG_STATE)
        return BatchLine(candidate_id, Outcome.WAITING if brief.has_address else Outcome.NO_ADDRESS)

    def _language(self, tx: Transaction, candidate_id: str) -> str:
        earlier = [one.language for one in interview_store.interviews_of(tx, candidate_id)]
        wished = [*earlier, self._candidates.language_of(tx, candidate_id)]
        return next((one for one in wished if one in LANGUAGES), LANGUAGES[0])

    def _name(self, tx: Transaction, candidate_id: str) -> str:
        try:
            return self._candidates.brief(tx, candidate_id).name
        except NotFound:
            return ""

    def _checked(self, candidate_ids: Sequence[str], wish: InvitationWish) -> list[str]:
        chosen = list(dict.fromkeys(candidate_ids))
        if not chosen:
            raise Invalid({"candidates": N_("Tick the candidates to invite.")})
        if len(chosen) > MOST_AT_ONCE:
            about = Message(N_("At most %(limit)d candidates at once."), {"limit": MOST_AT_ONCE})
            raise Invalid({"candidates": about})
        language = LANGUAGES[0] if wish.language == OWN_LANGUAGE else wish.language
        self._invitations.check(msgspec.structs.replace(wish, language=language))
        return chosen

    def _refuse_strangers(self, tx: Transaction, opening_id: str, chosen: Sequence[str]) -> None:
        for candidate_id in chosen:
            try:
                at_home = self._candidates.brief(tx, candidate_id).opening_id == opening_id
            except NotFound:
                continue
            if not at_home:
                about = N_("Somebody ticked applies for another opening. Invite each opening by itself.")
                raise Invalid({"candidates": about})
