"""All that recruiting keeps of one person, for a copy; and whose time of keeping is over."""

from datetime import datetime

from msgspec import Struct

from appliance.kernel.db import Transaction
from appliance.recruiting import offer_store, resume_store, store
from appliance.recruiting.model import Decision, Offer, ResumeDocument
from appliance.recruiting.screening.matching import Screening


class Papers(Struct, frozen=True, kw_only=True):
    """A candidate's files newest first, the last screening, what people decided, the offers newest first."""

    resumes: tuple[ResumeDocument, ...]
    screening: Screening | None
    decisions: tuple[Decision, ...]
    offers: tuple[Offer, ...]


def papers_of(tx: Transaction, candidate_id: str) -> Papers:
    """Everything besides the candidate's own row."""
    screening = resume_store.last_screening(tx, candidate_id)
    return Papers(
        resumes=tuple(resume_store.of_candidate(tx, candidate_id)),
        screening=screening.result if screening else None,
        decisions=tuple(store.decisions(tx, candidate_id)),
        offers=tuple(offer_store.of_candidate(tx, candidate_id)),
    )


def not_hired_before(tx: Transaction, instant: datetime) -> list[str]:
    """Candidates who were not hired and were decided about before the instant."""
    return store.over_before(tx, instant)
