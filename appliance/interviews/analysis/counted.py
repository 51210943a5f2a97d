"""Counting observations, where a site has the legal basis for it: a little, and never in anybody's favour by having
been filmed.

What counts is how an answer was delivered, by figures that everybody can influence: how fast it was spoken, how much
of it was pauses, how much the speaker looked at the camera. Facial expression, pitch, and movement never count: no
measurement here says that they mean anything. The whole makes up at most a tenth of the match, and it can take from a
match but not add to it: somebody who answers in writing, by voice, or with a gap in the video is never worse off
than if they had been seen.
"""

from collections.abc import Sequence
from statistics import fmean

import msgspec

from appliance.interviews.analysis.observations import ObservationKind, Observations
from appliance.interviews.report.report import DELIVERY_MARK, Band, Report

WEIGHT = 0.1
"""Part of the match that delivery makes up at most."""

FULL_MARKS = 10.0
LEAST_PICTURES = 10
"""Fewer pictures say nothing about where somebody looks."""

LEAST_FACE_SHARE = 0.5
"""Below this the camera was off, turned away or dark for long: a gap, which says nothing."""

BANDS: dict[ObservationKind, tuple[float, float, float, float]] = {
    ObservationKind.SPEECH_RATE_UNITS_PER_MIN: (60.0, 110.0, 290.0, 380.0),
    ObservationKind.PAUSE_SHARE: (-1.0, 0.0, 0.45, 0.8),
    ObservationKind.LOOKING_SHARE: (0.0, 0.4, 1.0, 2.0),
}
"""For each figure: nothing up to the first value, full marks between the second and third, nothing from the fourth
on, straight lines between. Wide on purpose: they are ours, not validated, and only extremes lose."""


def delivery(observed: Sequence[Observations]) -> float | None:
    """The delivery of an interview, 0 to 10, over the figures of its answers; None where nothing was measured that
    says anything."""
    marks = [
        FULL_MARKS * _within(figure.value, BANDS[figure.kind])
        for one in observed
        for figure in one.figures
        if figure.kind in BANDS and _says_something(one, figure.kind)
    ]
    return round(fmean(marks), 2) if marks else None


def counted(report: Report) -> Report:
    """The report with delivery counted in its match; unchanged where there is no match, nothing measured, or
    delivery would raise it."""
    mark = delivery([one.observations for one in report.answers])
    if report.match is None or mark is None or mark >= report.match.value:
        return report
    match = Band(*(round(_blend(value, mark), 1) for value in msgspec.structs.astuple(report.match)))
    return msgspec.structs.replace(report, match=match, scale=f"{report.scale}{DELIVERY_MARK}-{WEIGHT}")


def _blend(value: float, mark: float) -> float:
    return min(value, (1.0 - WEIGHT) * value + WEIGHT * mark)


def _says_something(one: Observations, kind: ObservationKind) -> bool:
    if kind is not ObservationKind.LOOKING_SHARE:
        return True
    shares = {figure.kind: figure.value for figure in one.figures}
    present = shares.get(ObservationKind.FACE_PRESENT_SHARE, 0.0)
    return one.pictures >= LEAST_PICTURES and present >= LEAST_FACE_SHARE


def _within(value: float, band: tuple[float, float, float, float]) -> float:
    nothing_below, full_from, full_to, nothing_above = band
    if value < full_from:
        return max(0.0, (value - nothing_below) / (full_from - nothing_below))
    if value > full_to:
        return max(0.0, (nothing_above - value) / (nothing_above - full_to))
    return 1.0
