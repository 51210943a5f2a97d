"""Schools, degrees and majors."""

import re
from collections.abc import Iterator

from appliance.recruiting.extraction.dates import find_periods
from appliance.recruiting.extraction.model import Degree, Period, School, Span
from appliance.recruiting.extraction.sections import Line, Section
from appliance.recruiting.extraction.vocabulary import PeopleEntry

MOST_SCHOOLS = 60
"""More mentions than any life has; a text that goes on is not worth the time."""

_HOW = r"(?:在职|全日制|统招|函授|自考|高级)?"
_TAIL = r"(?:学历|学位|文化程度|文化|毕业|生)?"
DEGREE_PATTERNS: tuple[tuple[Degree, str], ...] = (
    (Degree.doctor, rf"{_HOW}博士(?:研究生)?(?!后|生?导师){_TAIL}"),
    (
        Degree.master,
        rf"{_HOW}(?:(?:E?MBA|MPA|MPAcc|工商管理)\s*)?硕士(?:研究生)?(?!生?导师)班?{_TAIL}|(?<![A-Za-z])E?MBA(?![A-Za-z])(?:学位|学历)?|(?<![A-Za-z])MPAcc(?![A-Za-z])|{_HOW}研究生班?(?!院|部|处|会|导师){_TAIL}",
    ),
    (
        Degree.bachelor,
        rf"{_HOW}(?:大学)?本科{_TAIL}|(?:双)?学士(?:学位)?|大学(?:普通班|文化程度|文化|学历)|(?<=[，,、\s\t|])大学(?=[，,、。\s\t|]|$)",
    ),
    (Degree.associate, rf"{_HOW}(?:大专|大学专科|高职高专|高职|专科(?!学校|医|护)){_TAIL}(?:程度)?"),
    (Degree.secondary_vocational, r"中专(?:学历|毕业|文化)?|中技(?:学历)?|职高(?:学历)?|中等职业"),
    (Degree.high_school, r"高中(?:学历|毕业|文化程度|文化)?"),
    (Degree.middle_school, r"初中(?:学历|毕业|文化程度|文化)?"),
    (Degree.doctor, r"\b(?:ph\.?\s?d\.?|p\.h\.?d|doctorate|doctor of [a-z]+|m\.d\.|dphil)(?![A-Za-z])"),
    (
        Degree.master,
        r"\b(?:master(?:'s|’s|s)?(?: degree)?(?: of [a-z]+(?: [a-z]+)?)?|m\.?\s?sc\.?|m\.s\.|m\.a\.|m\.?tech|"
        r"m\.?phil|mca|m\.?eng|post\s?graduate (?:degree|diploma)|graduate degree)(?![A-Za-z])(?! card)",
    ),
    (
        Degree.bachelor,
        r"\b(?:bachelor(?:'s|’s|s)?(?: degree)?(?: of [a-z]+(?: [a-z]+)?)?|b\.?\s?sc\.?|b\.s\.|b\.a\.|"
        r"b\.?tech|b\.?eng|b\.?com|bca|bba|undergraduate degree)(?![A-Za-z])",
    ),
    (
        Degree.bachelor,
        r"(?-i:\bB\.E\b\.?|\bBS|\bBA|\bBE|\bBSN)(?=\s+(?:in|of|degree)\b|,|\.|\s*[–(-]|\s+[A-Z]|\s*$)",
    ),
    (Degree.master, r"(?-i:\bMS|\bMA|\bMSN)(?=\s+(?:in|of|degree)\b|,\s[A-Z]|\s*\()"),
    (
        Degree.associate,
        r"\bassociate(?:'s|’s|s)?(?: degree| of (?:arts|science|applied science))|\bassociate(?:'s|’s) "
        r"(?=in\b)|\b(?:advanced |higher |national )?diploma (?:in|of)\b|\badvanced diploma\b|\bhigher diploma\b",
    ),
    (Degree.high_school, r"\bhigh school(?: diploma)?\b|\bG\.?E\.?D\.?(?![A-Za-z])|\bsecondary school\b"),
)
_DEGREES = tuple(
    (degree, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for degree, pattern in DEGREE_PATTERNS
)
_CHINESE_MAJOR = re.compile(
    r"(?:专\s*业\s*[:：]\s*(?P<label>[\u4e00-\u9fff（）()与及A-Za-z]{2,20}))|(?P<before>[\u4e00-\u9fff与及（）()]{2,16}?)(?:专业|系)(?=$|[\s\t，,。；;|（(、]|本科|硕士|博士|大专|学士|毕业)"
)
_ENGLISH_MAJOR = re.compile(
    r"(?:major(?:ed)?(?:\s+in)?\s*[:：]?\s*|(?:\bin|\bof science in|\bof arts "
    r"in)\s+)(?P<major>[A-Z][A-Za-z&]+(?:\s(?:and\s|of\s|&\s)?[A-Z][A-Za-z&]+){0,4})"
)
_ENGLISH_SCHOOL = re.compile(
    # Begins where a word begins: tried from every letter, a long run of capitals would take for ever.
    r"(?<![A-Za-z])(?:[A-Z][A-Za-z.&'’\-]+\s(?:(?:of|the|and|at|for)\s)*){0,5}(?:University|College|Institute|Academy|Polytechnic|School)"
    r"(?:\s(?:of|at|for)(?:\s(?:the|and|&))*(?:\s[A-Z][A-Za-z&'’\-]+)(?:(?:\s(?:and|&|of))?\s[A-Z][A-Za-z&'’\-]+){0,4})?"
)


def find_degrees(text: str, offset: int = 0) -> list[tuple[Degree, Span, str]]:
    """Levels of education as written, longest first at one place, in order of place."""
    found: list[tuple[Degree, Span, str]] = []
    for degree, pattern in _DEGREES:
        for match in pattern.finditer(text):
            span = Span(offset + match.start(), offset + match.end())
            if not any(span.overlaps(other) for _, other, _ in found):
                found.append((degree, span, match.group()))
    return sorted(found, key=lambda item: item[1].start)


class SchoolFinder:
    """Finds schools by their endings (zh) or their words (en)."""

    def __init__(self, people: PeopleEntry) -> None:
        endings = "|".join(sorted(map(re.escape, people.school_endings), key=len, reverse=True))
        self._chinese = re.compile(
            rf"[\u4e00-\u9fff（）()·]{{2,20}}?(?:{endings})(?:[\u4e00-\u9fff]{{2,12}}?(?:学院|研究生院|医学部|分校))?"
        )

    def names(self, text: str) -> Iterator[tuple[str, int, int]]:
        """School names in ``text`` with their places."""
        for match in self._chinese.finditer(text):
            start, end = match.span()
            lead = re.match(
                r"(?:[就于曾]?读于|毕业于|就读|毕业院校|毕业|于|在|获|及|和|与|为)", match.group()
            )
            start += lead.end() if lead else 0
            if end - start >= 3:
                yield text[start:end], start, end
        for match in _ENGLISH_SCHOOL.finditer(text):
            if " " in match.group().strip():
                yield match.group().strip(), match.start(), match.end()

    def find(self, lines: list[Line], now_month: int) -> list[School]:
        """Stays at schools: lines of the education section, else any line that says it is about studying."""
        chosen = [line for line in lines if line.section is Section.education and not line.is_heading]
        if not any(True for line in chosen for _ in self.names(line.text)):
            chosen = [line for line in lines if _is_about_studying(line.text)]
        schools: list[School] = []
        for index, line in enumerate(chosen):
            for name, start, end in self.names(line.text):
                schools.append(self._school(chosen, index, (name, start, end), now_month))
                if len(schools) == MOST_SCHOOLS:
                    return _without_repeats(schools)
        return _without_repeats(schools)

    def _school(self, lines: list[Line], index: int, place: tuple[str, int, int], now_month: int) -> School:
        name, start, end = place
        line = lines[index]
        near = self._near(lines, index)
        text = "\n".join(item.text for item in near)
        base = near[0].start
        own_start = line.start - base + start
        degrees = find_degrees(text, base)
        degree = _closest(degrees, line.start + start)
        period: Period | None = None
        if all(near[i + 1].start == near[i].end + 1 for i in range(len(near) - 1)):
            periods = list(find_periods(text, now_month, base))
            period = min(periods, key=lambda p: abs(p.span.start - (base + own_start)), default=None)
        return School(
            name=name,
            span=Span(line.start + start, line.start + end),
            degree=degree[0] if degree else None,
            degree_text=degree[2] if degree else "",
            major=_major(text.replace(name, " ")),
            period=period,
        )

    def _near(self, lines: list[Line], index: int) -> list[Line]:
        """The school's line, the dates line before it, and what follows up to the next school or empty line."""
        near = [lines[index]]
        before = index - 1
        if before >= 0 and _only_dates(lines[before].text):
            near.insert(0, lines[before])
        for line in lines[index + 1 : index + 4]:
            if not line.text.strip() or any(True for _ in self.names(line.text)):
                break
            if line.start != near[-1].end + 1 or _only_dates(line.text) and _has_dates(near):
                break
            near.append(line)
        return near


def _has_dates(lines: list[Line]) -> bool:
    return any(re.search(r"(?:19|20)\d\d", line.text) for line in lines)


def _only_dates(text: str) -> bool:
    return bool(re.fullmatch(r"\s*(?:19|20)\d\d.{0,24}", text)) and len(text.strip()) <= 24


def _is_about_studying(text: str) -> bool:
    return bool(
        re.search(
            r"毕业|就读|学历|学位|学士|硕士|博士|专业|本科|大专|[Dd]egree|[Bb]achelor|[Mm]aster|[Gg]raduat|Ph\.?D|B\.?S",
            text,
        )
    )


def _closest(degrees: list[tuple[Degree, Span, str]], position: int) -> tuple[Degree, Span, str] | None:
    after = [found for found in degrees if found[1].start >= position]
    return after[0] if after else (degrees[-1] if degrees else None)


def _major(text: str) -> str:
    chinese = _CHINESE_MAJOR.search(text)
    if chinese is not None:
        return re.sub(r"^(?:获|得|于|的)", "", chinese["label"] or chinese["before"])
    english = _ENGLISH_MAJOR.search(text)
    if english is not None:
        return english["major"].strip()
    for cell in re.split(r"[\t|,，/]|\s{2,}", text):
        cell = cell.strip()
        bare = 2 <= len(cell) <= 14 and re.fullmatch(r"[\u4e00-\u9fff与及（）()]+", cell)
        if bare and not find_degrees(cell) and not re.search(r"[至今年月]|全日制|统招|毕业|成绩", cell):
            return cell
    return ""


def _without_repeats(schools: list[School]) -> list[School]:
    kept: list[School] = []
    for school in schools:
        same = [other for other in kept if other.name == school.name and other.degree == school.degree]
        if not same:
            kept.append(school)
    return kept
