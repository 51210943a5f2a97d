"""Telephone numbers and e-mail addresses."""

import re

from appliance.recruiting.extraction.model import Fact, Span

_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}\s?@\s?[A-Za-z0-9][A-Za-z0-9\-]*(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,24}"
)
_CHINESE_MOBILE = re.compile(
    r"(?<![\dA-Za-z])(?:(?:\+|00)?86[\s\-]?)?1[3-9]\d[\s\-]?\d{4}[\s\-]?\d{4}(?![\dA-Za-z])"
)
_LABELLED = re.compile(
    r"(?:电话|手机|联系方式|tel(?:ephone)?|phone|mobile|cell|contact(?: number)?)[^\d+(\n]{0,12}"
    r"(?P<number>\+?[\d(][\d\s().\-]{6,18}\d)",
    re.IGNORECASE,
)
_INTERNATIONAL = re.compile(
    r"(?<![\dA-Za-z.])(?:\+\d{1,3}[\s.\-]?)?\(?\d{3}\)?[\s.\-]?\d{3}[\s.\-]\d{4}(?!\d)|"
    r"(?<![\dA-Za-z])\+\d{1,3}(?:[\s.\-]?\d){7,12}(?!\d)|"
    r"(?<!\d)0\d{2,3}[\s\-]\d{7,8}(?!\d)"
)


def find_email(text: str) -> Fact | None:
    """The first address, in lower case."""
    match = _EMAIL.search(text)
    if match is None:
        return None
    return Fact(re.sub(r"\s", "", match.group()).lower(), Span(match.start(), match.end()))


def find_phone(text: str) -> Fact | None:
    """The first number that is surely one: a Chinese mobile, a labelled number, an international form; digits
    with a leading + where there was one, without the country code 86."""
    match = _CHINESE_MOBILE.search(text)
    if match is not None:
        digits = re.sub(r"\D", "", match.group())
        return Fact(digits[-11:], Span(match.start(), match.end()))
    labelled = _LABELLED.search(text)
    if labelled is not None:
        return Fact(_plain(labelled["number"]), Span(labelled.start("number"), labelled.end("number")))
    match = _INTERNATIONAL.search(text)
    if match is None:
        return None
    return Fact(_plain(match.group()), Span(match.start(), match.end()))


def _plain(number: str) -> str:
    return ("+" if number.lstrip().startswith("+") else "") + re.sub(r"\D", "", number)
