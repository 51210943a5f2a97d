"""PDF by PDFium: text with places, in reading order, without what the eye would not see."""

import ctypes
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from appliance.recruiting.resumes.document import (
    MAX_PAGES,
    MAX_TEXT_CHARS,
    HiddenText,
    Problem,
    ReadWarning,
    ResumeText,
    Unreadable,
)
from appliance.recruiting.resumes.layout import read_page
from appliance.recruiting.resumes.pdf_glyphs import Glyph, fragments
from appliance.recruiting.resumes.pdf_visibility import Canvas, Visibility, address_of
from appliance.recruiting.resumes.text import finished

_PHOTO_WIDTH_PT = (40.0, 220.0)
_PHOTO_SHAPE = (0.55, 1.05)


class PdfReader:
    """PDF by its header in the first kilobyte."""

    format = "pdf"

    def score(self, data: bytes) -> float:
        return 1.0 if b"%PDF-" in data[:1024] else 0.0

    def read(self, data: bytes) -> ResumeText:
        document = _open(data)
        try:
            if len(document) == 0:
                raise Unreadable(Problem.corrupt)
            if len(document) > MAX_PAGES:
                raise Unreadable(Problem.too_many_pages)
            return _read_document(document)
        finally:
            document.close()


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        locked = error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY)
        raise Unreadable(Problem.password if locked else Problem.corrupt) from error


def _read_document(document: pdfium.PdfDocument) -> ResumeText:
    texts: list[str] = []
    hidden: list[HiddenText] = []
    warnings: set[ReadWarning] = set()
    has_photo = False
    for number in range(1, len(document) + 1):
        try:
            page = document[number - 1]
        except pdfium.PdfiumError as error:
            raise Unreadable(Problem.corrupt) from error
        has_photo = has_photo or _has_photo(page)
        text, found, marks = _read_page(page, number)
        texts.append(text)
        hidden.extend(found)
        warnings |= marks
        page.close()
        if sum(map(len, texts)) > MAX_TEXT_CHARS:
            break
    if hidden:
        warnings.add(ReadWarning.hidden_text)
    result = finished("pdf", "\n\n".join(filter(None, texts)), sorted(warnings))
    return ResumeText(
        format="pdf",
        text=result.text,
        pages=len(document),
        hidden=hidden[:200],
        warnings=result.warnings,
        has_photo=has_photo,
    )


def _read_page(page: pdfium.PdfPage, number: int) -> tuple[str, list[HiddenText], set[ReadWarning]]:
    canvas = Canvas.of(page)
    textpage = page.get_textpage()
    try:
        glyphs = list(_glyphs(textpage, canvas))
    finally:
        textpage.close()
    visibility = Visibility(canvas, glyphs)
    shown, hidden = visibility.parted(number)
    warnings: set[ReadWarning] = set()
    if visibility.under_scan:
        warnings.add(ReadWarning.text_under_scan)
    if not shown and canvas.pictures:
        warnings.add(ReadWarning.pages_without_text)
    laid_out = read_page(fragments(shown))
    if laid_out.columns:
        warnings.add(ReadWarning.several_columns)
    return laid_out.text, hidden, warnings


def _glyphs(textpage: pdfium.PdfTextPage, canvas: Canvas) -> Iterator[Glyph]:
    """Every character of the page with its box (points, origin top left) and its object's ink."""
    raw = textpage.raw
    box = pdfium_c.FS_RECTF()
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    high: int | None = None
    fonts: dict[int, bool] = {}
    for index in range(min(textpage.count_chars(), MAX_TEXT_CHARS)):
        code = pdfium_c.FPDFText_GetUnicode(raw, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if high is not None and 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = None
        if code in (0, 0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000 or chr(code) in "\r\n":
            continue
        if pdfium_c.FPDFText_IsGenerated(raw, index) == 1:
            continue
        if not pdfium_c.FPDFText_GetLooseCharBox(raw, index, box):
            continue
        owner = pdfium_c.FPDFText_GetTextObject(raw, index)
        known = pdfium_c.FPDFText_GetFillColor(raw, index, red, green, blue, alpha)
        ink = (red.value * 299 + green.value * 587 + blue.value * 114) // 1000 if known else 0
        yield Glyph(
            character="-" if code == 2 else chr(code),
            x0=box.left - canvas.left,
            x1=box.right - canvas.left,
            top=canvas.top - box.top,
            bottom=canvas.top - box.bottom,
            ink=ink,
            opaque=not known or alpha.value > 20,
            mode=pdfium_c.FPDFTextObj_GetTextRenderMode(owner) if owner else 0,
            owner=address_of(owner),
            embedded=_is_embedded(owner, fonts),
        )


def _is_embedded(owner: pdfium_c.FPDF_PAGEOBJECT, fonts: dict[int, bool]) -> bool:
    """Whether a text object's font is in the file; ``fonts`` remembers the answers of a page."""
    address = address_of(owner)
    if address not in fonts:
        font = pdfium_c.FPDFTextObj_GetFont(owner) if owner else None
        fonts[address] = bool(font) and pdfium_c.FPDFFont_GetIsEmbedded(font) == 1
    return fonts[address]


def _has_photo(page: pdfium.PdfPage) -> bool:
    """Whether a picture has the size and shape of a portrait."""
    for item in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = item.get_bounds()
        width, height = right - left, top - bottom
        if height <= 0:
            continue
        if (
            _PHOTO_WIDTH_PT[0] <= width <= _PHOTO_WIDTH_PT[1]
            and _PHOTO_SHAPE[0] <= width / height <= _PHOTO_SHAPE[1]
        ):
            return True
    return False
