"""Whether eyes sweep as they do over lines of a text: slowly one way, quickly back, again and again.

What the vision port gives is the iris' place in the eye (-1 to 1) and the head's yaw, some pictures a second.
That tells sweeps across lines as wide as a screen; it does not tell a text from a list of notes, a second screen
from a window, nor anything of lines narrower than the noise of the measure. Simulated at 5 pictures a second with
a noise of 0.05 in gaze, tests/interviews/test_integrity.py holds at least 90 % of readers found and at most 2 % of
those who do not read taken for one. It was never measured on people: what is found is shown as something to look
at, with the reasons that have nothing to do with reading.
"""

from collections.abc import Sequence
from statistics import fmean, median, pstdev

from msgspec import Struct

from inference.ports import FaceMeshFrame

PICTURES_PER_S = 5.0
"""A line takes two to five seconds to read and a quarter of a second to jump back from."""

LOOK_S = 24.0
"""The stretch of an answer that is looked at this closely."""

LEAST_SWEEPS = 4
LEAST_SWING = 0.16
"""Smallest sweep in gaze units; below it noise and reading look alike."""

RETURN_SHARE = 0.55
"""The jump back takes at most this share of its swing's other way at least."""

PERIOD_S = (1.2, 7.0)
MOST_UNEVEN = 0.35
"""Largest deviation of the sweeps' lengths, relative to their mean: lines of a text are about equally long."""

YAW_AS_GAZE = 1.0 / 60.0
"""A head that turns with the eyes: 60 degrees count as one unit of gaze."""


class GazeSweeps(Struct, frozen=True, kw_only=True):
    """A run of sweeps like those over lines: when, how many, how long one is (seconds) and how unlike each other
    they are (0: all the same)."""

    start_s: float
    end_s: float
    sweeps: int
    period_s: float
    unevenness: float


def gaze_sweeps(times_s: Sequence[float], meshes: Sequence[FaceMeshFrame]) -> GazeSweeps | None:
    """The run of sweeps in pictures taken about `PICTURES_PER_S`; None where there is none. Pictures without a
    face, or with closed eyes, are left out; a gap ends nothing and proves nothing."""
    points = [
        (time_s, mesh.gaze_x + mesh.yaw_deg * YAW_AS_GAZE)
        for time_s, mesh in zip(times_s, meshes, strict=True)
        if mesh.present and not mesh.eyes_closed
    ]
    if len(points) < LEAST_SWEEPS * 4:
        return None
    found = [_run(points, sign) for sign in (1.0, -1.0)]
    return max((one for one in found if one is not None), key=lambda one: one.sweeps, default=None)


def _run(points: Sequence[tuple[float, float]], sign: float) -> GazeSweeps | None:
    """The run for lines read one way (`sign` 1: gaze to the picture's right)."""
    times = [time_s for time_s, _ in points]
    jumps = _returns(times, _smoothed([sign * place for _, place in points]))
    best: list[float] = []
    current: list[float] = []
    for at_s in jumps:
        if current and not PERIOD_S[0] <= at_s - current[-1] <= PERIOD_S[1]:
            current = []
        current.append(at_s)
        if len(current) > len(best):
            best = list(current)
    lengths = [after - before for before, after in zip(best, best[1:], strict=False)]
    if len(lengths) < LEAST_SWEEPS:
        return None
    unevenness = pstdev(lengths) / fmean(lengths)
    # A reader sweeps through the whole stretch; a few jumps that happen to be even are chance.
    covered = (best[-1] - best[0]) / (times[-1] - times[0])
    if unevenness > MOST_UNEVEN or covered < 0.5:
        return None
    return GazeSweeps(
        start_s=round(best[0], 1),
        end_s=round(best[-1], 1),
        sweeps=len(lengths),
        period_s=round(median(lengths), 1),
        unevenness=round(unevenness, 2),
    )


def _smoothed(places: Sequence[float]) -> list[float]:
    """Median of three: one bad picture is no jump."""
    last = len(places) - 1
    return [median(places[max(0, at - 1) : min(last, at + 1) + 1]) for at in range(len(places))]


def _returns(times: Sequence[float], places: Sequence[float]) -> list[float]:
    """When the eyes jump back: a fall of at least `LEAST_SWING` within two pictures, after a slower rise of at
    least the same size since the jump before."""
    found: list[float] = []
    since = 0
    at = 2
    while at < len(places):
        fall = places[at - 2] - places[at]
        way = places[since:at]
        low = min(range(len(way)), key=way.__getitem__)
        rise, rise_s = way[-2] - way[low], times[at - 2] - times[since + low]
        if fall >= LEAST_SWING and rise >= LEAST_SWING:
            if (times[at] - times[at - 2]) <= RETURN_SHARE * max(rise_s, 1e-6):
                found.append(times[at - 1])
            since, at = at, at + 2
            continue
        at += 1
    return found
