"""Wording in a job text that the law does not allow, with the words marked."""

import re

from msgspec import Struct

from appliance.recruiting.extraction.model import Span
from appliance.recruiting.extraction.vocabulary import Vocabulary


class WordingFinding(Struct, frozen=True):
    """Offending words: the ground (sex, age, ...), where they stand, the words, and the rule of law."""

    ground: str
    span: Span
    words: str
    law: str


def check_wording(text: str, vocabulary: Vocabulary) -> list[WordingFinding]:
    """All findings in order of place; wording that a ground expressly allows (``性别不限``) is none."""
    findings: list[WordingFinding] = []
    for ground in vocabulary.grounds:
        allowed = (
            [m.span() for m in re.finditer(ground.allowed, text, re.IGNORECASE)] if ground.allowed else []
        )
        for match in re.finditer(ground.pattern, text, re.IGNORECASE):
            start, end = match.span()
            if start == end or any(a < end and start < b for a, b in allowed):
                continue
            findings.append(WordingFinding(ground.name, Span(start, end), match.group(), ground.law))
    return sorted(findings, key=lambda finding: finding.span.start)
