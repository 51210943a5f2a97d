"""What pages show: labels, the resume's text with its evidence marked, the timeline in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from appliance.kernel.clock import from_text
from appliance.kernel.errors import N_
from appliance.recruiting.extraction.model import Degree, Extraction, ProtectedKind, Span
from appliance.recruiting.extraction.protected import MASK
from appliance.recruiting.model import CandidateState, OfferState, OpeningState
from appliance.recruiting.screening.matching import Proposal, RequirementResult, Verdict, Why
from appliance.recruiting.screening.requirements import Necessity, RequirementKind

STATE_TONES: Mapping[CandidateState, str] = {
    CandidateState.applied: "calm",
    CandidateState.screened: "info",
    CandidateState.invited: "calm",
    CandidateState.interviewing: "calm",
    CandidateState.interviewed: "calm",
    CandidateState.assessed: "info",
    CandidateState.second_round: "info",
    CandidateState.offered: "warn",
    CandidateState.approved: "good",
    CandidateState.hired: "good",
    CandidateState.rejected: "calm",
    CandidateState.withdrawn: "calm",
}

OPENING_LABELS: Mapping[OpeningState, tuple[str, str]] = {
    OpeningState.draft: (N_("Draft"), "calm"),
    OpeningState.open: (N_("Taking applications"), "good"),
    OpeningState.closed: (N_("No longer taking applications"), "calm"),
}

PROPOSAL_LABELS: Mapping[Proposal, tuple[str, str]] = {
    Proposal.invite: (N_("Proposed: invite"), "good"),
    Proposal.look_closer: (N_("Proposed: look closer"), "warn"),
}

VERDICT_LABELS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.met: (N_("Met"), "good"),
    Verdict.not_met: (N_("Not shown"), "warn"),
    Verdict.unknown: (N_("Cannot be told"), "calm"),
    Verdict.to_ask: (N_("Ask in the interview"), "info"),
}

WHY_LABELS: Mapping[Why, str] = {
    Why.named: N_("Named in the resume"),
    Why.implied: N_("Shown by something that builds on it"),
    Why.enough_years: N_("Enough years"),
    Why.too_few_years: N_("Fewer years than asked for"),
    Why.years_unclear: N_("Named, but no dated job says for how long"),
    Why.not_named: N_("The resume lists others, not this"),
    Why.resume_silent: N_("The resume says nothing about it"),
    Why.degree_reached: N_("Degree reached"),
    Why.degree_below: N_("A lower degree is named"),
    Why.level_reached: N_("Level reached"),
    Why.level_below: N_("A lower level is named"),
    Why.level_unclear: N_("Named without a level"),
    Why.ask_in_interview: N_("A resume cannot show this"),
}

KIND_LABELS: Mapping[RequirementKind, str] = {
    RequirementKind.skill: N_("Skill"),
    RequirementKind.experience: N_("Years of work in all"),
    RequirementKind.degree: N_("Education"),
    RequirementKind.certificate: N_("Certificate or licence"),
    RequirementKind.language: N_("Language"),
    RequirementKind.judgement: N_("To ask in the interview"),
}

NECESSITY_LABELS: Mapping[Necessity, str] = {Necessity.must: N_("Must"), Necessity.nice: N_("Nice to have")}

DEGREE_LABELS: Mapping[Degree, str] = {
    Degree.middle_school: N_("Middle school"),
    Degree.high_school: N_("High school"),
    Degree.secondary_vocational: N_("Secondary vocational school"),
    Degree.associate: N_("Associate degree"),
    Degree.bachelor: N_("Bachelor"),
    Degree.master: N_("Master"),
    Degree.doctor: N_("Doctorate"),
}

GROUND_LABELS: Mapping[str, str] = {
    "sex": N_("sex"),
    "age": N_("age"),
    "ethnicity": N_("ethnic group"),
    "household": N_("household registration"),
    "marital": N_("marital state or children"),
    "looks": N_("looks"),
    "health": N_("health or disability"),
    "religion": N_("religion"),
}

PROTECTED_LABELS: Mapping[ProtectedKind, str] = {
    ProtectedKind.sex: N_("sex"),
    ProtectedKind.age: N_("age"),
    ProtectedKind.birth_date: N_("date of birth"),
    ProtectedKind.ethnicity: N_("ethnic group"),
    ProtectedKind.marital_state: N_("marital state"),
    ProtectedKind.native_place: N_("native place"),
    ProtectedKind.nationality: N_("nationality"),
    ProtectedKind.political: N_("political affiliation"),
    ProtectedKind.religion: N_("religion"),
    ProtectedKind.health: N_("health"),
    ProtectedKind.identity_number: N_("identity number"),
    ProtectedKind.photo: N_("photo"),
}

OFFER_LABELS: Mapping[OfferState, tuple[str, str]] = {
    OfferState.waiting: (N_("Waits for a second person"), "warn"),
    OfferState.approved: (N_("Approved by a second person"), "good"),
    OfferState.returned: (N_("Sent back"), "bad"),
    OfferState.void: (N_("Replaced"), "calm"),
}

ACTION_LABELS: Mapping[str, tuple[str, str]] = {
    "resume.received": (N_("Resume received"), "file-arrow-left"),
    "resume.replaced": (N_("Another resume file received"), "file-arrow-left"),
    "resume.read": (N_("Resume read"), "file-text"),
    "resume.unreadable": (N_("Resume could not be read"), "file-alert"),
    "resume.opened": (N_("Original file opened"), "file-download"),
    "candidate.screened": (N_("Screened"), "list-check"),
    "candidate.seen": (N_("File looked at"), "eye"),
    "candidate.contact_corrected": (N_("Contact details corrected"), "pencil"),
    "candidate.invited": (N_("Invited"), "mail"),
    "candidate.interviewing": (N_("Interview begun"), "video"),
    "candidate.interviewed": (N_("Interview finished"), "video"),
    "candidate.assessed": (N_("Assessed"), "clipboard-check"),
    "candidate.decided": (N_("Decided"), "gavel"),
    "candidate.offered": (N_("Offer made"), "file-certificate"),
    "candidate.approved": (N_("Approved for hiring"), "circle-check"),
    "candidate.hired": (N_("Hired"), "user-check"),
    "candidate.withdrawn": (N_("Withdrawn by the candidate"), "door-exit"),
    "offer.written": (N_("Offer written"), "file-certificate"),
    "offer.approved": (N_("Offer approved by a second person"), "circle-check"),
    "offer.returned": (N_("Offer sent back"), "arrow-back"),
}

TOLD_BY_THE_OFFER = frozenset({"candidate.offered", "candidate.approved"})
"""Moves that the offer's own row, written in the same change, tells already."""


