"""Where an answer and the resume do not fit, found by rules only.

The rules hold against the resume what somebody says of the own work: years of experience in all and with one
employer, the employer, the post held there, the years it began and ended, and the degree. A rule is silent
where the resume says nothing. A finding is something to ask about in the human round, never a reason by
itself: a resume can be old, a recogniser can mishear, and people round.
"""

from collections.abc import Callable, Sequence

from appliance.interviews.assessment.resume_facts import ResumeFacts, Stay
from appliance.interviews.assessment.said import (
    Dates,
    dates_said,
    degree_said,
    employer_said,
    plain_name,
    rank_words,
    title_said,
    years_said,
)
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.report.report import Contradiction, ContradictionKind, Quote

TOLERANCE_YEARS = 1.5
"""People round; resumes count months."""

TOLERANCE_CALENDAR_YEARS = 1
"""Who begins in December says the year before or the year after."""

Finding = tuple[ContradictionKind, str, str]
"""The rule, what was said, what the resume says."""


def find_contradictions(
    quotes: Sequence[Quote], resume: ResumeFacts | None, language: Language
) -> list[Contradiction]:
    """All findings in the order of the sentences, each once; none without a resume that was read."""
    if resume is None:
        return []
    found: dict[Finding, Quote] = {}
    for quote in quotes:
        for rule in RULES:
            finding = rule(quote.text, resume, language)
            if finding is not None:
                found.setdefault(finding, quote)
    return [Contradiction(*finding, quote) for finding, quote in found.items()]


def _years(text: str, resume: ResumeFacts, language: Language) -> Finding | None:
    """Years said with an employer are held against the stay there, years without one against all of them."""
    years = years_said(text, language)
    if years is None:
        return None
    stays = _stays_named(text, resume)
    if stays:
        known = [stay.years for stay in stays if stay.years is not None]
        # Several posts with one employer are told as one time or as each its own.
        told = [*known, sum(known)]
        if not known or any(abs(years - each) <= TOLERANCE_YEARS for each in told):
            return None
        said = f"{stays[0].employer} {years:g}"
        return ContradictionKind.YEARS_THERE, said, f"{sum(known):.1f}"
    if employer_said(text, language) or resume.years is None:
        return None
    if abs(years - resume.years) <= TOLERANCE_YEARS:
        return None
    return ContradictionKind.YEARS, f"{years:g}", f"{resume.years:.1f}"


def _employer(text: str, resume: ResumeFacts, language: Language) -> Finding | None:
    name = employer_said(text, language)
    if name is None or not resume.employers or _listed(name, resume.employers):
        return None
    return ContradictionKind.EMPLOYER, name, ", ".join(dict.fromkeys(resume.employers))


def _title(text: str, resume: ResumeFacts, language: Language) -> Finding | None:
    """A post that no line of the resume has; one that is higher by a rank word is another post."""
    title = title_said(text, language)
    titles = [stay.title for stay in resume.stays if stay.title]
    if title is None or not titles or any(_same_title(title, known) for known in titles):
        return None
    return ContradictionKind.TITLE, title, ", ".join(dict.fromkeys(titles))


def _same_title(said: str, known: str) -> bool:
    told, written = plain_name(said), plain_name(known)
    if told in written:
        return True
    return written in told and not rank_words(told.replace(written, " "))


def _date(text: str, resume: ResumeFacts, language: Language) -> Finding | None:
    dates = dates_said(text, language)
    stays = [stay for stay in _stays_named(text, resume) if stay.start_year is not None]
    if dates is None or not stays or any(_fits(dates, stay) for stay in stays):
        return None
    said = "–".join(str(year) for year in (dates.start_year, dates.end_year) if year is not None)
    written = "; ".join(f"{stay.employer} {stay.start_year}–{stay.end_year or ''}" for stay in stays)
    return ContradictionKind.DATE, said, written


def _fits(dates: Dates, stay: Stay) -> bool:
    pairs = ((dates.start_year, stay.start_year), (dates.end_year, stay.end_year))
    return all(
        said is None or written is None or abs(said - written) <= TOLERANCE_CALENDAR_YEARS
        for said, written in pairs
    )


def _degree(text: str, resume: ResumeFacts, language: Language) -> Finding | None:
    """Only a higher degree than the resume's is worth a question: the lower ones were held as well. The resume's
    is told by its name in `Degree`, which pages say in the reader's language."""
    said = degree_said(text, language)
    if said is None or resume.degree is None:
        return None
    word, degree = said
    if degree <= resume.degree:
        return None
    return ContradictionKind.DEGREE, word, resume.degree.name


Rule = Callable[[str, ResumeFacts, Language], Finding | None]
RULES: tuple[Rule, ...] = (_years, _employer, _title, _date, _degree)


def _stays_named(text: str, resume: ResumeFacts) -> list[Stay]:
    """The stays whose employer the sentence names, by its full name or one that people use for it."""
    plain = plain_name(text)
    return [stay for stay in resume.stays if any(name in plain for name in _called(stay.employer))]


def _called(employer: str) -> list[str]:
    """The name as written, and without a legal form or the country at its head."""
    name = plain_name(employer)
    short = name.removeprefix("中国")
    for form in ("股份有限公司", "有限责任公司", "有限公司", "co.,ltd.", "ltd", "inc."):
        short = short.removesuffix(form)
    return [one for one in dict.fromkeys((name, short)) if len(one) >= 3]


def _listed(name: str, employers: Sequence[str]) -> bool:
    """Whether one name holds the other: people say 工商银行 for 中国工商银行股份有限公司."""
    plain = plain_name(name)
    return any(plain in known or known in plain for known in map(plain_name, employers))
