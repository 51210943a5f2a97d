"""Nouns and states of recruiting, and the table of transitions a candidate may take."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from appliance.kernel.errors import N_
from appliance.recruiting.extraction.model import Extraction
from appliance.recruiting.resumes.document import HiddenText, Problem, ReadWarning
from appliance.recruiting.screening.matching import Proposal
from appliance.recruiting.screening.requirements import Requirement


class OpeningState(StrEnum):
    """A draft is seen by HR only; an open one takes applications; a closed one keeps what it has."""

    draft = "draft"
    open = "open"
    closed = "closed"


OPENING_TRANSITIONS: Mapping[OpeningState, frozenset[OpeningState]] = {
    OpeningState.draft: frozenset({OpeningState.open, OpeningState.closed}),
    OpeningState.open: frozenset({OpeningState.closed}),
    OpeningState.closed: frozenset({OpeningState.open}),
}


class CandidateState(StrEnum):
    """Where a candidate stands."""

    applied = "applied"
    screened = "screened"
    invited = "invited"
    interviewing = "interviewing"
    interviewed = "interviewed"
    assessed = "assessed"
    second_round = "second_round"
    offered = "offered"
    approved = "approved"
    hired = "hired"
    rejected = "rejected"
    withdrawn = "withdrawn"


class Mover(StrEnum):
    """Who may make a transition: only a person, or the machine and the candidate's own acts too."""

    person = "person"
    anyone = "anyone"


S = CandidateState
_OUT = {S.rejected: Mover.person, S.withdrawn: Mover.person}

CANDIDATE_TRANSITIONS: Mapping[CandidateState, Mapping[CandidateState, Mover]] = {
    S.applied: {S.screened: Mover.anyone, **_OUT},
    # A resume that was replaced is screened again; nothing else changes.
    S.screened: {S.screened: Mover.anyone, S.invited: Mover.person, **_OUT},
    # A second invitation replaces the first.
    S.invited: {S.invited: Mover.person, S.interviewing: Mover.anyone, S.interviewed: Mover.anyone, **_OUT},
    S.interviewing: {S.interviewed: Mover.anyone, **_OUT},
    S.interviewed: {S.assessed: Mover.anyone, **_OUT},
    S.assessed: {S.second_round: Mover.person, S.offered: Mover.person, **_OUT},
    S.second_round: {S.offered: Mover.person, **_OUT},
    S.offered: {S.approved: Mover.person, **_OUT},
    S.approved: {S.hired: Mover.anyone},
    S.hired: {},
    S.rejected: {},
    S.withdrawn: {},
}
"""From each state, where it may go and who may take it there. Nobody is rejected, offered or approved by the
machine. `interviewed` follows `invited` directly when the window closes on an interview that never began."""

OVER = frozenset({S.hired, S.rejected, S.withdrawn})

STATE_LABELS: Mapping[CandidateState, str] = {
    S.applied: N_("Applied"),
    S.screened: N_("Screened"),
    S.invited: N_("Invited"),
    S.interviewing: N_("In the interview"),
    S.interviewed: N_("Interviewed"),
    S.assessed: N_("Assessed"),
    S.second_round: N_("Second round"),
    S.offered: N_("Offer made"),
    S.approved: N_("Approved for hiring"),
    S.hired: N_("Hired"),
    S.rejected: N_("Not taken"),
    S.withdrawn: N_("Candidate withdrew"),
}

NEXT_STEP: Mapping[CandidateState, str] = {
    S.applied: N_("The resume is being read."),
    S.screened: N_("Read the evidence and invite, or decide otherwise."),
    S.invited: N_("Waiting for the candidate to start the interview."),
    S.interviewing: N_("The candidate is in the interview."),
    S.interviewed: N_("The answers are being assessed."),
    S.assessed: N_("Read the report and decide."),
    S.second_round: N_("Talk in person, then decide."),
    S.offered: N_("A second person approves the offer."),
    S.approved: N_("The employee file is being opened."),
    S.hired: N_("The employee file is open."),
    S.rejected: N_("Closed. The candidate can ask why."),
    S.withdrawn: N_("Closed at the candidate's wish."),
}


class Source(StrEnum):
    """How a resume came in."""

    hr = "hr"
    public = "public"


