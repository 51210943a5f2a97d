"""Posts held: company, title and dates, each with the text that tells about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.recruiting.extraction.dates import find_periods
from appliance.recruiting.extraction.model import Job, Period, Span
from appliance.recruiting.extraction.sections import Line, Section
from appliance.recruiting.extraction.vocabulary import PeopleEntry

_CELLS = re.compile(r"[\t|｜•·]|\s{2,}|\s[-–—]{1,2}\s|[,，;；]\s*|\s/\s|\bat\b(?=\s[A-Z])|\s@\s|[()（）]")
_NARRATIVE_LEAD = re.compile(
    r"^(?:[，,、]?\s*)?(?:历任|曾任|现任|担任|任职于|就职于|任|在|于|就读于|加入|先后在|先后任|调任|起任|起)+"
)
_MAX_HEADING = 160


@dataclass(frozen=True)
class _Heading:
    """Where a post begins: the line with the dates and what was read from it and its neighbours."""

    start: int
    end: int
    period: Period
    company: str
    title: str


class WorkFinder:
    """Finds posts with the endings and words of the vocabulary."""

    def __init__(self, people: PeopleEntry) -> None:
        def longest_first(words: list[str]) -> str:
            return "|".join(sorted(map(re.escape, words), key=len, reverse=True))

        company, title = longest_first(people.organisation_endings), longest_first(people.title_endings)
        self._chinese_company = re.compile(
            rf"[\u4e00-\u9fffA-Za-z0-9（）()·&]{{1,30}}?(?:{company})(?![\u4e00-\u9fff]{{0,6}}(?:{company}))"
        )
        self._chinese_title = re.compile(
            rf"(?:[\u4e00-\u9fffA-Za-z0-9+#./]{{0,14}}?)(?:{title})(?=$|[\s、，,；;。|/（(\t])"
        )
        self._english_title = re.compile(rf"\b(?:{longest_first(people.english_titles)})s?\b", re.IGNORECASE)
        self._english_company = re.compile(
            rf"\b(?:{longest_first(people.english_organisations)})\b\.?", re.IGNORECASE
        )

    def find(self, lines: list[Line], now_month: int) -> list[Job]:
        """Posts in the work section; without such a section, dated lines that name a company and a post."""
        has_section = any(line.section is Section.work for line in lines)
        studied = frozenset({Section.education, Section.projects, Section.certificates, Section.other})
        chosen = [
            line
            for line in lines
            if not line.is_heading
            and (line.section is Section.work if has_section else line.section not in studied)
        ]
        headings = list(self._headings(chosen, now_month, strict=not has_section))
        jobs: list[Job] = []
        for index, heading in enumerate(headings):
            end = self._end_of(
                chosen, heading, headings[index + 1].start if index + 1 < len(headings) else None
            )
            jobs.append(
                Job(
                    company=heading.company,
                    title=heading.title,
                    span=Span(heading.start, end),
                    heading=Span(heading.start, heading.end),
                    period=heading.period,
                )
            )
        return jobs

    def _end_of(self, lines: list[Line], heading: _Heading, next_start: int | None) -> int:
        """The post's text ends where the next begins, or where its section does."""
        end = heading.end
        for line in lines:
            if line.start < heading.start:
                continue
            if next_start is not None and line.start >= next_start:
                break
            if line.start > end + 2:
                break
            end = max(end, line.end)
        return end if next_start is None else min(end, next_start)

    def _headings(self, lines: list[Line], now_month: int, *, strict: bool) -> Iterator[_Heading]:
        for index, line in enumerate(lines):
            periods = list(find_periods(line.text, now_month, line.start))
            for number, period in enumerate(periods):
                following = periods[number + 1].span.start if number + 1 < len(periods) else line.end
                start = line.start if number == 0 else period.span.start
                own = (line.text[: period.span.start - line.start] if number == 0 else "") + "\t"
                own += line.text[period.span.end - line.start : following - line.start]
                company, title = self._company_and_title(own)
                first, last = start, following
                if not (company and title) and len(own.strip()) <= _MAX_HEADING:
                    company, title, first, last = self._with_neighbours(
                        lines, index, (company, title, first, last)
                    )
                if strict and not (company and title) or _is_study(own):
                    continue
                yield _Heading(first, last, period, company, title)

    def _with_neighbours(
        self, lines: list[Line], index: int, known: tuple[str, str, int, int]
    ) -> tuple[str, str, int, int]:
        """Company or title from the line before or after when the dates' own line lacks one."""
        company, title, first, last = known
        for direction in (1, -1):
            for distance in (1, 2):
                line = self._neighbour(lines, index + direction * distance)
                if line is None or (company and title):
                    break
                found_company, found_title = self._company_and_title(line.text)
                taken = (found_company and not company) or (found_title and not title)
                if not taken:
                    break
                company, title = company or found_company, title or found_title
                first, last = min(first, line.start), max(last, line.end)
        return company, title, first, last

    def _neighbour(self, lines: list[Line], index: int) -> Line | None:
        """A line that can belong to a heading: not empty, not told in sentences, without dates of its own."""
        if not 0 <= index < len(lines):
            return None
        text = lines[index].text.strip()
        narrative = len(text) > 60 or text[:1] in tuple("-•·●*◆■") or bool(re.match(r"\d+[.、)]", text))
        return None if not text or narrative or re.search(r"(?:19|20)\d\d", text) else lines[index]

    def _company_and_title(self, text: str) -> tuple[str, str]:
        """The parts of a heading, told by their endings; what is left over fills what is missing."""
        company = title = ""
        rest: list[str] = []
        for cell in _CELLS.split(text):
            cell = _NARRATIVE_LEAD.sub("", (cell or "").strip(" \t：:，,。.-–—")).strip()
            if not cell or not re.search(r"[A-Za-z\u4e00-\u9fff]", cell):
                continue
            found_company, found_title = self._cell(cell)
            if found_company and not company:
                company = found_company
            if found_title and not title:
                title = found_title
            if not found_company and not found_title and len(cell) <= 40:
                rest.append(cell)
        plain = [
            cell
            for cell in rest
            if not re.match(r"(?i)(?:remote|full[- ]time|part[- ]time|全职|兼职|实习)$", cell)
        ]
        if title and not company and plain:
            company = plain[0]
        return company, title

    def _cell(self, cell: str) -> tuple[str, str]:
        """What one cell of a heading names: a company, a title, both (Chinese writes them together) or neither."""
        if re.search(r"[\u4e00-\u9fff]", cell):
            company = self._chinese_company.match(cell)
            after = cell[company.end() :] if company else cell
            title = self._chinese_title.search(after)
            return (company.group() if company else ""), (title.group().strip() if title else "")
        if len(cell) > 70:
            return "", ""
        if self._english_company.search(cell) and not self._english_title.search(cell.split()[-1]):
            return cell, ""
        return ("", cell) if self._english_title.search(cell) else ("", "")


def _is_study(text: str) -> bool:
    return bool(
        re.search(r"本科|硕士|博士|大专|学士|[Bb]achelor|[Mm]aster of|Ph\.?D", text)
    ) and not re.search(r"任|公司|工作|[Ee]ngineer|[Mm]anager", text)
