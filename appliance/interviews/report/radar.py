"""The radar of competencies as SVG, drawn here: no script, the same picture on the page and in the PDF."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from msgspec import Struct

WIDTH, TOP, HEIGHT = 520, 6, 388
LINE = 18
LONGEST_LINE = 14
BOLD = ' font-weight="600"'
CENTRE_X, CENTRE_Y, RADIUS = 260.0, 200.0, 130.0
RINGS = (2.5, 5.0, 7.5, 10.0)
FULL = 10.0
LEAST_AXES = 3
FONTS = "'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif"


class Axis(Struct, frozen=True):
    """One competency: its name and its score of 0 to 10, None where no number is shown."""

    label: str
    score: float | None


def radar_svg(axes: Sequence[Axis], title: str) -> str | None:
    """The picture; None with fewer than three axes, where a table says it better. An axis without a number
    has no point and breaks the line: a gap is a gap, not a zero."""
    if len(axes) < LEAST_AXES:
        return None
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {TOP} {WIDTH} {_height(len(axes))}" '
        f'role="img" class="radar" font-family="{FONTS}" font-size="14"><title>{escape(title)}</title>'
    ]
    parts += [_ring(len(axes), score) for score in RINGS]
    for index, axis in enumerate(axes):
        x, y = _place(index, len(axes), FULL)
        parts.append(f'<line x1="{CENTRE_X}" y1="{CENTRE_Y}" x2="{x}" y2="{y}" stroke="#c9ccd1"/>')
        parts.append(_label(index, len(axes), axis))
    parts += _lines(axes)
    for index, axis in enumerate(axes):
        if axis.score is not None:
            x, y = _place(index, len(axes), axis.score)
            parts.append(f'<circle cx="{x}" cy="{y}" r="4.5" fill="#0b6b63"/>')
    return "".join([*parts, "</svg>"])


def _height(count: int) -> int:
    """Down to the lowest label: a triangle ends higher than a pentagon."""
    lowest = max(_place(index, count, FULL)[1] for index in range(count))
    return min(HEIGHT, round(lowest) + 3 * LINE + 10 - TOP)


def _place(index: int, count: int, score: float) -> tuple[float, float]:
    angle = 2 * math.pi * index / count - math.pi / 2
    reach = RADIUS * min(max(score, 0.0), FULL) / FULL
    return round(CENTRE_X + reach * math.cos(angle), 1), round(CENTRE_Y + reach * math.sin(angle), 1)


def _ring(count: int, score: float) -> str:
    points = " ".join(f"{x},{y}" for x, y in (_place(index, count, score) for index in range(count)))
    return f'<polygon points="{points}" fill="none" stroke="#dfe1e5"/>'


def _lines(axes: Sequence[Axis]) -> list[str]:
    """The area where every axis has a number; otherwise only the lines between neighbours that have one."""
    count = len(axes)
    if all(axis.score is not None for axis in axes):
        points = " ".join(
            f"{x},{y}" for x, y in (_place(i, count, axis.score or 0.0) for i, axis in enumerate(axes))
        )
        return [
            f'<polygon points="{points}" fill="#0b6b63" fill-opacity="0.14" stroke="#0b6b63" '
            'stroke-width="2"/>'
        ]
    found = []
    for index, axis in enumerate(axes):
        following = axes[(index + 1) % count]
        if axis.score is not None and following.score is not None:
            x1, y1 = _place(index, count, axis.score)
            x2, y2 = _place((index + 1) % count, count, following.score)
            found.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#0b6b63" stroke-width="2"/>')
    return found


def _label(index: int, count: int, axis: Axis) -> str:
    """Name (on two lines when it is long) and score, growing away from the picture."""
    angle = 2 * math.pi * index / count - math.pi / 2
    lines = [*_wrapped(axis.label), f"{axis.score:.1f}" if axis.score is not None else "—"]
    x = round(CENTRE_X + (RADIUS + 14) * math.cos(angle), 1)
    middle = CENTRE_Y + (RADIUS + 14) * math.sin(angle)
    share = (1 - math.sin(angle)) / 2
    y = round(middle - share * (len(lines) - 1) * LINE + 5, 1)
    anchor = "middle" if abs(math.cos(angle)) < 0.2 else ("start" if math.cos(angle) > 0 else "end")
    spans = "".join(
        f'<tspan x="{x}" dy="{1.3 if number else 0}em"{BOLD if number == len(lines) - 1 else ""}>{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="#5a6068">{spans}</text>'


def _wrapped(label: str) -> list[str]:
    """A long name broken at the space nearest to its middle."""
    spaces = [place for place, letter in enumerate(label) if letter == " "]
    if len(label) <= LONGEST_LINE or not spaces:
        return [label]
    place = min(spaces, key=lambda each: abs(each - len(label) / 2))
    return [label[:place], label[place + 1 :]]
