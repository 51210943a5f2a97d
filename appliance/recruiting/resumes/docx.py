"""DOCX: paragraphs, tables and text boxes in order, without what Word would not print.

A DOCX is a ZIP of XML from a stranger: entries, declared sizes and real sizes are bounded before anything is
parsed, entities are never expanded, and only the parts that hold text are opened.
"""

import io
import zipfile
import zlib

from lxml import etree

from appliance.recruiting.resumes.document import Problem, ReadWarning, ResumeText, Unreadable
from appliance.recruiting.resumes.docx_styles import Styles
from appliance.recruiting.resumes.docx_walk import Walk
from appliance.recruiting.resumes.text import finished

MAX_ENTRIES = 2_000
MAX_DECLARED_BYTES = 200 * 1024 * 1024
MAX_PART_BYTES = 20 * 1024 * 1024
MAX_RATIO = 200
_RATIO_FROM_BYTES = 1024 * 1024
_BODY = "word/document.xml"
_PICTURES = ("word/media/",)


class DocxReader:
    """A ZIP that holds ``word/document.xml``."""

    format = "docx"

    def score(self, data: bytes) -> float:
        if not data.startswith(b"PK\x03\x04"):
            return 0.0
        return 1.0 if b"word/" in data else 0.0

    def read(self, data: bytes) -> ResumeText:
        archive = _open(data)
        styles = Styles.parse(_part(archive, "word/styles.xml"))
        walk = Walk(styles)
        for name in _text_parts(archive):
            walk.part(_part(archive, name))
        result = finished(self.format, walk.text(), [ReadWarning.hidden_text] if walk.hidden else [])
        return ResumeText(
            format=self.format,
            text=result.text,
            warnings=result.warnings,
            hidden=walk.hidden[:200],
            has_photo=any(name.startswith(_PICTURES) for name in archive.namelist()),
        )


def _open(data: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise Unreadable(Problem.corrupt) from error
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_DECLARED_BYTES:
        raise Unreadable(Problem.bomb)
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise Unreadable(Problem.password)
        large = entry.file_size > _RATIO_FROM_BYTES
        if large and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise Unreadable(Problem.bomb)
    if _BODY not in archive.namelist():
        raise Unreadable(Problem.corrupt)
    return archive


def _text_parts(archive: zipfile.ZipFile) -> list[str]:
    """Headers first (a name often stands there), then the body, then footers."""
    names = sorted(set(archive.namelist()))
    headers = [name for name in names if name.startswith("word/header") and name.endswith(".xml")]
    footers = [name for name in names if name.startswith("word/footer") and name.endswith(".xml")]
    return [*headers[:6], _BODY, *footers[:6]]


def _part(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    """A part parsed, None when it is absent. Sizes declared in the directory can lie, so what really comes out
    is bounded too."""
    try:
        with archive.open(name) as stream:
            data = stream.read(MAX_PART_BYTES + 1)
    except KeyError:
        return None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(Problem.corrupt) from error
    if len(data) > MAX_PART_BYTES:
        raise Unreadable(Problem.bomb)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        # No word processor writes these; they are how entity expansion attacks begin.
        raise Unreadable(Problem.entities)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser=parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(Problem.corrupt) from error
