"""What the picture of an answer gives: faces, looks and movement a second at a time, gaze more closely for a while.

Nothing of a picture is kept but figures.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from appliance.interviews.analysis.observations import (
    STEP_S,
    Observations,
    observe_expression,
    observe_movement,
    observe_video,
    together,
)
from appliance.interviews.integrity.faces import FaceCheck, FaceReference, Snapshot, compare, spread
from appliance.interviews.integrity.reading_gaze import LOOK_S, PICTURES_PER_S, GazeSweeps, gaze_sweeps
from appliance.interviews.recordings.media import Picture, Track, decode_pictures
from inference.ports import FaceMeshFrame, FrameFaces, Vision

PICTURES_A_CALL = 16
DEADLINE_S = 60.0
CLOSE_LOOK_FROM_S = 6.0
"""The first seconds are for finding the button and sitting straight."""

EXPRESSIONS = 10
MOVEMENTS = 16
REFERENCE_PICTURES = 20
HELD_PICTURES = 48
"""Clear faces that are held for comparing, at most."""

Reference = Callable[[], tuple[bytes, FaceReference] | None]
"""A face to compare with, asked for only when there is something to compare."""


class Seen(Struct, frozen=True, kw_only=True):
    """What was measured of the picture."""

    observations: Observations
    faces: FaceCheck = FaceCheck()
    sweeps: GazeSweeps | None = None


def watch(vision: Vision, tracks: Sequence[Track], reference: Reference, *, expressions: bool = True) -> Seen:
    """Looks at one picture a second, and for `LOOK_S` at `PICTURES_PER_S`; raises the errors of
    ``inference.errors`` and `UnreadableMedia`. Without ``expressions`` no face is asked what it expresses."""
    times: list[float] = []
    faces: list[FrameFaces] = []
    meshes: list[FaceMeshFrame] = []
    clear: list[Snapshot] = []
    shown: list[bytes] = []
    close: list[tuple[float, FaceMeshFrame]] = []
    for pictures in _batches(decode_pictures(tracks, PICTURES_PER_S)):
        whole = _whole_seconds(pictures, times[-1] if times else None)
        looked = [one for one in pictures if one in whole or _closely(one)]
        if not looked:
            continue
        meshed = vision.face_mesh([one.jpeg for one in looked], deadline_s=DEADLINE_S)
        close += [(one.time_s, mesh) for one, mesh in zip(looked, meshed, strict=True) if _closely(one)]
        if not whole:
            continue
        found = vision.detect_faces([one.jpeg for one in whole], deadline_s=DEADLINE_S)
        mine = [mesh for one, mesh in zip(looked, meshed, strict=True) if one in whole]
        times += [one.time_s for one in whole]
        faces += found
        meshes += mine
        shown += [one.jpeg for one in whole][: max(0, MOVEMENTS - len(shown))]
        clear += [
            snapshot
            for snapshot in (
                Snapshot(one.time_s, one.jpeg, box, mesh)
                for one, box, mesh in zip(whole, found, mine, strict=True)
            )
            if snapshot.comparable
        ]
        clear = clear if len(clear) <= HELD_PICTURES else clear[::2]
    observed = [observe_video(times, faces, meshes)]
    if shown:
        observed.append(observe_movement(vision.movement(shown, deadline_s=DEADLINE_S)))
    if expressions and clear:
        looks = [one.jpeg for one in spread(clear, EXPRESSIONS)]
        observed.append(observe_expression(vision.expression(looks, deadline_s=DEADLINE_S)))
    return Seen(
        observations=together(*observed),
        faces=_compared(vision, clear, reference),
        sweeps=gaze_sweeps([time_s for time_s, _ in close], [mesh for _, mesh in close]),
    )


def first_clear_face(vision: Vision, tracks: Sequence[Track]) -> bytes | None:
    """The first picture of a recording with one face that can be compared, within `REFERENCE_PICTURES` seconds."""
    for picture in islice(decode_pictures(tracks, 1.0 / STEP_S), REFERENCE_PICTURES):
        (found,) = vision.detect_faces([picture.jpeg], deadline_s=DEADLINE_S)
        (mesh,) = vision.face_mesh([picture.jpeg], deadline_s=DEADLINE_S)
        if Snapshot(picture.time_s, picture.jpeg, found, mesh).comparable:
            return picture.jpeg
    return None


def _compared(vision: Vision, clear: Sequence[Snapshot], reference: Reference) -> FaceCheck:
    if not clear:
        return FaceCheck()
    known = reference()
    if known is None:
        # This is the first answer: it is compared with its own beginning.
        return compare(vision, clear[0].jpeg, FaceReference.FIRST_ANSWER, spread(clear)[1:])
    picture, kind = known
    return compare(vision, picture, kind, spread(clear))


def _batches(pictures: Iterator[Picture]) -> Iterator[list[Picture]]:
    while some := list(islice(pictures, PICTURES_A_CALL)):
        yield some


def _whole_seconds(pictures: Sequence[Picture], last_s: float | None) -> list[Picture]:
    """The pictures that begin another second."""
    found = []
    for picture in pictures:
        if last_s is None or int(picture.time_s / STEP_S + 1e-6) > int(last_s / STEP_S + 1e-6):
            found.append(picture)
            last_s = picture.time_s
    return found


def _closely(picture: Picture) -> bool:
    return CLOSE_LOOK_FROM_S <= picture.time_s < CLOSE_LOOK_FROM_S + LOOK_S
