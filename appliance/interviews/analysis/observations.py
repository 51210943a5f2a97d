"""What could be seen and heard beside the words: measured with times.

What a site does with it is its policy (``policy.py``): nothing is measured, it is shown and never counted (as
shipped), or it is counted on a recorded legal basis. A gap in the video is a gap, and somebody who answers by text
has none of these and is not worse off for it.
"""

from collections.abc import Sequence
from enum import StrEnum
from statistics import fmean, median

from msgspec import Struct

from appliance.interviews.analysis.transcript import units
from inference.ports import Expression, FaceMeshFrame, FrameFaces, MovementFrame, Prosody, Word

STEP_S = 1.0
"""One picture a second."""

MIN_EVENT_S = 2.0
"""Shorter than this nothing is an event: one bad picture happens to everybody."""

LONG_PAUSE_S = 3.0
HEAD_TURNED_DEG = 30.0


class ObservationKind(StrEnum):
    """What is measured. Shares are 0 to 1."""

    FACE_PRESENT_SHARE = "face_present_share"
    MORE_THAN_ONE_FACE_SHARE = "more_than_one_face_share"
    LOOKING_SHARE = "looking_share"
    HEAD_YAW_MEDIAN_DEG = "head_yaw_median_deg"
    HEAD_PITCH_MEDIAN_DEG = "head_pitch_median_deg"
    HAND_MOVEMENT = "hand_movement"
    UPPER_BODY_MOVEMENT = "upper_body_movement"
    EXPRESSION_NEUTRAL = "expression_neutral"
    EXPRESSION_HAPPY = "expression_happy"
    SPEECH_RATE_UNITS_PER_MIN = "speech_rate_units_per_min"
    PAUSE_COUNT = "pause_count"
    PAUSE_LONGEST_S = "pause_longest_s"
    PAUSE_SHARE = "pause_share"
    PITCH_RANGE_SEMITONES = "pitch_range_semitones"
    LOUDNESS_DBFS = "loudness_dbfs"


class EventKind(StrEnum):
    """What lasted long enough to be worth a look."""

    NO_FACE = "no_face"
    MORE_THAN_ONE_FACE = "more_than_one_face"
    HEAD_TURNED = "head_turned"
    LONG_PAUSE = "long_pause"


class Observation(Struct, frozen=True):
    """One measured figure of one answer."""

    kind: ObservationKind
    value: float


class ObservedEvent(Struct, frozen=True):
    """A stretch of the recording, in seconds from its start."""

    kind: EventKind
    start_s: float
    end_s: float


class Observations(Struct, frozen=True):
    """All of one answer; ``pictures`` is how many were looked at."""

    figures: tuple[Observation, ...] = ()
    events: tuple[ObservedEvent, ...] = ()
    pictures: int = 0


def observe_video(
    times_s: Sequence[float], faces: Sequence[FrameFaces], meshes: Sequence[FaceMeshFrame]
) -> Observations:
    """Figures and events of the pictures taken at ``times_s`` (same length as the other two)."""
    if not times_s:
        return Observations()
    seen = [mesh for mesh in meshes if mesh.present]
    several = [len(frame.faces) > 1 for frame in faces]
    nobody = [not frame.faces and not mesh.present for frame, mesh in zip(faces, meshes, strict=True)]
    turned = [mesh.present and abs(mesh.yaw_deg) > HEAD_TURNED_DEG for mesh in meshes]
    figures = [
        Observation(ObservationKind.FACE_PRESENT_SHARE, _share([not missing for missing in nobody])),
        Observation(ObservationKind.MORE_THAN_ONE_FACE_SHARE, _share(several)),
    ]
    if seen:
        figures += [
            Observation(ObservationKind.LOOKING_SHARE, _share([mesh.looking_at_camera for mesh in seen])),
            Observation(ObservationKind.HEAD_YAW_MEDIAN_DEG, round(median(mesh.yaw_deg for mesh in seen), 1)),
            Observation(
                ObservationKind.HEAD_PITCH_MEDIAN_DEG, round(median(mesh.pitch_deg for mesh in seen), 1)
            ),
        ]
    events = [
        *_stretches(EventKind.NO_FACE, times_s, nobody),
        *_stretches(EventKind.MORE_THAN_ONE_FACE, times_s, several),
        *_stretches(EventKind.HEAD_TURNED, times_s, turned),
    ]
    return Observations(tuple(figures), _in_order(events), len(times_s))