class Opening(Struct, frozen=True, kw_only=True):
    """A post that is being filled. ``slug`` names the public page; times are aware UTC instants."""

    id: str
    slug: str
    post_id: str
    department_id: str
    title_zh: str
    title_en: str
    description: str
    requirements: list[Requirement]
    state: OpeningState
    created_at: datetime
    created_by: str
    opened_at: datetime | None = None
    closed_at: datetime | None = None

    def title(self, language: str) -> str:
        """The title for a reader; the other language's where one is missing."""
        return (self.title_en or self.title_zh) if language == "en" else (self.title_zh or self.title_en)


class OpeningDraft(Struct, frozen=True, kw_only=True):
    """What HR enters of an opening; with ``requirements`` None they are read from the description."""

    post_id: str
    title_zh: str = ""
    title_en: str = ""
    description: str
    requirements: list[Requirement] | None = None


class Candidate(Struct, frozen=True, kw_only=True):
    """A person applying for an opening. ``name`` is empty until the resume was read. ``fault`` is why the current
    resume could not be read. ``score`` 0 to 100 and ``proposal`` come from screening."""

    id: str
    opening_id: str
    state: CandidateState
    name: str
    email: str
    phone: str
    source: Source
    created_at: datetime
    changed_at: datetime
    document_id: str
    seen_at: datetime | None = None
    score: float | None = None
    must_met: int = 0
    must_total: int = 0
    unknown: int = 0
    proposal: Proposal | None = None
    fault: Problem | None = None
    decision: str = ""

    @property
    def is_new(self) -> bool:
        """Whether nobody of HR has opened the page yet."""
        return self.seen_at is None and self.state not in OVER


class DocumentState(StrEnum):
    """A resume file waits to be read, was read, or could not be."""

    waiting = "waiting"
    read = "read"
    unreadable = "unreadable"


class ResumeDocument(Struct, frozen=True, kw_only=True):
    """A resume file and what was read from it. The bytes are the sealed blob ``blob_id`` in media.db."""

    id: str
    candidate_id: str
    opening_id: str
    blob_id: str
    key_id: str
    sha256: str
    filename: str
    declared_type: str
    size: int
    state: DocumentState
    received_at: datetime
    read_at: datetime | None = None
    format: str = ""
    pages: int = 0
    text: str = ""
    extraction: Extraction | None = None
    hidden: list[HiddenText] = []
    warnings: list[ReadWarning] = []
    problem: Problem | None = None
    problem_found: str = ""


class DecisionKind(StrEnum):
    """What a person decides about a candidate."""

    second_round = "second_round"
    offer = "offer"
    reject = "reject"


DECISION_LABELS: Mapping[DecisionKind, str] = {
    DecisionKind.second_round: N_("Second round"),
    DecisionKind.offer: N_("Make an offer"),
    DecisionKind.reject: N_("Do not take"),
}


class Decision(Struct, frozen=True, kw_only=True):
    """A person's decision with its reason; ``decided_by`` is an account id, ``decided_label`` its number."""

    id: str
    candidate_id: str
    kind: DecisionKind
    reason: str
    decided_by: str
    decided_label: str
    decided_at: datetime


class OfferState(StrEnum):
    """An offer waits for a second person, who approves it or sends it back."""

    waiting = "waiting"
    approved = "approved"
    returned = "returned"
    void = "void"


class OfferTerms(Struct, frozen=True, kw_only=True):
    """What is offered. Monthly wage in yuan before tax; ``contract_months`` None for an open-ended contract."""

    monthly_wage: Decimal
    start_on: date
    contract_months: int | None
    probation_months: int
    card_number: str | None = None


class Offer(Struct, frozen=True, kw_only=True):
    """An offer, who made it, and the second person's word on it."""

    id: str
    candidate_id: str
    state: OfferState
    terms: OfferTerms
    made_by: str
    made_label: str
    made_at: datetime
    answered_by: str = ""
    answered_label: str = ""
    answered_at: datetime | None = None
    return_reason: str = ""


class CandidateBrief(Struct, frozen=True):
    """What an invitation needs to know of a candidate; ``post`` is the opening's title."""

    candidate_id: str
    opening_id: str
    name: str
    post: str
    has_address: bool


class CandidateFilter(Struct, frozen=True, kw_only=True):
    """Which candidates a list shows; empty fields do not filter. ``waiting`` keeps those whose next step is a
    person's; ``trouble`` those whose resume could not be read."""

    state: CandidateState | None = None
    opening_id: str = ""
    text: str = ""
    only_new: bool = False
    waiting: bool = False
    trouble: bool = False
    order: str = "newest"


WAITS_FOR_PERSON = frozenset({S.screened, S.assessed, S.second_round})