class Segment(Struct, frozen=True):
    """A stretch of the resume's text; ``marks`` are the numbers of the requirements that it shows."""

    text: str
    marks: tuple[int, ...] = ()


def marked_text(text: str, extraction: Extraction, results: Sequence[RequirementResult]) -> list[Segment]:
    """The text with protected attributes covered and evidence marked by the requirement's number (from 1)."""
    shown = _without_protected(text, extraction)
    evidence = [(span, number) for number, result in enumerate(results, start=1) for span in result.evidence]
    return list(_segments(shown, evidence))


def _segments(text: str, evidence: list[tuple[Span, int]]) -> Iterator[Segment]:
    edges = sorted(
        {0, len(text), *(p for span, _ in evidence for p in (span.start, span.end) if p <= len(text))}
    )
    for start, end in zip(edges, edges[1:], strict=False):
        marks = tuple(sorted({n for span, n in evidence if span.start <= start and end <= span.end}))
        yield Segment(text[start:end], marks)


def _without_protected(text: str, extraction: Extraction) -> str:
    characters = list(text)
    for item in extraction.protected:
        for position in range(item.span.start, min(item.span.end, len(characters))):
            if characters[position] not in "\n\t":
                characters[position] = MASK
    return "".join(characters)


def timeline(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The ledger's rows for ``ui.timeline``, repeated looks of one account in a row joined."""
    items: list[dict[str, Any]] = []
    last = ""
    for row in rows:
        label, icon = ACTION_LABELS.get(row["action"], (row["action"], "point"))
        key = f"{row['action']}:{row['actor_id']}"
        if (key == last and row["action"] == "candidate.seen") or row["action"] in TOLD_BY_THE_OFFER:
            continue
        last = key
        items.append(
            {"at": from_text(row["at"]), "title": label, "text": "", "icon": icon, "who": row["actor_label"]}
        )
    return items
