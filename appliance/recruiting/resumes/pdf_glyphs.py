"""Characters with places, and how they join into fragments on a baseline."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.recruiting.resumes.characters import is_han
from appliance.recruiting.resumes.layout import Fragment


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of a page. The box is in points from the top left; ``ink`` is the fill's luminance 0 to
    255; ``mode`` the PDF text rendering mode; ``owner`` tells characters of one text object;
    ``embedded`` whether its font is in the file."""

    character: str
    x0: float
    x1: float
    top: float
    bottom: float
    ink: int
    opaque: bool
    mode: int
    owner: int
    embedded: bool

    @property
    def height(self) -> float:
        return self.bottom - self.top


def fragments(glyphs: Sequence[Glyph]) -> list[Fragment]:
    """Glyphs of one baseline without a wide gap, joined in the order of their places."""
    made: list[Fragment] = []
    for line in _baselines(glyphs):
        current: list[Glyph] = []
        text = ""
        space = False
        for glyph in line:
            if glyph.character.isspace():
                space = True
                continue
            if current and _printed_twice(current[-1], glyph):
                continue
            if current and _parts(current[-1], glyph):
                made.append(_fragment(current, text))
                current, text = [], ""
            elif current and (space or _is_word_gap(current[-1], glyph)):
                text += " "
            current.append(glyph)
            text += glyph.character
            space = False
        if current:
            made.append(_fragment(current, text))
    return made


def _baselines(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """Characters grouped by height on the page, left to right."""
    lines: list[list[Glyph]] = []
    for glyph in sorted((g for g in glyphs if g.height > 0), key=lambda g: (g.top + g.bottom) / 2):
        middle = (glyph.top + glyph.bottom) / 2
        if lines:
            reference = lines[-1][0]
            near = abs(middle - (reference.top + reference.bottom) / 2) <= 0.35 * min(
                glyph.height, reference.height
            )
            if near:
                lines[-1].append(glyph)
                continue
        lines.append([glyph])
    for line in lines:
        line.sort(key=lambda g: (g.x0, g.x1))
    return lines


def _parts(before: Glyph, after: Glyph) -> bool:
    """Whether the gap is a column's or a cell's rather than a word's."""
    return after.x0 - before.x1 > 1.1 * max(before.height, after.height)


def _fragment(line: Sequence[Glyph], text: str) -> Fragment:
    return Fragment(
        x0=line[0].x0,
        top=min(g.top for g in line),
        x1=max(g.x1 for g in line),
        bottom=max(g.bottom for g in line),
        text=text,
    )


def _printed_twice(before: Glyph, after: Glyph) -> bool:
    """Bold by printing a character twice, a hair apart."""
    return before.character == after.character and after.x0 - before.x0 < 0.2 * max(1.0, after.x1 - after.x0)


def _is_word_gap(before: Glyph, after: Glyph) -> bool:
    gap = after.x0 - before.x1
    share = 0.6 if is_han(before.character) and is_han(after.character) else 0.16
    return gap > share * max(before.height, after.height)
