"""The parts of a resume by their headings."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """What a part of the resume is about."""

    top = "top"
    education = "education"
    work = "work"
    projects = "projects"
    skills = "skills"
    certificates = "certificates"
    languages = "languages"
    summary = "summary"
    other = "other"


_HEADINGS: tuple[tuple[Section, str], ...] = (
    (
        Section.education,
        r"教育(?:背景|经历|经验|情况|程度|信息)|学习经历|学历(?:背景|信息)?|求学经历|毕业院校|"
        r"education(?:al)?(?: (?:background|history|qualifications?))?|academic (?:background|qualifications?|history)|"
        r"education (?:and|&) (?:training|certifications?|qualifications?)|qualifications?",
    ),
    (
        Section.work,
        r"(?:主要)?工作(?:经历|经验|履历|背景|简历)|实习(?:经历|经验)|职业(?:经历|履历|生涯)|任职(?:经历|情况)|从业经历|临床(?:经历|经验)|"
        r"(?:professional |work(?:ing)? |employment |relevant |career |job |clinical |nursing |banking )?"
        r"(?:experiences?|history)|employment|career (?:summary|history)|work background|internships?",
    ),
    (
        Section.projects,
        r"(?:主要)?项目(?:经历|经验|介绍)|projects?(?: experience)?|key projects?|selected projects?|科研(?:经历|项目)",
    ),
    (
        Section.skills,
        r"(?:专业|个人|职业|技术|it|主要|相关|核心)?技能(?:特长|清单|证书|水平|专长)?|专业(?:能力|特长)|技术(?:栈|能力)|掌握技能|技能与特长|"
        r"(?:technical |core |key |professional |computer |clinical |relevant |it )?(?:skills?|competenc(?:y|"
        r"ies)|expertise)"
        r"(?: (?:summary|set|& tools|and tools|and certifications|& certifications))?|technolog(?:y|ies)(?: summary)?|"
        r"technical (?:summary|proficienc(?:y|ies))|areas of expertise",
    ),
    (
        Section.certificates,
        r"(?:资格|职业|专业|所获|获得|荣誉)?证书|资质(?:证书)?|执业资格|资格认证|职称|荣誉(?:奖项|证书)?|获奖(?:情况|经历)?|奖项(?:荣誉)?|"
        r"certifications?(?: (?:and|&) licen[cs]es?)?|licen[cs](?:es?|ure)(?: (?:and|&) certifications?)?|"
        r"certificates?|awards?(?: (?:and|&) honou?rs)?|honou?rs",
    ),
    (Section.languages, r"语言(?:能力|水平|技能)?|外语(?:水平|能力)|languages?(?: skills)?"),
    (
        Section.summary,
        r"自我(?:评价|介绍|描述)|个人(?:评价|简介|总结|优势|概况|陈述)|职业(?:概述|总结)|"
        r"(?:professional |career |executive )?summary|"
        r"profile|objective|career objective|about me",
    ),
    (
        Section.other,
        r"兴趣(?:爱好)?|爱好|校园(?:经历|活动)|社会(?:实践|活动)|求职意向|应聘(?:职位|岗位)|个人(?:信息|资料)|基本(?:信息|资料|情况)|联系方式|培训(?:经历|经验)|发表论文|论文|"
        r"interests?|hobbies|references?|publications?|volunteer(?:ing)?(?: experience)?|"
        r"contact(?: information)?|personal (?:information|details)|training|additional information|activities",
    ),
)
_PATTERN = re.compile(
    r"^[\s\W_]*(?:[一二三四五六七八九十]{1,2}[、.．]\s*|\d{1,2}[、.．]\s*|[IVX]{1,4}[.)]\s*)?(?:"
    + "|".join(f"(?P<{section.value}>{words})" for section, words in _HEADINGS)
    + r")(?:\s*[A-Za-z& ]{0,32})?[\s:：|_\-–—=*#】\]」》/]*$",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"^[\s\W_]*(?:"
    + "|".join(f"(?P<{section.value}>{words})" for section, words in _HEADINGS)
    + r")\s*[:：]\s*(?=\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text: where it starts, its text without the line end, and the section it is in."""

    start: int
    text: str
    section: Section
    is_heading: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def split_sections(text: str) -> list[Line]:
    """Every line with its section. Spaces inside a Chinese heading (``教 育 背 景``) do not matter."""
    lines: list[Line] = []
    section = Section.top
    position = 0
    for raw in text.split("\n"):
        heading = _heading(raw)
        if heading is not None:
            section = heading
        elif (inline := _INLINE.match(raw)) is not None and len(raw) < 400:
            found = Section(inline.lastgroup or "other")
            if found is not Section.other:
                section = found
        lines.append(Line(position, raw, section, heading is not None))
        position += len(raw) + 1
    return lines


def _heading(raw: str) -> Section | None:
    squeezed = re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", raw.strip())
    if not squeezed or len(squeezed) > 48:
        return None
    match = _PATTERN.match(squeezed)
    return Section(match.lastgroup) if match and match.lastgroup else None
