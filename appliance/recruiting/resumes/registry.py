"""Which reader reads a file: the one that is surest of the content. Names and declared types do not count."""

from msgspec import structs

from appliance.recruiting.resumes.document import (
    MAX_FILE_BYTES,
    MAX_LINE_CHARS,
    MAX_TEXT_CHARS,
    Problem,
    ReadWarning,
    ResumeReader,
    ResumeText,
    Unreadable,
)
from appliance.recruiting.resumes.docx import DocxReader
from appliance.recruiting.resumes.html import HtmlReader
from appliance.recruiting.resumes.pdf import PdfReader
from appliance.recruiting.resumes.signatures import OTHER_SIGNATURES
from appliance.recruiting.resumes.text import TextReader


def readers() -> tuple[ResumeReader, ...]:
    """One of each format."""
    return (PdfReader(), DocxReader(), HtmlReader(), TextReader())


def choose(data: bytes) -> ResumeReader:
    """The reader for ``data``; raises ``Unreadable`` naming what the bytes are when there is none."""
    if not data.strip(b"\x00\t\r\n ") or len(data) < 4:
        raise Unreadable(Problem.empty)
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(Problem.too_large)
    for signature in OTHER_SIGNATURES:
        if signature.matches(data):
            raise Unreadable(signature.problem, signature.name)
    best = max(readers(), key=lambda reader: reader.score(data))
    if best.score(data) <= 0:
        raise Unreadable(Problem.unsupported, "binary data")
    return best


def read(data: bytes) -> ResumeText:
    """Reads ``data`` in this process; production code goes through ``sandbox.read_in_sandbox``."""
    return bounded(choose(data).read(data))


def bounded(read_text: ResumeText) -> ResumeText:
    """The same with no more and no longer lines than a resume has: a stranger's text must not keep the rules, and
    with them the appliance, busy for minutes."""
    text, warnings = read_text.text, read_text.warnings
    if len(text) > MAX_TEXT_CHARS:
        text = text[:MAX_TEXT_CHARS]
        warnings = [*warnings, *([] if ReadWarning.text_cut in warnings else [ReadWarning.text_cut])]
    lines = [piece for line in text.split("\n") for piece in _pieces(line)]
    return structs.replace(read_text, text="\n".join(lines), warnings=warnings)


def _pieces(line: str) -> list[str]:
    if len(line) <= MAX_LINE_CHARS:
        return [line]
    return [line[start : start + MAX_LINE_CHARS] for start in range(0, len(line), MAX_LINE_CHARS)]
