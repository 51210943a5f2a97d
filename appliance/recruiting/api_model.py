"""What the room's JSON interface takes and gives."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from appliance.kernel.i18n import Translator
from appliance.recruiting.candidates import CandidateFile
from appliance.recruiting.model import (
    NEXT_STEP,
    Candidate,
    CandidateState,
    DecisionKind,
    Offer,
    OfferState,
    Opening,
    OpeningState,
    Source,
)
from appliance.recruiting.reading_messages import problem_message
from appliance.recruiting.screening.matching import Proposal, Verdict, Why
from appliance.recruiting.screening.requirements import Requirement
from appliance.recruiting.screening.wording import WordingFinding


class OpeningIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An opening. Without `requirements` they are read from the description by rules. `state` `open` publishes it
    at once."""

    post_id: str
    description: str
    title_zh: str = ""
    title_en: str = ""
    requirements: list[Requirement] | None = None
    state: OpeningState = OpeningState.draft


class OpeningStateIn(Struct, frozen=True, forbid_unknown_fields=True):
    """`open` or `closed`."""

    state: OpeningState


class OpeningOut(Struct, frozen=True, kw_only=True):
    """An opening; `public_path` is the page where people apply. `wording` are words in the description that the
    law does not allow."""

    id: str
    post_id: str
    department_id: str
    title_zh: str
    title_en: str
    description: str
    requirements: list[Requirement]
    state: OpeningState
    public_path: str
    wording: list[WordingFinding]
    created_at: datetime


class ReceivedOut(Struct, frozen=True):
    """What became of a resume; `duplicate` when the same bytes had come for this opening before."""

    candidate_id: str
    document_id: str
    duplicate: bool


class CandidateOut(Struct, frozen=True, kw_only=True):
    """A candidate in a list. `problem` says in the reader's language why the resume could not be read."""

    id: str
    opening_id: str
    state: CandidateState
    next_step: str
    name: str
    email: str
    phone: str
    source: Source
    score: float | None
    proposal: Proposal | None
    must_met: int
    must_total: int
    unknown: int
    problem: str
    created_at: datetime
    changed_at: datetime


class EvidenceOut(Struct, frozen=True):
    """A place in the resume's text (characters from `start` up to `end`) and the words there."""

    start: int
    end: int
    words: str


class ResultOut(Struct, frozen=True, kw_only=True):
    """One requirement and what the resume shows of it."""

    requirement: Requirement
    verdict: Verdict
    why: Why
    credit: float
    weight: float
    found: float | None
    evidence: list[EvidenceOut]


class ScreeningOut(Struct, frozen=True, kw_only=True):
    """The screening by parts; a proposal, never a decision."""

    score: float
    low: float
    high: float
    proposal: Proposal
    results: list[ResultOut]
    requirements_sha256: str
    rules_sha256: str
    screened_at: datetime


class DecisionOut(Struct, frozen=True):
    """A person's decision."""

    decision: DecisionKind
    reason: str
    decided_by: str
    decided_at: datetime


class OfferOut(Struct, frozen=True, kw_only=True):
    """An offer; `monthly_wage` in yuan, `contract_months` null for an open-ended contract."""

    id: str
    candidate_id: str
    state: OfferState
    monthly_wage: Decimal
    start_on: date
    contract_months: int | None
    probation_months: int
    card_number: str | None
    made_by: str
    answered_by: str
    return_reason: str


class CandidateDetail(Struct, frozen=True, kw_only=True):
    """A candidate with screening, decisions, offers and the states gone through."""

    candidate: CandidateOut
    opening_title: str
    schools: list[str]
    companies: list[str]
    total_months: int | None
    skills: list[str]
    certificates: list[str]
    hidden_texts: int
    warnings: list[str]
    screening: ScreeningOut | None
    decisions: list[DecisionOut]
    offers: list[OfferOut]


class DecisionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision with its reason (at least 10 characters; the candidate may ask for it)."""

    decision: DecisionKind
    reason: str


class OfferIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offer's terms. `contract_months` null or absent for an open-ended contract."""

    monthly_wage: Decimal
    start_on: date
    contract_months: int | None = None
    probation_months: int = 0
    card_number: str | None = None


class ReasonIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why, in at least 10 characters."""

    reason: str


def opening_out(opening: Opening, wording: list[WordingFinding]) -> OpeningOut:
    """An opening as scripts see it."""
    return OpeningOut(
        id=opening.id,
        post_id=opening.post_id,
        department_id=opening.department_id,
        title_zh=opening.title_zh,
        title_en=opening.title_en,
        description=opening.description,
        requirements=opening.requirements,
        state=opening.state,
        public_path=f"/apply/{opening.slug}",
        wording=wording,
        created_at=opening.created_at,
    )


def candidate_out(candidate: Candidate, translator: Translator) -> CandidateOut:
    """A candidate as scripts see it."""
    return CandidateOut(
        id=candidate.id,
        opening_id=candidate.opening_id,
        state=candidate.state,
        next_step=translator.gettext(NEXT_STEP[candidate.state]),
        name=candidate.name,
        email=candidate.email,
        phone=candidate.phone,
        source=candidate.source,
        score=candidate.score,
        proposal=candidate.proposal,
        must_met=candidate.must_met,
        must_total=candidate.must_total,
        unknown=candidate.unknown,
        problem=translator.say(problem_message(candidate.fault)) if candidate.fault else "",
        created_at=candidate.created_at,
        changed_at=candidate.changed_at,
    )


def offer_out(offer: Offer) -> OfferOut:
    """An offer as scripts see it."""
    return OfferOut(
        id=offer.id,
        candidate_id=offer.candidate_id,
        state=offer.state,
        monthly_wage=offer.terms.monthly_wage,
        start_on=offer.terms.start_on,
        contract_months=offer.terms.contract_months,
        probation_months=offer.terms.probation_months,
        card_number=offer.terms.card_number,
        made_by=offer.made_by,
        answered_by=offer.answered_by,
        return_reason=offer.return_reason,
    )


def detail_out(file: CandidateFile, translator: Translator) -> CandidateDetail:
    """A candidate's file as scripts see it."""
    facts = file.document.extraction
    return CandidateDetail(
        candidate=candidate_out(file.candidate, translator),
        opening_title=file.opening.title(translator.language),
        schools=[school.name for school in facts.schools] if facts else [],
        companies=[job.company for job in facts.jobs] if facts else [],
        total_months=facts.total_months if facts else None,
        skills=[skill.name for skill in facts.skills] if facts else [],
        certificates=[item.name for item in facts.certificates] if facts else [],
        hidden_texts=len(file.document.hidden),
        warnings=[warning.value for warning in file.document.warnings],
        screening=_screening_out(file),
        decisions=[DecisionOut(d.kind, d.reason, d.decided_by, d.decided_at) for d in file.decisions],
        offers=[offer_out(offer) for offer in file.offers],
    )


def _screening_out(file: CandidateFile) -> ScreeningOut | None:
    stored = file.screening
    if stored is None:
        return None
    text = next((d.text for d in file.documents if d.id == stored.document_id), "")
    results = [
        ResultOut(
            requirement=result.requirement,
            verdict=result.verdict,
            why=result.why,
            credit=result.credit,
            weight=result.weight,
            found=result.found,
            evidence=[EvidenceOut(s.start, s.end, text[s.start : s.end][:200]) for s in result.evidence],
        )
        for result in stored.result.results
    ]
    return ScreeningOut(
        score=stored.result.score,
        low=stored.result.low,
        high=stored.result.high,
        proposal=stored.result.proposal,
        results=results,
        requirements_sha256=stored.requirements_sha256,
        rules_sha256=stored.rules_sha256,
        screened_at=stored.screened_at,
    )
