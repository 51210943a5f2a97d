"""Requirements from the text of a job description, by rules; HR edits them.

「3年以上Java开发经验、熟悉微服务架构」 becomes: Java with 3 years, and microservices.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from appliance.recruiting.extraction.abilities import NUMBER, number
from appliance.recruiting.extraction.education import find_degrees
from appliance.recruiting.extraction.model import Degree
from appliance.recruiting.extraction.vocabulary import Vocabulary


class RequirementKind(StrEnum):
    """What a requirement is about; ``judgement`` is what a resume cannot show and an interview asks."""

    experience = "experience"
    skill = "skill"
    degree = "degree"
    certificate = "certificate"
    language = "language"
    judgement = "judgement"


class Necessity(StrEnum):
    """Whether a requirement must be met or is nice to have."""

    must = "must"
    nice = "nice"


class Requirement(Struct, frozen=True, kw_only=True):
    """One requirement. ``terms``: any one of them suffices; ``years`` of experience with it (or in all, for
    ``experience``); ``level``: a ``Degree`` or the level of a language; ``text``: the clause it came from."""

    kind: RequirementKind
    text: str
    terms: list[str] = []
    years: float = 0
    level: int = 0
    necessity: Necessity = Necessity.must


_CLAUSES = re.compile(
    r"[、，,；;。！!\n]+|(?<=[a-z])\.\s|\band\b(?=\s+(?:at least|a minimum|\d+\+?\s+years|"
    r"experience|strong|good|familiar|knowledge))"
)
_SECTION = re.compile(
    r"^\W*(?:[一二三四五六]、)?(?:(?P<duties>岗位职责|工作职责|工作内容|职位描述|主要职责|职责描述|"
    r"你将负责|responsibilities|duties|what you(?:'ll| will) do|the role)"
    r"|(?P<offer>薪资福利|福利待遇|我们提供|工作地点|benefits|we offer|what we offer|about us|公司简介)"
    r"|(?P<nice>加分项|优先条件|优先考虑|nice[- ]to[- ]haves?|preferred(?: qualifications| "
    r"skills)?|bonus(?: points)?|desirable|pluses)"
    r"|(?P<must>任职要求|任职资格|岗位要求|职位要求|应聘条件|资格要求|基本要求|招聘条件|"
    r"requirements?|qualifications|must[- ]haves?|what you(?:'ll| will)? (?:need|bring)|essential))\W*(?:[:：]|$)",
    re.IGNORECASE,
)
_NICE = re.compile(
    r"优先|加分|更佳|为佳|尤佳|\bpreferred\b|\bnice to have\b|\ba plus\b|\bplus\b|\bdesirable\b|"
    r"\bbonus\b|\bideally\b|\badvantage(?:ous)?\b",
    re.IGNORECASE,
)
_YEARS = re.compile(
    rf"(?P<low>{NUMBER})\s*(?:[-~–至到]\s*{NUMBER}\s*)?年(?:及)?(?:以上|以内)?|"
    r"(?P<low2>\d{1,2})\s*\+?\s*(?:(?:-|–|to)\s*\d{1,2}\s*)?\+?\s*years?(?:['’])?|"
    r"(?P<word>one|two|three|four|five|six|seven|eight|nine|ten)(?:\s*\(\d+\))?\s*\+?\s*years?",
    re.IGNORECASE,
)
_WORDS = {
    w: n
    for n, w in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
}
_EXPERIENCE = re.compile(r"经验|经历|工作|从业|\bexperience\b", re.IGNORECASE)
_KNOWS = re.compile(
    r"(?:熟悉|熟练(?:掌握|使用|运用|操作)?|精通|掌握|了解|擅长|会(?:使用)?|能(?:够)?(?:熟练)?使用|具备|具有|有|持有?|"
    r"proficien(?:t|cy) (?:in|with)|familiar(?:ity)? with|knowledge of|experience (?:in|with|of)|"
    r"expertise in|skilled in|background in|understanding of|fluent in)\s*"
    r"(?P<what>[^，,。；;\n]{2,48})",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"沟通|协调|责任心|团队(?:合作|协作|精神)|抗压|学习能力|吃苦|耐心|细心|认真|积极|主动|服务意识|执行力|敬业|职业道德|表达能力|逻辑|亲和|诚信|"
    r"communicat|team ?player|teamwork|interpersonal|self[- ]motivat|attention to detail|problem[- "
    r"]solving|integrity|work under pressure|compassion",
    re.IGNORECASE,
)
_SENSITIVE_ONLY = re.compile(r"岁|性别|男|女|婚|户籍|户口|形象|身高", re.IGNORECASE)


def requirements_from(text: str, vocabulary: Vocabulary) -> list[Requirement]:
    """The requirements in the order of the text, each once; the stronger necessity and the more years win."""
    found: list[Requirement] = []
    for clause, necessity in _clauses(text):
        for requirement in _from_clause(clause, necessity, vocabulary):
            _merge(found, requirement)
    return found


def _clauses(text: str) -> Iterator[tuple[str, Necessity]]:
    """Clauses that may hold requirements, with the necessity of their section or their own words. Duties and
    benefits are passed over; a sentence's 优先 counts for its whole clause list when it ends it."""
    section = "must"
    for line in text.replace("\r\n", "\n").split("\n"):
        heading = _SECTION.match(line)
        if heading is not None:
            section = heading.lastgroup or "must"
            line = line[heading.end() :]
        if section in ("duties", "offer") or not line.strip():
            continue
        for sentence in re.split(r"[；;。！!]|(?<=[a-z])\.\s", line):
            parts = [part for part in _CLAUSES.split(sentence) if part and part.strip()]
            trailing = bool(parts) and bool(
                re.search(r"优先(?:考虑|录用)?\s*$|preferred\s*\.?$", parts[-1].strip(), re.IGNORECASE)
            )
            for part in _joined(parts):
                nice = (
                    section == "nice"
                    or bool(_NICE.search(part))
                    or (trailing and len(parts) <= 3 and not _YEARS.search(part))
                )
                yield (
                    part.strip(" \t-•·*●.0123456789、)）")
                    if re.match(r"\s*(?:[-•·*●]|\d+[.、)）])", part)
                    else part.strip(),
                    (Necessity.nice if nice else Necessity.must),
                )


