"""Reading order of a printed page: fragments of text with places become lines, columns in turn.

A recursive cut of the page (Nagy and Seth's XY cut): a region is split at a gutter that no fragment crosses
into columns, else at a horizontal gap below or above which such a gutter exists. Rows of a table (baselines
that line up, one side being dates) are kept together as rows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MIN_GUTTER_PT = 10.0
MIN_COLUMN_LINES = 3
_DATE = re.compile(r"(19|20)\d\d|至今|[Pp]resent")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A stretch of text on one baseline; points, origin at the top left of the page."""

    x0: float
    top: float
    x1: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text and whether it was set in columns."""

    text: str
    columns: bool


def read_page(fragments: Sequence[Fragment]) -> PageText:
    """The text of a page in reading order."""
    blocks: list[list[list[Fragment]]] = []
    columns = _order(_rows(fragments), blocks)
    return PageText("\n\n".join(_block_text(block) for block in blocks if block), columns)


def _rows(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Fragments grouped by shared height, top to bottom, each row left to right."""
    rows: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda f: (f.top + f.bottom) / 2):
        middle = (fragment.top + fragment.bottom) / 2
        if rows:
            last = rows[-1]
            reference = (last[0].top + last[0].bottom) / 2
            if abs(middle - reference) <= 0.45 * max(fragment.height, last[0].height):
                last.append(fragment)
                continue
        rows.append([fragment])
    for row in rows:
        row.sort(key=lambda f: f.x0)
    return rows


def _gutter(rows: list[list[Fragment]]) -> float | None:
    """The x of the widest gap that no fragment crosses, with enough lines on both sides; None without one."""
    spans = sorted((f.x0, f.x1) for row in rows for f in row)
    if not spans:
        return None
    best: tuple[float, float] | None = None
    reach = spans[0][1]
    for x0, x1 in spans[1:]:
        if x0 - reach >= MIN_GUTTER_PT and (best is None or x0 - reach > best[0]):
            middle = (x0 + reach) / 2
            left = [row for row in rows if any(f.x1 <= middle for f in row)]
            right = [row for row in rows if any(f.x0 >= middle for f in row)]
            enough = min(len(left), len(right)) >= MIN_COLUMN_LINES
            if enough and not _is_table(rows, middle):
                best = (x0 - reach, middle)
        reach = max(reach, x1)
    return best[1] if best else None


def _is_table(rows: list[list[Fragment]], middle: float) -> bool:
    """Whether the two sides are cells of common rows: nearly all rows of the shorter side have a partner, and
    one side is mostly dates or has its lines far apart."""
    left = [[f for f in row if f.x1 <= middle] for row in rows]
    right = [[f for f in row if f.x0 >= middle] for row in rows]
    both = sum(1 for a, b in zip(left, right, strict=True) if a and b)
    sides = [[" ".join(f.text for f in row) for row in side if row] for side in (left, right)]
    if both < 0.8 * min(len(sides[0]), len(sides[1])):
        return False
    dated = any(sum(1 for text in side if _is_dates(text)) >= 0.6 * len(side) for side in sides)
    return dated or _is_sparse(left if len(sides[0]) < len(sides[1]) else right)


def _is_sparse(side: list[list[Fragment]]) -> bool:
    """Whether the lines of a side stand far apart, as cells do and the lines of a column do not."""
    filled = [number for number, row in enumerate(side) if row]
    return len(filled) < 0.75 * (filled[-1] - filled[0] + 1)


def _is_dates(text: str) -> bool:
    return bool(_DATE.search(text)) and len(text) <= 30


def _order(rows: list[list[Fragment]], blocks: list[list[list[Fragment]]]) -> bool:
    """Appends the blocks of a region in reading order; returns whether there were columns."""
    if not rows:
        return False
    gutter = _gutter(rows)
    if gutter is not None:
        _order(_side(rows, gutter, left=True), blocks)
        _order(_side(rows, gutter, left=False), blocks)
        return True
    cut = _cut(rows)
    if cut is None:
        blocks.append(rows)
        return False
    above = _order(rows[:cut], blocks)
    return _order(rows[cut:], blocks) or above


def _side(rows: list[list[Fragment]], middle: float, *, left: bool) -> list[list[Fragment]]:
    side = [[f for f in row if (f.x1 <= middle if left else f.x0 >= middle)] for row in rows]
    return _rows([f for row in side for f in row])


def _cut(rows: list[list[Fragment]]) -> int | None:
    """The row at which to cut so that one part falls into columns; the largest such part wins."""
    for index in range(1, len(rows) - MIN_COLUMN_LINES + 1):
        if _gutter(rows[index:]) is not None:
            return index
    for index in range(len(rows) - 1, MIN_COLUMN_LINES - 1, -1):
        if _gutter(rows[:index]) is not None:
            return index
    return _middle_cut(rows)


def _middle_cut(rows: list[list[Fragment]]) -> int | None:
    """A cut above a columned part that has ordinary text both above and below it."""
    for index in range(1, len(rows) - MIN_COLUMN_LINES):
        if len(rows[index]) < 2:
            continue
        if _gutter(rows[index : index + MIN_COLUMN_LINES + 1]) is not None:
            return index
    return None


def _block_text(rows: list[list[Fragment]]) -> str:
    lines: list[str] = []
    previous: list[Fragment] | None = None
    for row in rows:
        if previous is not None:
            gap = min(f.top for f in row) - max(f.bottom for f in previous)
            if gap > 0.8 * max(f.height for f in row):
                lines.append("")
        lines.append("\t".join(f.text.strip() for f in row if f.text.strip()))
        previous = row
    return "\n".join(lines)
