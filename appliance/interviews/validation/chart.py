"""The control chart as a picture; the table beside it says the same."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from appliance.interviews.validation.drift import DriftPoint

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 16, 14, 34
MOST_POINTS = 24


def drift_svg(points: Sequence[DriftPoint], title: str) -> Markup:
    """Monthly means in standard deviations with their limits of three standard errors; an alarm is a square, what is
    within the limits a circle. Empty without points."""
    shown = list(points)[-MOST_POINTS:]
    if not shown:
        return Markup("")
    most = max([1.0, *(abs(one.mean) for one in shown), *(one.limit for one in shown)]) * 1.1
    step = (WIDTH - LEFT - RIGHT) / len(shown)

    def y(value: float) -> float:
        return round(TOP + (most - value) / (2 * most) * (HEIGHT - TOP - BOTTOM), 1)

    parts = [
        f'<svg class="drift" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f'<line class="drift-zero" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(0)}" y2="{y(0)}"/>',
    ]
    for value in (-1, 0, 1):
        label = f"{value:+d}" if value else "0"
        parts.append(f'<text x="{LEFT - 8}" y="{y(value) + 4}" text-anchor="end">{label}</text>')
    middles = [round(LEFT + step * (place + 0.5), 1) for place in range(len(shown))]
    path = " ".join(f"{x},{y(one.mean)}" for x, one in zip(middles, shown, strict=True))
    for x, one in zip(middles, shown, strict=True):
        for limit in (one.limit, -one.limit):
            half = round(step * 0.4, 1)
            parts.append(
                f'<line class="drift-limit" x1="{x - half}" x2="{x + half}" y1="{y(limit)}" y2="{y(limit)}"/>'
            )
    parts.append(f'<polyline class="drift-line" points="{path}"/>')
    every = max(1, len(shown) // 8)
    for place, (x, one) in enumerate(zip(middles, shown, strict=True)):
        parts.append(_mark(x, y(one.mean), alarm=one.alarm))
        if place % every == 0:
            parts.append(f'<text x="{x}" y="{HEIGHT - 12}" text-anchor="middle">{escape(one.month)}</text>')
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - numbers, and texts that are escaped above


def _mark(x: float, y: float, *, alarm: bool) -> str:
    if alarm:
        return f'<rect class="drift-alarm" x="{x - 6}" y="{y - 6}" width="12" height="12"/>'
    return f'<circle class="drift-point" cx="{x}" cy="{y}" r="5"/>'
