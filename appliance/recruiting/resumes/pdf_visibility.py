"""Which characters of a page a reader would see.

The page is rendered once in grey. A character is hidden when it has the colour of what lies behind it, is
transparent or drawn in rendering mode 3, leaves no trace (under a later picture or shape, or in an embedded font
with empty glyphs), is too small to read, or lies outside the page. White letters on a dark column are seen; the
same letters on white paper are not. A font that is neither in the file nor on this machine leaves no trace
either, which is no fault of the text.
"""

import ctypes
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from appliance.recruiting.resumes.document import HiddenReason, HiddenText
from appliance.recruiting.resumes.pdf_glyphs import Glyph

SCALE = 2.0
MAX_SIDE_PX = 4000
MIN_CONTRAST = 24
MIN_SIZE_PT = 2.5
_INVISIBLE_MODES = frozenset({3, 7})


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture or filled shape: its box in points from the top left and its place in the drawing order."""

    x0: float
    top: float
    x1: float
    bottom: float
    drawn: int

    def over(self, glyph: Glyph, drawn: int) -> bool:
        """Whether it is drawn after the character and over its middle."""
        x, y = (glyph.x0 + glyph.x1) / 2, (glyph.top + glyph.bottom) / 2
        return self.drawn > drawn and self.x0 <= x <= self.x1 and self.top <= y <= self.bottom


@dataclass(frozen=True, slots=True)
class Canvas:
    """A page rendered in grey: ``rows`` of one byte a pixel, ``scale`` pixels a point. ``order`` gives the place
    of each text object in the drawing order."""

    left: float
    top: float
    width: float
    height: float
    scale: float
    rows: tuple[bytes, ...]
    pictures: tuple[Cover, ...]
    covers: tuple[Cover, ...]
    order: dict[int, int]

    @staticmethod
    def of(page: pdfium.PdfPage) -> "Canvas":
        """Renders ``page``; very large pages at a smaller scale."""
        left, bottom, right, top = page.get_bbox()
        width, height = right - left, top - bottom
        scale = min(SCALE, MAX_SIDE_PX / max(width, height, 1.0))
        rotation = page.get_rotation()
        bitmap = page.render(
            scale=scale, grayscale=True, rotation=(360 - rotation) % 360, may_draw_forms=False
        )
        data, stride = bytes(bitmap.buffer), bitmap.stride
        rows = tuple(data[y * stride : y * stride + bitmap.width] for y in range(bitmap.height))
        bitmap.close()
        pictures: list[Cover] = []
        shapes: list[Cover] = []
        order: dict[int, int] = {}
        for drawn, item in enumerate(page.get_objects(max_depth=4)):
            if item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
                order[address_of(item.raw)] = drawn
                continue
            x0, y0, x1, y1 = item.get_bounds()
            cover = Cover(x0 - left, top - y1, x1 - left, top - y0, drawn)
            (pictures if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE else shapes).append(cover)
        return Canvas(left, top, width, height, scale, rows, tuple(pictures), (*pictures, *shapes), order)

    def covered(self, glyph: Glyph) -> bool:
        """Whether something was drawn over the character later."""
        drawn = self.order.get(glyph.owner)
        return drawn is not None and any(cover.over(glyph, drawn) for cover in self.covers)

    def pixels(self, glyph: Glyph) -> bytes:
        """The pixels of a character's box, row after row."""
        x0 = max(0, int(glyph.x0 * self.scale))
        x1 = max(x0 + 1, int(glyph.x1 * self.scale) + 1)
        y0 = max(0, int(glyph.top * self.scale))
        y1 = max(y0 + 1, int(glyph.bottom * self.scale) + 1)
        return b"".join(row[x0:x1] for row in self.rows[y0:y1])

    def outside(self, glyph: Glyph) -> bool:
        """Whether the middle of the character lies off the page."""
        x, y = (glyph.x0 + glyph.x1) / 2, (glyph.top + glyph.bottom) / 2
        return not (-1 <= x <= self.width + 1 and -1 <= y <= self.height + 1)

    def has_page_picture(self) -> bool:
        """Whether a picture covers most of the page, as in a scan."""
        area = max(1.0, self.width * self.height)
        return any((p.x1 - p.x0) * (p.bottom - p.top) >= 0.7 * area for p in self.pictures)


class Visibility:
    """Parts a page's characters into those shown and those hidden, by text object."""

    def __init__(self, canvas: Canvas, glyphs: Sequence[Glyph]) -> None:
        self._canvas = canvas
        self._glyphs = glyphs
        written = [g for g in glyphs if not g.character.isspace()]
        unpainted = sum(1 for g in written if g.mode in _INVISIBLE_MODES)
        # A scan with a text layer from OCR: the eye reads the picture, the layer says the same.
        self.under_scan = bool(written) and unpainted >= 0.9 * len(written) and canvas.has_page_picture()

    def parted(self, page: int) -> tuple[list[Glyph], list[HiddenText]]:
        """The characters that are shown, and the hidden text by run in the order of the file."""
        if self.under_scan:
            return list(self._glyphs), []
        shown: list[Glyph] = []
        hidden: list[HiddenText] = []
        for run in _runs(self._glyphs):
            reason = self._run_reason(run)
            if reason is None:
                shown.extend(run)
                continue
            text = "".join(g.character for g in run).strip()
            if not text:
                continue
            if hidden and hidden[-1].reason is reason and len(hidden[-1].text) < 200:
                joined = f"{hidden[-1].text} {text}" if text.isascii() else hidden[-1].text + text
                hidden[-1] = HiddenText(reason, joined[:200], page)
            else:
                hidden.append(HiddenText(reason, text[:200], page))
        return shown, hidden

    def _run_reason(self, run: Sequence[Glyph]) -> HiddenReason | None:
        """A run is hidden when at least half of its characters are; single specks do not decide."""
        written = [g for g in run if not g.character.isspace()]
        reasons = Counter(reason for g in written if (reason := self._reason(g)) is not None)
        if reasons and reasons.total() * 2 >= len(written):
            return reasons.most_common(1)[0][0]
        return None

    def _reason(self, glyph: Glyph) -> HiddenReason | None:
        if self._canvas.outside(glyph):
            return HiddenReason.off_page
        if glyph.height < MIN_SIZE_PT:
            return HiddenReason.tiny
        if glyph.mode in _INVISIBLE_MODES or not glyph.opaque:
            return HiddenReason.invisible
        pixels = self._canvas.pixels(glyph)
        if not pixels:
            return HiddenReason.off_page
        background = Counter(pixels).most_common(1)[0][0]
        if abs(background - glyph.ink) < MIN_CONTRAST and background > 127:
            return HiddenReason.same_colour
        if max(pixels) - min(pixels) < MIN_CONTRAST:
            return self._without_trace(glyph, background)
        return None

    def _without_trace(self, glyph: Glyph, background: int) -> HiddenReason | None:
        if abs(background - glyph.ink) < MIN_CONTRAST:
            return HiddenReason.same_colour
        if self._canvas.covered(glyph):
            return HiddenReason.covered
        return HiddenReason.invisible if glyph.embedded else None


def address_of(pointer: object) -> int:
    """The address of a PDFium object, to tell objects apart."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


def _runs(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """Consecutive characters of one text object, at most a line's worth."""
    runs: list[list[Glyph]] = []
    for glyph in glyphs:
        if runs and runs[-1][-1].owner == glyph.owner and len(runs[-1]) < 120:
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
    return runs
