"""HTML resumes, as job boards export them. Scripts, styles and elements that a browser would not show are left
out; nothing is ever fetched."""

import re

from lxml import etree
from lxml import html as lxml_html

from appliance.recruiting.resumes.document import (
    HiddenReason,
    HiddenText,
    Problem,
    ReadWarning,
    ResumeText,
    Unreadable,
)
from appliance.recruiting.resumes.text import decode, finished

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "thead",
        "tr",
        "ul",
    ]
)
_CELLS = frozenset({"td", "th"})
_SKIPPED = frozenset(["script", "style", "template", "noscript", "iframe", "object", "svg", "head", "title"])
_START = re.compile(rb"<(!doctype\s+html|html|head|body|div|table|meta)\b", re.IGNORECASE)
_MAX_DEPTH = 200

_NOT_SHOWN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(\.0*)?\s*(;|$)", re.IGNORECASE
)
_TINY = re.compile(r"font-size\s*:\s*(0|1)(\.\d+)?\s*(px|pt|em|%)?\s*(;|$)", re.IGNORECASE)
_WHITE = re.compile(
    r"(?<![-\w])color\s*:\s*(#fff(?:fff)?\b|white\b|transparent\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))",
    re.IGNORECASE,
)
_OFF = re.compile(r"(left|top|text-indent|right)\s*:\s*-\s*\d{3,}", re.IGNORECASE)


class HtmlReader:
    """HTML by its tags in the first kilobytes."""

    format = "html"

    def score(self, data: bytes) -> float:
        return 0.6 if _START.search(data[:4096]) and decode(data) is not None else 0.0

    def read(self, data: bytes) -> ResumeText:
        decoded = decode(data)
        if decoded is None:
            raise Unreadable(Problem.corrupt)
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded[0])
        parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
        try:
            root = lxml_html.document_fromstring(text, parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable(Problem.corrupt) from error
        walk = _Walk()
        walk.element(root, 0)
        result = finished(self.format, "".join(walk.pieces), [ReadWarning.hidden_text] if walk.hidden else [])
        return ResumeText(
            format=result.format, text=result.text, warnings=result.warnings, hidden=walk.hidden
        )


class _Walk:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.hidden: list[HiddenText] = []

    def element(self, node: etree._Element, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise Unreadable(Problem.corrupt)
        tag = node.tag if isinstance(node.tag, str) else ""
        reason = _hidden_reason(node)
        if reason is not None:
            words = " ".join(" ".join(map(str, node.itertext())).split())
            if words:
                self.hidden.append(HiddenText(reason, words[:200]))
        elif tag and tag not in _SKIPPED:
            self._shown(node, tag, depth)
        if node.tail:
            self.pieces.append(re.sub(r"\s+", " ", node.tail))

    def _shown(self, node: etree._Element, tag: str, depth: int) -> None:
        block = tag in _BLOCKS
        if block:
            self.pieces.append("\n")
        if node.text:
            self.pieces.append(node.text if tag == "pre" else re.sub(r"\s+", " ", node.text))
        for child in node:
            self.element(child, depth + 1)
        if tag in _CELLS:
            self.pieces.append("\t")
        elif block:
            self.pieces.append("\n")


def _hidden_reason(node: etree._Element) -> HiddenReason | None:
    style = str(node.get("style") or "")
    if node.get("hidden") is not None or _NOT_SHOWN.search(style):
        return HiddenReason.invisible
    if _TINY.search(style):
        return HiddenReason.tiny
    if _OFF.search(style):
        return HiddenReason.off_page
    if _WHITE.search(style) and "background" not in style.lower():
        return HiddenReason.same_colour
    return None
