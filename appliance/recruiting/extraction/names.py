"""The candidate's name: labelled, or standing where names stand at the top of a resume."""

import re

from appliance.recruiting.extraction.model import Fact, Span
from appliance.recruiting.extraction.vocabulary import PeopleEntry

_LABEL = re.compile(r"(?:姓\s*名|名\s*字)\s*[:：|\t ]\s*(?P<name>[\u4e00-\u9fff·][\u4e00-\u9fff· ]{1,11})")
_ENGLISH_LABEL = re.compile(
    r"(?:^|\n)\s*(?:full\s+)?name\s*[:：]\s*(?P<name>[A-Z][A-Za-z.'’\-]+(?: [A-Z][A-Za-z.'’\-]*){1,4})",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Z][A-Za-z.'’\-]*|[A-Z]\.|(?:van|von|de|del|bin|al|da|la)\b")
_PARTS = re.compile(r"[^|,\t•·–—]+?(?=\s{2,}|[|,\t•·–—]|\s-\s|$)")
_AROUND = " \"'*#"
_POSTNOMINALS = frozenset(
    [
        "phd",
        "ph.d",
        "md",
        "m.d",
        "mba",
        "rn",
        "bsn",
        "msn",
        "cpa",
        "cfa",
        "pmp",
        "esq",
        "jr",
        "sr",
        "ii",
        "iii",
        "dr",
        "ed.d",
        "frcp",
        "mbbs",
    ]
)
_TOP_CHARS = 600
_TITLES = r"先生|女士|小姐|男|女|同志|博士|教授|医生|护士|老师|个人简历|简历|的简历"


class NameFinder:
    """Finds names with the surnames and stop words of the vocabulary."""

    def __init__(self, people: PeopleEntry) -> None:
        singles = "".join(dict.fromkeys(people.surnames))
        compounds = "|".join(people.compound_surnames)
        given = r"[\u4e00-\u9fff]"
        name = (
            rf"(?:(?:{compounds}){given}{{1,2}}"
            rf"|[{singles}]\s?{given}(?:\s?{given})?|[\u4e00-\u9fff]{{1,6}}·[\u4e00-\u9fff]{{1,8}})"
        )
        self._at_line_start = re.compile(
            rf"(?:^|\n)[\s#*]*(?P<name>{name}?)(?=\s*(?:[，,：:、。（(|/\t\n]|{_TITLES}|\s\s|\s+[\dA-Za-z+|]|\s+[\u4e00-\u9fff]|$))"
        )
        self._with_title = re.compile(
            rf"(?:^|[\n，。；\s])(?P<name>{name})(?=(?:先生|女士|小姐|同志)[，：:,\s])"
        )
        # What follows leaves no doubt, so a rare surname is taken too.
        self._before_sex = re.compile(
            r"(?:^|\n)\s*(?P<name>[\u4e00-\u9fff·]{2,5}?)(?=(?:先生|女士|小姐)[，：:,\s\d]|[，：:,\s]\s*[男女][，,。\s])"
        )
        self._not_names = tuple(people.not_names)
        self._title_words = frozenset(word for title in people.english_titles for word in title.split())
        self._not_english = frozenset(people.english_not_names) | frozenset(people.english_organisations)

    def find(self, text: str) -> Fact | None:
        """The name and its place, None when nothing looks like one."""
        label = _LABEL.search(text[: _TOP_CHARS * 4])
        if label is not None:
            found = self._labelled(label)
            if found is not None:
                return found
        english_label = _ENGLISH_LABEL.search(text[: _TOP_CHARS * 4])
        if english_label is not None:
            return Fact(english_label["name"].strip(), Span(*english_label.span("name")))
        for pattern in (self._at_line_start, self._with_title, self._before_sex):
            for match in pattern.finditer(text[:_TOP_CHARS]):
                if self._is_name(match["name"]):
                    return Fact(match["name"].replace(" ", ""), Span(*match.span("name")))
        return self._english(text)

    def _labelled(self, match: re.Match[str]) -> Fact | None:
        """After a label even a rare surname is taken; what follows a gap (a second label) is not."""
        raw = re.split(r"\s{2,}|\s(?=性|年|电|手|出|民|籍|学)", match["name"].strip())[0]
        if re.fullmatch(r"[\u4e00-\u9fff]( [\u4e00-\u9fff]){1,3}", raw) is None and " " in raw:
            raw = raw.split(" ")[0]
        value = raw.replace(" ", "")
        if not 2 <= len(value) <= 12 or any(word in value for word in ("性别", "年龄", "电话")):
            return None
        start = match.start("name")
        return Fact(value, Span(start, start + len(raw)))

    def _is_name(self, raw: str) -> bool:
        value = raw.replace(" ", "")
        if "·" in value:
            return True
        return len(value) >= 2 and not any(
            value.startswith(word) or word in value for word in self._not_names
        )

    def _english(self, text: str) -> Fact | None:
        """Two to five capitalised words that are a whole part of one of the first lines, no heading, no post; the
        very first part may go on behind the name."""
        position, seen = 0, 0
        for line in text[: _TOP_CHARS * 2].split("\n")[:12]:
            for part in _PARTS.finditer(line):
                if not part.group().strip(_AROUND):
                    continue
                found = self._english_part(part.group(), position + part.start(), whole=seen > 0)
                seen += 1
                if found is not None:
                    return found
                if seen > 8:
                    return None
            position += len(line) + 1
        return None

    def _english_part(self, part: str, offset: int, *, whole: bool) -> Fact | None:
        lead = len(part) - len(part.lstrip(_AROUND))
        words: list[str] = []
        end = lead
        for match in re.finditer(r"\S+", part[lead:]):
            word = match.group()
            bare = word.strip(".,").lower()
            if bare in _POSTNOMINALS and words:
                break
            if not _WORD.fullmatch(word.strip(",")) or bare in self._not_english or bare in self._title_words:
                if whole or not words:
                    return None
                break
            words.append(word.strip(".,") if len(word) > 3 else word.strip(","))
            end = lead + match.end()
            if len(words) == 5:
                break
        if len(words) < 2 or not any(len(word) > 2 for word in words):
            return None
        return Fact(" ".join(words), Span(offset + lead, offset + end))
