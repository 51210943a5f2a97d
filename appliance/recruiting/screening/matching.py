"""What a resume shows of each requirement: met, not met, or unknown, with the place that shows it.

Works on the masked text and on facts only. ``unknown`` is not failure: a resume that is silent where it could
have been, or whose dates cannot be read, is asked about, not marked down to zero. Nothing here rejects anybody.
"""

import re
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from appliance.recruiting.extraction.abilities import months_of
from appliance.recruiting.extraction.model import Degree, Extraction, Span
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.screening.requirements import Necessity, Requirement, RequirementKind

WEIGHT = {Necessity.must: 3.0, Necessity.nice: 1.0}
UNKNOWN_CREDIT = 0.5
LISTED_SKILLS = 3
"""A resume that names this many skills is taken to list them; what it leaves out then counts as not shown."""


class Verdict(StrEnum):
    """What the resume shows of a requirement."""

    met = "met"
    not_met = "not_met"
    unknown = "unknown"
    to_ask = "to_ask"


class Why(StrEnum):
    """Why a verdict was reached; pages say it in words."""

    named = "named"
    implied = "implied"
    enough_years = "enough_years"
    too_few_years = "too_few_years"
    years_unclear = "years_unclear"
    not_named = "not_named"
    resume_silent = "resume_silent"
    degree_reached = "degree_reached"
    degree_below = "degree_below"
    level_reached = "level_reached"
    level_below = "level_below"
    level_unclear = "level_unclear"
    ask_in_interview = "ask_in_interview"


class RequirementResult(Struct, frozen=True, kw_only=True):
    """The verdict on one requirement. ``credit`` 0 to 1 is its share of ``weight`` in the score; ``found`` the
    years or level found (None when nothing can be said); ``evidence`` the places that show it."""

    requirement: Requirement
    verdict: Verdict
    why: Why
    credit: float
    weight: float
    found: float | None = None
    evidence: list[Span] = []


class Proposal(StrEnum):
    """What the machine proposes; a person decides."""

    invite = "invite"
    look_closer = "look_closer"


class Screening(Struct, frozen=True, kw_only=True):
    """The screening of one resume. ``score`` 0 to 100 counts unknowns half; ``low`` and ``high`` count them as
    not met and as met."""

    results: list[RequirementResult]
    score: float
    low: float
    high: float
    must_met: int
    must_total: int
    unknown: int
    proposal: Proposal


def screen(
    requirements: list[Requirement], extraction: Extraction, masked_text: str, vocabulary: Vocabulary
) -> Screening:
    """Holds each requirement against the resume."""
    judge = _Judge(extraction, masked_text, vocabulary)
    results = [judge.result(requirement) for requirement in requirements]
    counted = [result for result in results if result.verdict is not Verdict.to_ask]
    musts = [result for result in counted if result.requirement.necessity is Necessity.must]
    unknown = sum(1 for result in counted if result.verdict is Verdict.unknown)
    must_met = sum(1 for result in musts if result.verdict is Verdict.met)
    must_failed = sum(1 for result in musts if result.verdict is Verdict.not_met)
    must_unknown = len(musts) - must_met - must_failed
    clear = must_failed == 0 and must_met > 0 and must_unknown * 3 <= len(musts)
    return Screening(
        results=results,
        score=_score(counted, UNKNOWN_CREDIT),
        low=_score(counted, 0.0),
        high=_score(counted, 1.0),
        must_met=must_met,
        must_total=len(musts),
        unknown=unknown,
        proposal=Proposal.invite if clear else Proposal.look_closer,
    )


def _score(results: list[RequirementResult], unknown_credit: float) -> float:
    total = sum(result.weight for result in results)
    if total == 0:
        return 0.0
    reached = sum(
        result.weight * (unknown_credit if result.verdict is Verdict.unknown else result.credit)
        for result in results
    )
    return round(100 * reached / total, 1)


