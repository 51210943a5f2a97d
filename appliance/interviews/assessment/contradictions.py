"""Where an answer and the resume do not fit, found by rules only.

Two rules: years of experience said against those counted from the resume, and an employer named as the own
one that the resume does not list. A finding is something to ask about in the human round, never a reason by
itself.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from appliance.interviews.plans.rubrics import Language
from appliance.interviews.report.report import Contradiction, ContradictionKind, Quote

TOLERANCE_YEARS = 1.5
"""People round; resumes count months."""

_DIGITS = {word: value for value, word in enumerate("零一二三四五六七八九十")} | {"两": 2}
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
}  # fmt: skip
_YEARS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"(?:工作|从业|干|做)了?(?:已经|将近|大概|差不多|整整)?(?P<a>\d{1,2}|"
        r"[一二两三四五六七八九十]{1,3})多?年"
        r"|(?P<b>\d{1,2}|[一二两三四五六七八九十]{1,3})多?年的?(?:工作|从业|行业|临床|柜面|银行|"
        r"护理)(?:工作)?(?:经验|经历)"
    ),
    "en": re.compile(
        r"(?P<a>\d{1,2}|[a-z]+) years(?:'|’)? (?:of )?(?:work(?:ing)? |professional |nursing |banking |"
        r"clinical )?experience"
        r"|(?:i have|i've) (?:been working|worked)(?: \w+){0,6} for (?P<b>\d{1,2}|[a-z]+) years",
        re.IGNORECASE,
    ),
}
_EMPLOYER: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"我(?:以前|之前|原来|曾经|当时|现在)?(?:就)?在(?P<name>[\u4e00-\u9fff]{2,14}?(?:银行|医院|公司|集团|"
        r"诊所|支行|分行))(?:工作|上班|任职|做|当)"
    ),
    "en": re.compile(
        r"\bI (?:have )?(?:used to work|work|worked|was employed) (?:at|"
        r"for) (?:the )?(?P<name>(?:[A-Z][\w&.-]+ ?){1,5})"
    ),
}


class ResumeFacts(Struct, frozen=True):
    """What the resume says, as far as it is known: `years` None when it could not be counted."""

    years: float | None
    employers: tuple[str, ...]


def find_contradictions(
    quotes: Sequence[Quote], resume: ResumeFacts | None, language: Language
) -> list[Contradiction]:
    """All findings in the order of the sentences; none without a resume that was read."""
    if resume is None:
        return []
    found: list[Contradiction] = []
    for quote in quotes:
        years = _years_said(quote.text, language)
        if years is not None and resume.years is not None and abs(years - resume.years) > TOLERANCE_YEARS:
            found.append(Contradiction(ContradictionKind.YEARS, f"{years:g}", f"{resume.years:.1f}", quote))
        employer = _EMPLOYER[language].search(quote.text)
        if employer and resume.employers and not _listed(employer["name"], resume.employers):
            listed = ", ".join(resume.employers)
            found.append(Contradiction(ContradictionKind.EMPLOYER, employer["name"].strip(), listed, quote))
    return found


def _years_said(text: str, language: Language) -> float | None:
    match = _YEARS[language].search(text)
    if match is None:
        return None
    return _number(match["a"] or match["b"])


def _number(text: str) -> float | None:
    if text.isdigit():
        return float(text)
    if text.lower() in _WORDS:
        return float(_WORDS[text.lower()])
    if not all(character in _DIGITS for character in text):
        return None
    tens, found, ones = text.partition("十")
    if not found:
        return float(_DIGITS[text]) if len(text) == 1 else None
    return float((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _listed(name: str, employers: Sequence[str]) -> bool:
    """Whether one name holds the other: people say 工商银行 for 中国工商银行股份有限公司."""
    plain = re.sub(r"\s+", "", name).lower()
    return any(
        plain in known or known in plain for known in (re.sub(r"\s+", "", one).lower() for one in employers)
    )
