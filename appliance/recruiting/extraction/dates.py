"""Periods of time as resumes write them, and how long they are together."""

import re
from collections.abc import Iterable, Iterator

from appliance.recruiting.extraction.model import Period, Span

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = (
    r"(?P<{0}name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?P<{0}year{1}>(?:19[5-9]|20[0-4])\d)"
_POINT = (
    r"(?:"
    + _YEAR.replace("{1}", "1")
    + r"\s*(?:年|[./\-])\s*(?P<{0}month1>1[0-2]|0?[1-9])(?:\s*月份?|(?!\d))"
    r"(?:\s*(?:[./\-]\s*)?(?:[0-2]?\d|3[01])(?:日|(?!\d)))?"
    r"|" + _MONTH_NAME + r"\.?,?\s*(?:\d{{1,2}},\s*)?['’]?" + _YEAR.replace("{1}", "2") + r""
    r"|(?P<{0}month3>1[0-2]|0?[1-9])\s*[/.]\s*" + _YEAR.replace("{1}", "3") + r""
    r"|" + _YEAR.replace("{1}", "4") + r"\s*年?)"
)
_NOW = r"(?P<now>至今|迄今|现在|目前|今|present|now|current(?:ly)?|today|to\s+date|till\s+date|ongoing)"
_DASH = r"\s*(?:-{1,3}|[–—―~～]{1,2}|至|到|\bto\b|\buntil\b|\btill\b|起\s*至)\s*"
_RANGE = re.compile(
    r"(?<!\d)"
    + _POINT.format("a")
    + r"(?:"
    + _DASH
    + r"(?:"
    + _POINT.format("b")
    + r"|"
    + _NOW
    + r")(?!\d)|(?P<open>\s*(?:至今|起至今)))",
    re.IGNORECASE,
)


def _month(match: re.Match[str], which: str, default: int) -> tuple[int, bool]:
    """Months since year 0 and whether a month was written."""
    groups = match.groupdict()
    year = next(int(groups[f"{which}year{n}"]) for n in "1234" if groups[f"{which}year{n}"])
    written = groups[f"{which}month1"] or groups[f"{which}month3"]
    if written:
        return year * 12 + int(written) - 1, True
    name = groups[f"{which}name"]
    if name:
        return year * 12 + _MONTHS.index(name[:3].lower()), True
    return year * 12 + default, False


def find_periods(text: str, now_month: int, offset: int = 0) -> Iterator[Period]:
    """Ranges such as ``2019.03-2021.06``, ``2019年3月至今``, ``Mar 2019 – Present``; ``now_month`` is the month of
    reading as months since year 0. Ranges that end before they begin, or lie in the future, are left out."""
    for match in _RANGE.finditer(text):
        start, start_has_month = _month(match, "a", 0)
        current = bool(match["now"] or match["open"])
        if current:
            end, end_has_month = now_month, True
        else:
            end, end_has_month = _month(match, "b", 0)
        if start > now_month or end < start or end > now_month + 12 * 8:
            continue
        yield Period(
            start=start,
            end=end if current else min(end, max(now_month, start)) if end_has_month else end,
            span=Span(offset + match.start(), offset + match.end()),
            current=current,
            years_only=not start_has_month and (current or not end_has_month),
        )


def months_together(periods: Iterable[Period]) -> int:
    """Months covered by any of the periods; overlaps count once."""
    ranges = sorted((p.start, p.start + p.months) for p in periods)
    total = 0
    reach = -1
    for start, end in ranges:
        start = max(start, reach)
        if end > start:
            total += end - start
            reach = end
    return total
