"""Sharing a report with one named account for a limited time.

There is no link that works without an account: a forwarded link would be a candidate's file in unknown hands.
The link leads to the report's own page; who opens it signs in, and every opening has its ledger row.
"""

from collections.abc import Callable
from datetime import timedelta

from appliance.audit.ledger import Scalar, record
from appliance.interviews.invitations.service import required
from appliance.interviews.plans.rubrics import RubricLibrary
from appliance.interviews.report import store
from appliance.interviews.report.model import Share
from appliance.interviews.report.reading import written
from appliance.interviews.validation.sample import ask
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, NotFound
from appliance.kernel.ids import new_id

SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=14)
USUAL = timedelta(days=2)

Choice = Callable[[], list[tuple[str, str]]]
"""The accounts that can be given a report, as (account id, what to call it)."""

RATING_PATH = "/ratings"
"""Where an account rates what it is asked to rate."""


class Shares:
    """Verbs of sharing; only whoever manages interviews shares."""

    def __init__(self, core: Database, choice: Choice, rubrics: RubricLibrary) -> None:
        self._core = core
        self._rubrics = rubrics
        self.choice = choice

    def share(
        self, actor: Actor, interview_id: str, account_id: str, lasts: timedelta, *, rate_first: bool
    ) -> Share:
        """Open a written report to an account from now on for `lasts`; with `rate_first` the account is asked to
        rate the answers, and sees no score before. Raises `Invalid` for an account that
        cannot interview or a time out of bounds, `Conflict` when it is open to the account already, and
        what `written` raises."""
        if not SHORTEST <= lasts <= LONGEST:
            raise Invalid({"lasts": N_("Share for at least one hour and at most 14 days.")})
        if account_id not in {known for known, _name in self.choice()}:
            raise Invalid({"account_id": N_("Choose an interviewer or a head of department from the list.")})

        def work(tx: Transaction) -> Share:
            written(tx, interview_id)
            if store.open_share(tx, interview_id, account_id) is not None:
                raise Conflict(
                    N_("The report is open to this person already. Take that share back first to change it.")
                )
            share = Share(
                id=new_id(),
                interview_id=interview_id,
                account_id=account_id,
                rate_first=rate_first,
                granted_by=actor.label,
                granted_at=tx.now,
                ends_at=tx.now + lasts,
            )
            store.add_share(tx, share)
            if rate_first:
                due_on = share.ends_at.astimezone(tx.database.clock.zone).date()
                ask(tx, actor, interview_id, account_id, due_on, self._rubrics)
            details: dict[str, Scalar] = {
                "share": share.id,
                "account": account_id,
                "hours": round(lasts / timedelta(hours=1), 2),
                "rate_first": rate_first,
            }
            record(tx, actor, "report.shared", f"interview:{interview_id}", details)
            return share

        return self._core.write(work)

    def revoke(self, actor: Actor, interview_id: str, share_id: str) -> None:
        """End a share now; one that has ended stays as it is. Raises `NotFound`."""

        def work(tx: Transaction) -> None:
            share = next((one for one in store.shares(tx, interview_id) if one.id == share_id), None)
            if share is None:
                raise NotFound(N_("There is no such share of this report."))
            if share.is_open(tx.now):
                store.end_share(tx, share_id)
                details: dict[str, Scalar] = {"share": share_id, "account": share.account_id}
                record(tx, actor, "report.share_ended", f"interview:{interview_id}", details)

        self._core.write(work)

    def of(self, interview_id: str) -> list[Share]:
        """All shares of a report, newest first. Raises `NotFound`."""

        def work(tx: Transaction) -> list[Share]:
            required(tx, interview_id)
            return store.shares(tx, interview_id)

        return self._core.read(work)

    def with_me(self, actor: Actor) -> list[Share]:
        """What is open to the actor now, first to end first."""
        return self._core.read(lambda tx: store.shares_with(tx, actor.id))
