"""Recruiting, people and identity as the rights desk needs them."""

from collections.abc import Sequence
from datetime import datetime

from appliance.identity.permissions import Permission, Role, permissions_of
from appliance.identity.service import Identity
from appliance.interviews.invitations.desk import RecruitingDesk
from appliance.interviews.invitations.service import CandidateBrief
from appliance.kernel.actor import Actor
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Invalid, NotFound
from appliance.recruiting.model import (
    OVER,
    Candidate,
    CandidateFilter,
    CandidateState,
)
from appliance.recruiting.papers import Papers, not_hired_before, papers_of
from appliance.recruiting.pipeline import forget_candidate, required_candidate
from appliance.recruiting.service import Recruiting

MOST_FOUND = 20
DESK_ROLES = tuple(role for role in Role if Permission.INTERVIEWS_MANAGE in permissions_of({role}))


class RightsCandidates:
    """What the desk asks of the rooms below, inside the caller's transaction on core.db."""

    def __init__(self, recruiting: Recruiting, desk: RecruitingDesk, identity: Identity) -> None:
        self._recruiting = recruiting
        self._desk = desk
        self._identity = identity

    def brief(self, tx: Transaction, candidate_id: str) -> CandidateBrief:
        """Who they are and for which post. Raises `NotFound`, `CandidateErased`."""
        return self._desk.brief(tx, candidate_id)

    def known(self, tx: Transaction, candidate_id: str) -> CandidateBrief | None:
        """Who they are; None once they were erased."""
        try:
            return self._desk.brief(tx, candidate_id)
        except NotFound:
            return None

    def candidate(self, tx: Transaction, candidate_id: str) -> Candidate:
        """The candidate's row. Raises `NotFound`, `CandidateErased`."""
        return required_candidate(tx, candidate_id)

    def is_employed(self, tx: Transaction, candidate_id: str) -> bool:
        """Whether they were hired from the application, which opens an employee file; False once erased."""
        if self.known(tx, candidate_id) is None:
            return False
        state = required_candidate(tx, candidate_id).state
        return state in (CandidateState.approved, CandidateState.hired)

    def decided_at(self, tx: Transaction, candidate_id: str) -> datetime | None:
        """When it was decided not to hire them, or they withdrew; None while the application runs, and for
        whoever was hired."""
        candidate = required_candidate(tx, candidate_id)
        over = candidate.state in OVER and candidate.state is not CandidateState.hired
        return candidate.changed_at if over else None

    def kept_since_before(self, tx: Transaction, instant: datetime) -> list[str]:
        """Candidates who were not hired and were decided about before the instant."""
        return not_hired_before(tx, instant)

    def conversation_held(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        """After a conversation with a person the candidate is where one with a report would be."""
        pipeline = self._recruiting.pipeline
        state = required_candidate(tx, candidate_id).state
        if state in (CandidateState.invited, CandidateState.interviewing):
            pipeline.mark_interviewed(tx, actor, candidate_id)
            state = CandidateState.interviewed
        if state is CandidateState.interviewed:
            pipeline.mark_assessed(tx, actor, candidate_id)

    def forget(self, tx: Transaction, candidate_id: str) -> dict[str, int]:
        """Erase what recruiting keeps; rows removed by table."""
        return forget_candidate(tx, candidate_id)

    def papers(self, tx: Transaction, candidate_id: str) -> Papers:
        """Everything that recruiting keeps of the candidate besides their row."""
        return papers_of(tx, candidate_id)

    def found(self, text: str) -> Sequence[tuple[str, str, str]]:
        """Candidates whose name, address or number contains the text: id, name, what tells them apart."""
        if not text.strip():
            return []
        board = self._recruiting.candidates.board(CandidateFilter(text=text.strip()), limit=MOST_FOUND)
        return [(one.id, one.name or one.email, one.email or one.phone) for one in board.items]

    def colleagues(self) -> list[tuple[str, str]]:
        """Accounts that may be named responsible: id and what to call them."""
        found = {
            account.id: account.display_name or account.login
            for role in DESK_ROLES
            for account in self._identity.accounts.with_role(role)
        }
        return sorted(found.items(), key=lambda pair: pair[1])

    def colleague(self, account_id: str) -> tuple[str, str]:
        """The account by its id. Raises `Invalid` for the field `responsible`."""
        for known, name in self.colleagues():
            if known == account_id:
                return known, name
        raise Invalid({"responsible": N_("Choose one of the colleagues in the list.")})