def observe_movement(frames: Sequence[MovementFrame]) -> Observations:
    """Mean movement of hands and upper body between successive pictures in which somebody is seen, in shoulder
    widths; nothing without at least two."""
    seen = [frame for frame in frames[1:] if frame.present]
    if not seen:
        return Observations()
    return Observations(
        (
            Observation(ObservationKind.HAND_MOVEMENT, round(fmean(one.hand for one in seen), 3)),
            Observation(ObservationKind.UPPER_BODY_MOVEMENT, round(fmean(one.upper_body for one in seen), 3)),
        )
    )


def observe_expression(frames: Sequence[Expression]) -> Observations:
    """Mean probability of a neutral and of a happy face over the pictures with a face. The model's accuracy is
    unmeasured here, and whoever shows these figures says so."""
    seen = [frame.probabilities for frame in frames if frame.present and frame.probabilities]
    if not seen:
        return Observations()
    kinds = ((ObservationKind.EXPRESSION_NEUTRAL, "neutral"), (ObservationKind.EXPRESSION_HAPPY, "happy"))
    return Observations(
        tuple(
            Observation(kind, round(fmean(one[name] for one in seen), 3))
            for kind, name in kinds
            if all(name in one for one in seen)
        )
    )


def observe_speech(words: Sequence[Word], prosody: Prosody) -> Observations:
    """Speech rate over the time spoken (pauses left out), pauses, pitch and loudness."""
    figures = [
        Observation(ObservationKind.PAUSE_COUNT, float(len(prosody.pauses))),
        Observation(ObservationKind.PAUSE_LONGEST_S, round(prosody.longest_pause_s, 1)),
        Observation(ObservationKind.PAUSE_SHARE, round(prosody.pause_share, 3)),
    ]
    rate = _speech_rate(words, prosody)
    if rate is not None:
        figures.append(Observation(ObservationKind.SPEECH_RATE_UNITS_PER_MIN, rate))
    if prosody.pitch_range_semitones is not None:
        figures.append(
            Observation(ObservationKind.PITCH_RANGE_SEMITONES, round(prosody.pitch_range_semitones, 1))
        )
    if prosody.loudness_dbfs_median is not None:
        figures.append(Observation(ObservationKind.LOUDNESS_DBFS, round(prosody.loudness_dbfs_median, 1)))
    events = [
        ObservedEvent(EventKind.LONG_PAUSE, round(pause.start_s, 1), round(pause.end_s, 1))
        for pause in prosody.pauses
        if pause.end_s - pause.start_s >= LONG_PAUSE_S
    ]
    return Observations(tuple(figures), _in_order(events))


def together(*parts: Observations) -> Observations:
    """What was seen and what was heard of the same answer."""
    return Observations(
        tuple(figure for part in parts for figure in part.figures),
        _in_order([event for part in parts for event in part.events]),
        sum(part.pictures for part in parts),
    )


def _speech_rate(words: Sequence[Word], prosody: Prosody) -> float | None:
    if not words:
        return None
    spoken_s = (words[-1].end_s - words[0].start_s) * (1.0 - min(max(prosody.pause_share, 0.0), 1.0))
    if spoken_s < STEP_S:
        return None
    return round(units(" ".join(word.text for word in words)) * 60.0 / spoken_s, 0)


def _share(flags: Sequence[bool]) -> float:
    return round(sum(flags) / len(flags), 3)


def _stretches(kind: EventKind, times_s: Sequence[float], flags: Sequence[bool]) -> list[ObservedEvent]:
    """Runs of pictures with the flag set that last at least ``MIN_EVENT_S``."""
    found: list[ObservedEvent] = []
    start: float | None = None
    last = 0.0
    for time_s, flag in [*zip(times_s, flags, strict=True), (times_s[-1] + STEP_S, False)]:
        if flag:
            start = time_s if start is None else start
            last = time_s
        elif start is not None:
            if last + STEP_S - start >= MIN_EVENT_S:
                found.append(ObservedEvent(kind, round(start, 1), round(last + STEP_S, 1)))
            start = None
    return found


def _in_order(events: Sequence[ObservedEvent]) -> tuple[ObservedEvent, ...]:
    return tuple(sorted(events, key=lambda event: (event.start_s, event.kind)))
