"""Skills with their months of experience, certificates and languages."""

import re
from collections import defaultdict

from appliance.recruiting.extraction.dates import months_together
from appliance.recruiting.extraction.model import Certificate, Job, Language, Skill, Span
from appliance.recruiting.extraction.vocabulary import LanguageEntry, Terms

CHINESE_NUMBERS = {
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
NUMBER = r"(?:\d{1,2}(?:\.\d)?|[一两二三四五六七八九十]{1,2})"
_YEARS_BEFORE = re.compile(
    rf"(?P<years>{NUMBER})\s*(?:\+|多|余)?\s*(?:年(?:以上|多|左右)?的?|\+?\s*years?(?:['’]s?)?(?:\s+of)?(?:\s+(?:experience|working|work))*(?:\s+(?:in|with|of))?)\s*$",
    re.IGNORECASE,
)
_YEARS_AFTER = re.compile(
    rf"^(?:\s*[（(:：,，]?\s*|[\u4e00-\u9fff]{{0,6}}?经验\s*[:：]?\s*|\s+experience\s*[:：]?\s*)(?P<years>{NUMBER})\s*\+?\s*(?:年|years?\b|yrs?\b)",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    rf"(?P<years>{NUMBER})\s*(?:\+|多|余)?\s*年(?:以上|多|左右)?的?[\u4e00-\u9fff]{{0,8}}?(?:工作|从业|行业|临床|相关|从医|护理)[\u4e00-\u9fff]{{0,8}}?(?:经验|经历)|"
    rf"(?:工作(?:年限|经验)|从业年限)\s*[:：]?\s*(?P<years2>{NUMBER})\s*年|"
    rf"(?P<years3>\d{{1,2}})\s*\+?\s*years?\s*(?:of\s+)?(?:[a-z]+\s+){{0,3}}?experience",
    re.IGNORECASE,
)


def number(text: str) -> float:
    """A count of years as written: ``3``, ``2.5``, ``三``, ``十二``."""
    if text[0].isdigit():
        return float(text)
    if len(text) == 1:
        return float(CHINESE_NUMBERS[text])
    if text[0] == "十":
        return 10.0 + CHINESE_NUMBERS[text[1]]
    if text[1] == "十":
        return CHINESE_NUMBERS[text[0]] * 10.0
    return float(CHINESE_NUMBERS[text[0]])


def stated_total(text: str) -> tuple[int, Span] | None:
    """The months of work that the candidate states, with the place of the statement; the largest wins."""
    found = []
    for match in _TOTAL.finditer(text):
        years = match["years"] or match["years2"] or match["years3"]
        found.append((round(number(years) * 12), Span(match.start(), match.end())))
    return max(found, key=lambda item: item[0], default=None)


def find_skills(text: str, terms: Terms, jobs: list[Job]) -> list[Skill]:
    """Skills in order of their first mention."""
    mentions: dict[str, list[Span]] = defaultdict(list)
    for mention in terms.find(text):
        mentions[mention.name].append(Span(mention.start, mention.end))
    skills: list[Skill] = []
    for name, spans in mentions.items():
        stated = max((years for span in spans if (years := _stated(text, span)) is not None), default=None)
        if stated is not None:
            skills.append(Skill(name=name, mentions=spans, months=round(stated * 12), stated=True))
        else:
            skills.append(Skill(name=name, mentions=spans, months=months_of(spans, jobs)))
    return skills


def months_of(spans: list[Span], jobs: list[Job]) -> int | None:
    """Months of the dated jobs whose text holds one of the places; None when no such job."""
    held = [job.period for job in jobs if job.period and any(job.span.overlaps(span) for span in spans)]
    return months_together(held) if held else None


def _stated(text: str, span: Span) -> float | None:
    before = _YEARS_BEFORE.search(text[max(0, span.start - 40) : span.start])
    if before is not None:
        return number(before["years"])
    after = _YEARS_AFTER.search(text[span.end : span.end + 24])
    return number(after["years"]) if after is not None else None


def find_certificates(text: str, terms: Terms) -> list[Certificate]:
    """Certificates, each once, at its first place. Job titles that only contain the words do not count twice."""
    found: dict[str, Certificate] = {}
    for mention in terms.find(text):
        if not _is_denied(text, mention.start):
            found.setdefault(mention.name, Certificate(mention.name, Span(mention.start, mention.end)))
    return list(found.values())


def _is_denied(text: str, start: int) -> bool:
    """``未取得``, ``备考``, ``preparing for``: named, but not held."""
    before = text[max(0, start - 14) : start]
    return bool(
        re.search(
            r"未(?:取得|获得|考取)|备考|在考|拟考|准备考|preparing for\s*$|studying for\s*$|pursuing\s*$",
            before,
            re.IGNORECASE,
        )
    )


def find_languages(text: str, entries: tuple[LanguageEntry, ...]) -> list[Language]:
    """Languages that are named or proven by an examination, with the highest level."""
    found: list[Language] = []
    for entry in entries:
        best: Language | None = None
        for level, words in enumerate([[entry.name, entry.zh, *entry.aliases], *entry.levels]):
            for word in filter(None, words):
                match = re.search(_bounded(word), text, re.IGNORECASE)
                if match is not None and (best is None or level >= best.level):
                    best = Language(entry.name, level, Span(match.start(), match.end()))
        if best is not None:
            found.append(best)
    return found


def _bounded(word: str) -> str:
    pattern = re.escape(word).replace(r"\ ", r"\s+").replace(r"\-", r"[-\s–]?")
    return rf"(?<![A-Za-z]){pattern}(?![A-Za-z0-9])" if word[-1].isascii() else pattern
