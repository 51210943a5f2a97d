"""The facts of a resume, put together."""

import re
from datetime import date

from appliance.recruiting.extraction.abilities import (
    find_certificates,
    find_languages,
    find_skills,
    stated_total,
)
from appliance.recruiting.extraction.contacts import find_email, find_phone
from appliance.recruiting.extraction.dates import months_together
from appliance.recruiting.extraction.education import SchoolFinder, find_degrees
from appliance.recruiting.extraction.model import Degree, Extraction, Span
from appliance.recruiting.extraction.names import NameFinder
from appliance.recruiting.extraction.protected import find_protected
from appliance.recruiting.extraction.sections import split_sections
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.extraction.work import WorkFinder


class Extractor:
    """Reads facts by rules with one vocabulary; stateless otherwise."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._names = NameFinder(vocabulary.people)
        self._schools = SchoolFinder(vocabulary.people)
        self._work = WorkFinder(vocabulary.people)

    def extract(self, text: str, *, today: date, has_photo: bool = False) -> Extraction:
        """Facts of ``text``; ``today`` is the end of posts that are held until now."""
        now_month = today.year * 12 + today.month - 1
        lines = split_sections(text)
        jobs = self._work.find(lines, now_month)
        periods = [job.period for job in jobs if job.period is not None]
        stated = stated_total(text)
        total = months_together(periods) if periods else (stated[0] if stated else None)
        return Extraction(
            language=language_of(text),
            name=self._names.find(text),
            phone=find_phone(text),
            email=find_email(text),
            schools=self._schools.find(lines, now_month),
            degrees=_degrees(text),
            jobs=jobs,
            total_months=total,
            total_stated=not periods and stated is not None,
            skills=find_skills(text, self._vocabulary.skills, jobs),
            certificates=find_certificates(text, self._vocabulary.certificates),
            languages=find_languages(text, self._vocabulary.languages),
            protected=find_protected(text, has_photo=has_photo),
        )


def language_of(text: str) -> str:
    """``zh`` when a fifth of the letters are Chinese characters, else ``en``."""
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    latin = len(re.findall(r"[A-Za-z]", text))
    return "zh" if chinese * 4 >= latin else "en"


def _degrees(text: str) -> list[tuple[Degree, Span]]:
    return [(degree, span) for degree, span, _ in find_degrees(text)]
