"""What a sentence says of the speaker's own work: years, employer, post, dates, degree.

Patterns, not a model: what they find can be shown word for word, and what they miss is merely not asked about.
They want the speaker as subject (我…, I …), so that a story about a colleague or a customer finds nothing.
"""

import re
from typing import NamedTuple

from appliance.interviews.plans.rubrics import Language
from appliance.recruiting.extraction.model import Degree

_DIGITS = {word: value for value, word in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
}  # fmt: skip
_YEARS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"(?:工作|从业|干|做)了?(?:已经|将近|大概|差不多|整整)?(?P<a>\d{1,2}|"
        r"[一二两三四五六七八九十]{1,3})多?年(?![级底初中])"
        r"|(?P<b>\d{1,2}|[一二两三四五六七八九十]{1,3})多?年的?(?:工作|从业|行业|临床|柜面|银行|"
        r"护理)(?:工作)?(?:经验|经历)"
    ),
    "en": re.compile(
        r"(?P<a>\d{1,2}|[a-z]+) years(?:'|’)? (?:of )?(?:work(?:ing)? |professional |nursing |banking |"
        r"clinical )?experience"
        r"|(?:i have|i've) (?:been working|worked)(?: [\w&.-]+){0,6} for (?P<b>\d{1,2}|[a-z]+) years"
        r"|\bi worked (?:at|for)(?: [\w&.-]+){1,6} for (?P<c>\d{1,2}|[a-z]+) years",
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
        r"for) (?:the )?(?P<name>(?:[A-Z][\w&.-]*\b ?){1,5})"
    ),
}
_TITLE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"我(?:[^,，。；;]{0,16}?)(?:担任|任职|出任|当时是|曾经是|现在是|就是)(?:过|了)?(?:一名|一个|"
        r"[^,，。；;]{0,8}?的)?(?P<title>[\u4e00-\u9fffA-Za-z]{0,8}?(?:护士长|护师|护士|主任|院长|行长|经理|主管|"
        r"总监|组长|科长|处长|部长|柜员|会计|出纳|工程师|医师|医生|药师|专员|助理))"
    ),
    "en": re.compile(
        r"\bI (?:was|am|have been|worked|served) (?:as )?(?:the |an? )(?P<title>(?:[A-Za-z-]+ ){0,3}?"
        r"(?:nurse|manager|director|supervisor|head|lead|leader|engineer|doctor|physician|teller|accountant|"
        r"cashier|assistant|officer|specialist|pharmacist))\b",
        re.IGNORECASE,
    ),
}
_YEAR_ZH = r"(?:(?:19|20)\d{2}|[一二][〇零九][〇零一二三四五六七八九]{2})"
_DATES: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        rf"(?P<a>{_YEAR_ZH})年?[^,，。；;\d]{{0,6}}?(?:到|至|—|-|~)(?P<b>{_YEAR_ZH})年?"
        rf"|(?P<c>{_YEAR_ZH})年[^,，。；;]{{0,8}}?(?:入职|加入|进入|进了|到了?)"
        rf"|(?P<d>{_YEAR_ZH})年[^,，。；;]{{0,8}}?(?:离职|离开)"
    ),
    "en": re.compile(
        r"\bfrom (?:\w+ )?(?P<a>(?:19|20)\d{2}) (?:to|until|till) (?:\w+ )?(?P<b>(?:19|20)\d{2})"
        r"|\bI (?:joined|started|began)\b[^,.;]{0,40}? in (?:\w+ )?(?P<c>(?:19|20)\d{2})"
        r"|\bI left\b[^,.;]{0,40}? in (?:\w+ )?(?P<d>(?:19|20)\d{2})",
        re.IGNORECASE,
    ),
}
_DEGREE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"我(?:(?:的(?:最高)?学[历位]是|是|有|读完了?|拿到了?|取得了?)[^,，。；;他她]{0,12}?|[^,，。；;他她的]{0,6}?)"
        r"(?P<degree>博士|硕士|研究生|本科|大专)"
        r"[^,，。；;生导]{0,4}?(?:毕业|学历|学位)"
    ),
    "en": re.compile(
        r"\bI (?:have|hold|did|finished|completed|earned|got) (?:an? |my )?(?P<degree>doctorate|phd|ph\.d|"
        r"master|bachelor)",
        re.IGNORECASE,
    ),
}
_DEGREES = {
    "博士": Degree.doctor, "硕士": Degree.master, "研究生": Degree.master, "本科": Degree.bachelor,
    "大专": Degree.associate, "doctorate": Degree.doctor, "phd": Degree.doctor, "ph.d": Degree.doctor,
    "master": Degree.master, "bachelor": Degree.bachelor,
}  # fmt: skip
_RANKS = re.compile(
    r"长|主任|经理|主管|总监|高级|资深|首席|副|senior|lead|head|chief|manager|director|principal|deputy"
)


class Dates(NamedTuple):
    """Calendar years said of the own work; None for the end that was not said."""

    start_year: int | None
    end_year: int | None


def years_said(text: str, language: Language) -> float | None:
    """How many years of work the speaker claims, or None."""
    match = _YEARS[language].search(text)
    if match is None:
        return None
    return _number(next(found for found in match.groups() if found))


def employer_said(text: str, language: Language) -> str | None:
    """The employer that the speaker names as the own one."""
    match = _EMPLOYER[language].search(text)
    return match["name"].strip() if match else None


def title_said(text: str, language: Language) -> str | None:
    """The post that the speaker says to hold or have held."""
    match = _TITLE[language].search(text)
    return match["title"].strip() if match else None


def dates_said(text: str, language: Language) -> Dates | None:
    """From which year to which the speaker says to have been somewhere."""
    if language == "zh" and "我" not in text or language == "en" and not re.search(r"\bI\b", text):
        return None
    match = _DATES[language].search(text)
    if match is None:
        return None
    return Dates(_year(match["a"] or match["c"]), _year(match["b"] or match["d"]))


def degree_said(text: str, language: Language) -> tuple[str, Degree] | None:
    """The degree that the speaker claims, as said and as a level."""
    match = _DEGREE[language].search(text)
    return (match["degree"], _DEGREES[match["degree"].lower()]) if match else None


def rank_words(title: str) -> bool:
    """Whether what one title has beyond another lifts it."""
    return _RANKS.search(title) is not None


def plain_name(name: str) -> str:
    """A name for comparing: no blanks, small letters."""
    return re.sub(r"\s+", "", name).lower()


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isdigit() and text.isascii():
        return int(text)
    return int("".join(str(_DIGITS[letter]) for letter in text))


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