def _joined(parts: list[str]) -> Iterator[str]:
    """Clauses that only go on with a list (``熟悉 MySQL、Redis``) stay by themselves; their terms count each."""
    yield from parts


def _from_clause(clause: str, necessity: Necessity, vocabulary: Vocabulary) -> Iterator[Requirement]:
    def made(kind: RequirementKind, terms: list[str], years: float = 0, level: int = 0) -> Requirement:
        return Requirement(kind=kind, text=clause, terms=terms, years=years, level=level, necessity=necessity)

    years = _years(clause)
    certificates = vocabulary.certificates.find(clause)
    skills = [
        m
        for m in vocabulary.skills.find(clause)
        if not any(c.start < m.end and m.start < c.end for c in certificates)
    ]
    degrees = find_degrees(clause)
    language = _language(clause, vocabulary)
    any_found = False
    if degrees:
        any_found = True
        yield made(RequirementKind.degree, [], level=int(min(degree for degree, _, _ in degrees)))
    if certificates:
        any_found = True
        yield made(RequirementKind.certificate, _distinct([m.name for m in certificates]))
    if language is not None:
        any_found = True
        yield made(RequirementKind.language, [language[0]], level=language[1])
    if skills:
        any_found = True
        names = _distinct([m.name for m in skills])
        if _is_choice(clause) or len(names) == 1:
            yield made(RequirementKind.skill, names, years)
        else:
            # The years stand with the first thing they follow; the rest is asked for without years.
            for index, name in enumerate(names):
                yield made(RequirementKind.skill, [name], years if index == 0 else 0)
    elif years and (_EXPERIENCE.search(clause) or not any_found):
        any_found = True
        yield made(RequirementKind.experience, [], years)
    if not any_found:
        yield from _free(clause, necessity, years)


def _free(clause: str, necessity: Necessity, years: float) -> Iterator[Requirement]:
    """A clause without a known term: something to ask about, or a term of its own after ``熟悉`` and the like."""
    if _SENSITIVE_ONLY.search(clause):
        return
    if _JUDGED.search(clause):
        yield Requirement(kind=RequirementKind.judgement, text=clause, necessity=necessity)
        return
    knows = _KNOWS.search(clause)
    if knows is not None:
        what = re.sub(
            r"(?:的?(?:相关)?(?:工作)?(?:开发)?(?:使用)?(?:经验|经历|能力|知识|基础|技能|者)|"
            r"者?优先(?:考虑)?|等|\bis a plus|\bpreferred)+\W*$",
            "",
            knows["what"].strip(),
            flags=re.IGNORECASE,
        )
        what = re.sub(
            r"^(?:良好的?|较强的?|一定的?|扎实的?|相关|the|a|an)\s*", "", what, flags=re.IGNORECASE
        ).strip()
        terms = [term.strip() for term in re.split(r"或者?|/|\bor\b", what) if 2 <= len(term.strip()) <= 32]
        if terms:
            yield Requirement(
                kind=RequirementKind.skill, text=clause, terms=terms, years=years, necessity=necessity
            )


def _years(clause: str) -> float:
    match = _YEARS.search(clause)
    if match is None or re.search(r"年龄|岁|\bage\b|years? old", clause, re.IGNORECASE):
        return 0
    if match["word"]:
        return float(_WORDS[match["word"].lower()])
    return number(match["low"] or match["low2"])


def _language(clause: str, vocabulary: Vocabulary) -> tuple[str, int] | None:
    """The language and the level that a clause asks for; a fluency word without an examination is level 1."""
    for entry in vocabulary.languages:
        for level in range(len(entry.levels), 0, -1):
            if any(
                re.search(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z0-9])", clause, re.IGNORECASE)
                for word in entry.levels[level - 1]
            ):
                return entry.name, level
        named = [
            word for word in (entry.name, entry.zh, *entry.aliases) if word and word.lower() in clause.lower()
        ]
        if named:
            return entry.name, 1 if entry.levels and re.search(
                r"流利|熟练|良好|fluent|proficient", clause, re.IGNORECASE
            ) else 0
    return None


def _is_choice(clause: str) -> bool:
    return bool(
        re.search(r"或|之一|任一|至少一(?:种|门|项)|/|\bor\b|\bone of\b|\beither\b", clause, re.IGNORECASE)
    )


def _distinct(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _merge(found: list[Requirement], new: Requirement) -> None:
    """Adds a requirement unless the same was asked for before; then the stronger of the two stays."""
    for index, old in enumerate(found):
        if (old.kind, old.terms) != (new.kind, new.terms) or new.kind is RequirementKind.judgement:
            continue
        if old.necessity is not new.necessity and new.kind is RequirementKind.degree:
            continue
        stronger = new if (new.years, new.level) > (old.years, old.level) else old
        must = Necessity.must if Necessity.must in (old.necessity, new.necessity) else Necessity.nice
        found[index] = Requirement(
            kind=stronger.kind,
            text=stronger.text,
            terms=stronger.terms,
            years=stronger.years,
            level=stronger.level,
            necessity=must,
        )
        return
    found.append(new)


def describe_level(level: int) -> Degree | None:
    """The degree of a requirement's level; None for 0."""
    return Degree(level) if level else None
