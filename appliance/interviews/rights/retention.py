"""What was kept long enough is proposed for erasure every day; nothing is erased before a person has confirmed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from appliance.events import CandidateDecided, CandidateInvited
from appliance.interviews.rights import erasure_store, store
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.erasure import Erasures
from appliance.interviews.rights.model import (
    PROPOSE_ERASURES,
    ErasureCause,
    ErasureState,
    ProposeErasures,
)
from appliance.kernel.actor import MACHINE, Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid
from appliance.kernel.jobs import JobContext, enqueue
from appliance.kernel.outbox import EventMeta, Subscription
from appliance.people.probation import months_after

AT_LOCAL = time(3, 0)
MOST_A_DAY = 500
DECLINED_HOLDS = timedelta(days=90)
"""Who was kept on purpose is not proposed again for this long."""


class Retention:
    """Proposes, once a day; and confirms a batch that a person has looked through."""

    def __init__(
        self, core: Database, clock: Clock, candidates: RightsCandidates, erasures: Erasures
    ) -> None:
        self._core = core
        self._clock = clock
        self._candidates = candidates
        self._erasures = erasures

    def subscriptions(self) -> list[Subscription]:
        """The first invitation starts the daily look, and every later event finds it running."""
        return [
            Subscription("interviews.retention_invited", CandidateInvited, "core", self._started),
            Subscription("interviews.retention_decided", CandidateDecided, "core", self._started),
        ]

    def handle(self, job: JobContext) -> None:
        """Propose what is due and look again tomorrow."""

        def work(tx: Transaction) -> None:
            for candidate_id in self.due(tx)[:MOST_A_DAY]:
                self._erasures.propose_in(tx, MACHINE, candidate_id, ErasureCause.RETENTION)
            self.schedule(tx, self._clock.today() + timedelta(days=1))

        job.finish(work)

    def due(self, tx: Transaction) -> list[str]:
        """Candidates who were not hired, were decided about long enough ago, and about whom nothing is on its
        way: no hold, no proposal, no recent word to keep them, no open request."""
        limit = months_after(self._clock.today(), -store.policy(tx).keep_months)
        before = datetime.combine(limit, time(0), self._clock.zone)
        return [
            candidate_id
            for candidate_id in self._candidates.kept_since_before(tx, before)
            if erasure_store.standing(tx, candidate_id) is None
            and erasure_store.hold(tx, candidate_id) is None
            and not erasure_store.declined_since(tx, candidate_id, tx.now - DECLINED_HOLDS)
            and not any(one.open for one in store.requests_of(tx, candidate_id))
        ]

    def schedule(self, tx: Transaction, day: date) -> None:
        """Have the look of a day, once."""
        run_at = datetime.combine(day, AT_LOCAL, self._clock.zone)
        enqueue(
            tx,
            PROPOSE_ERASURES,
            ProposeErasures(day.isoformat()),
            unique_key=f"{PROPOSE_ERASURES}:{day.isoformat()}",
            run_at=run_at,
        )

    def confirm(self, actor: Actor, erasure_ids: Sequence[str]) -> int:
        """Confirm what a person has ticked, all or nothing; how many. Raises `Invalid`, `Conflict`."""
        if not erasure_ids:
            raise Invalid({"erasures": N_("Tick those whose data are to be erased.")})

        def work(tx: Transaction) -> int:
            for erasure_id in dict.fromkeys(erasure_ids):
                erasure = erasure_store.find(tx, erasure_id)
                if erasure is None or erasure.cause is not ErasureCause.RETENTION:
                    raise Conflict(N_("One of these is not in the batch. Load the page again."))
                if erasure.state is ErasureState.PROPOSED:
                    self._erasures.confirm_in(tx, actor, erasure_id)
            return len(set(erasure_ids))

        return self._core.write(work)

    def _started(self, tx: Transaction, event: CandidateInvited | CandidateDecided, meta: EventMeta) -> None:
        self.schedule(tx, self._clock.today() + timedelta(days=1))