class _Judge:
    def __init__(self, extraction: Extraction, text: str, vocabulary: Vocabulary) -> None:
        self._facts = extraction
        self._text = text
        self._vocabulary = vocabulary
        self._by_kind: dict[RequirementKind, Callable[[Requirement], RequirementResult]] = {
            RequirementKind.experience: self._experience,
            RequirementKind.skill: self._skill,
            RequirementKind.degree: self._degree,
            RequirementKind.certificate: self._certificate,
            RequirementKind.language: self._language,
            RequirementKind.judgement: self._judgement,
        }

    def result(self, requirement: Requirement) -> RequirementResult:
        return self._by_kind[requirement.kind](requirement)

    def _made(
        self,
        requirement: Requirement,
        verdict: Verdict,
        why: Why,
        *,
        credit: float | None = None,
        found: float | None = None,
        evidence: list[Span] | None = None,
    ) -> RequirementResult:
        if credit is None:
            credit = 1.0 if verdict is Verdict.met else 0.0
        return RequirementResult(
            requirement=requirement,
            verdict=verdict,
            why=why,
            credit=round(credit, 3),
            weight=0.0 if verdict is Verdict.to_ask else WEIGHT[requirement.necessity],
            found=found,
            evidence=(evidence or [])[:6],
        )

    def _years(self, requirement: Requirement, months: int | None, evidence: list[Span]) -> RequirementResult:
        """Compares months of experience with the years asked for; near misses keep a share of the credit."""
        if months is None:
            return self._made(requirement, Verdict.unknown, Why.years_unclear, evidence=evidence)
        years = round(months / 12, 1)
        if months >= requirement.years * 12:
            return self._made(requirement, Verdict.met, Why.enough_years, found=years, evidence=evidence)
        share = 0.8 * months / (requirement.years * 12)
        return self._made(
            requirement, Verdict.not_met, Why.too_few_years, credit=share, found=years, evidence=evidence
        )

    def _experience(self, requirement: Requirement) -> RequirementResult:
        evidence = [job.heading for job in self._facts.jobs]
        return self._years(requirement, self._facts.total_months, evidence)

    def _skill(self, requirement: Requirement) -> RequirementResult:
        mentions, direct, stated = self._skill_mentions(requirement.terms)
        if not mentions:
            listed = len(self._facts.skills) >= LISTED_SKILLS
            verdict, why = (
                (Verdict.not_met, Why.not_named) if listed else (Verdict.unknown, Why.resume_silent)
            )
            return self._made(requirement, verdict, why)
        if requirement.years <= 0:
            return self._made(
                requirement, Verdict.met, Why.named if direct else Why.implied, evidence=mentions
            )
        dated = months_of(mentions, self._facts.jobs)
        known = [months for months in (stated, dated) if months is not None]
        return self._years(requirement, max(known, default=None), mentions)

    def _skill_mentions(self, terms: list[str]) -> tuple[list[Span], bool, int | None]:
        """Places that show any of the terms, whether one is named itself, and the months stated for it."""
        direct: list[Span] = []
        implied: list[Span] = []
        stated: int | None = None
        for term in terms:
            canonical = self._vocabulary.skills.find(term)
            name = canonical[0].name if canonical else term
            accepted = self._vocabulary.skills.implying(name)
            for skill in self._facts.skills:
                if skill.name == name:
                    direct.extend(skill.mentions)
                    stated = max(filter(None, (stated, skill.months if skill.stated else None)), default=None)
                elif skill.name in accepted:
                    implied.extend(skill.mentions)
            if not canonical:
                direct.extend(self._literal(term))
        spans = sorted(direct, key=lambda s: s.start) + sorted(implied, key=lambda s: s.start)
        return spans, bool(direct), stated

    def _literal(self, term: str) -> list[Span]:
        """A term that no table knows, as it stands in the text."""
        pattern = re.escape(term.strip()).replace(r"\ ", r"\s+")
        if term[:1].isascii():
            pattern = rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"
        return [Span(m.start(), m.end()) for m in re.finditer(pattern, self._text, re.IGNORECASE)]

    def _degree(self, requirement: Requirement) -> RequirementResult:
        highest = self._facts.highest_degree()
        if highest is None:
            return self._made(requirement, Verdict.unknown, Why.resume_silent)
        degree, span = highest
        if degree >= Degree(requirement.level):
            return self._made(
                requirement, Verdict.met, Why.degree_reached, found=float(degree), evidence=[span]
            )
        return self._made(
            requirement, Verdict.not_met, Why.degree_below, found=float(degree), evidence=[span]
        )

    def _certificate(self, requirement: Requirement) -> RequirementResult:
        accepted: set[str] = set()
        for term in requirement.terms:
            accepted |= self._vocabulary.certificates.implying(term)
        held = [item.span for item in self._facts.certificates if item.name in accepted]
        if held:
            return self._made(requirement, Verdict.met, Why.named, evidence=held)
        if self._facts.certificates:
            return self._made(requirement, Verdict.not_met, Why.not_named)
        return self._made(requirement, Verdict.unknown, Why.resume_silent)

    def _language(self, requirement: Requirement) -> RequirementResult:
        spoken = [item for item in self._facts.languages if item.name in requirement.terms]
        if not spoken:
            return self._made(requirement, Verdict.unknown, Why.resume_silent)
        best = max(spoken, key=lambda item: item.level)
        if best.level >= requirement.level:
            return self._made(
                requirement, Verdict.met, Why.level_reached, found=float(best.level), evidence=[best.span]
            )
        if best.level == 0:
            return self._made(requirement, Verdict.unknown, Why.level_unclear, evidence=[best.span])
        return self._made(
            requirement, Verdict.not_met, Why.level_below, found=float(best.level), evidence=[best.span]
        )

    def _judgement(self, requirement: Requirement) -> RequirementResult:
        return self._made(requirement, Verdict.to_ask, Why.ask_in_interview)
