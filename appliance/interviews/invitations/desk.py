"""Recruiting and identity as this room needs them: who a candidate is, their moves, who may be an
interviewer."""

from appliance.identity.permissions import Role
from appliance.identity.service import Identity
from appliance.interviews.invitations.service import CandidateBrief
from appliance.kernel.actor import Actor
from appliance.kernel.db import Transaction
from appliance.kernel.errors import NotFound
from appliance.notifications.model import Recipient
from appliance.recruiting.model import (
    CANDIDATE_TRANSITIONS,
    Candidate,
    CandidateFilter,
    CandidateState,
)
from appliance.recruiting.openings import required_opening
from appliance.recruiting.pipeline import required_candidate
from appliance.recruiting.service import Recruiting


class RecruitingDesk:
    """The `CandidateDesk` of a site."""

    def __init__(self, recruiting: Recruiting) -> None:
        self._recruiting = recruiting

    def brief(self, tx: Transaction, candidate_id: str) -> CandidateBrief:
        """Raises `NotFound`."""
        found = self._recruiting.pipeline.brief(tx, candidate_id)
        opening = required_opening(tx, found.opening_id)
        return CandidateBrief(
            candidate_id=found.candidate_id,
            opening_id=found.opening_id,
            name=found.name,
            post_zh=opening.title_zh,
            post_en=opening.title_en,
            has_address=found.has_address,
        )

    def mark_invited(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        self._recruiting.pipeline.mark_invited(tx, actor, candidate_id)

    def mark_interviewing(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        self._recruiting.pipeline.mark_interviewing(tx, actor, candidate_id)

    def mark_interviewed(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        self._recruiting.pipeline.mark_interviewed(tx, actor, candidate_id)

    def titles(self, language: str) -> dict[str, str]:
        """The openings' titles by id."""
        return {opening.id: opening.title(language) for opening in self._recruiting.openings.listed()}

    def recipient(self, tx: Transaction, candidate_id: str) -> Recipient | None:
        """Whom a letter to a candidate goes to; None when they are gone or have no address."""
        try:
            found = required_candidate(tx, candidate_id)
        except NotFound:
            return None
        return Recipient(found.email, found.name) if found.email else None

    def invitable(self, tx: Transaction, candidate_id: str) -> bool:
        """Whether a person may invite the candidate from where they stand. Raises `NotFound`."""
        return CandidateState.invited in CANDIDATE_TRANSITIONS[required_candidate(tx, candidate_id).state]

    def language_of(self, tx: Transaction, candidate_id: str) -> str:
        """The language the candidate writes in: their resume's; empty where none could be read."""
        found = self._recruiting.pipeline.last_extraction(tx, candidate_id)
        return found.language if found is not None else ""

    def waiting_for_invitation(self, opening_id: str, limit: int) -> tuple[list[Candidate], int]:
        """The screened candidates of an opening, best match first, at most `limit`, and how many there are."""
        wanted = CandidateFilter(state=CandidateState.screened, opening_id=opening_id, order="score")
        found = self._recruiting.candidates.board(wanted, limit=limit)
        return found.items, found.total


class InterviewerChoice:
    """The accounts that can be named on an interview, as (account id, what to call it)."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def __call__(self) -> list[tuple[str, str]]:
        found = {
            account.id: account
            for role in (Role.INTERVIEWER, Role.DEPARTMENT_HEAD)
            for account in self._identity.accounts.with_role(role)
        }
        return [(account.id, account.display_name or account.login) for account in found.values()]
