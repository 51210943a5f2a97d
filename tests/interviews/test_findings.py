"""Observations, contradictions and the radar: figures and rules that anybody can recompute."""

import pytest

from appliance.interviews.analysis.observations import (
    EventKind,
    ObservationKind,
    ObservedEvent,
    observe_speech,
    observe_video,
)
from appliance.interviews.assessment.contradictions import find_contradictions
from appliance.interviews.assessment.resume_facts import ResumeFacts
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.report.radar import Axis, radar_svg
from appliance.interviews.report.report import ContradictionKind, Quote
from inference.ports import FaceBox, FaceMeshFrame, FrameFaces, Pause, Prosody, Word

FACE = FaceBox(0.3, 0.3, 0.4, 0.4, 0.9)


def said(text: str) -> list[Quote]:
    return [Quote(answer_id="answer-1", sentence=1, text=text, start_s=3.0, part=None)]


def mesh(present: bool = True, yaw_deg: float = 0.0, looking: bool = True) -> FaceMeshFrame:
    return FaceMeshFrame(present=present, yaw_deg=yaw_deg, looking_at_camera=looking and present)


def test_shares_are_over_the_pictures_in_which_they_can_be_seen() -> None:
    faces = [FrameFaces([FACE])] * 3 + [FrameFaces([])]
    meshes = [mesh(), mesh(), mesh(looking=False), mesh(present=False)]
    seen = {figure.kind: figure.value for figure in observe_video([0, 1, 2, 3], faces, meshes).figures}
    assert seen[ObservationKind.FACE_PRESENT_SHARE] == 0.75
    assert seen[ObservationKind.LOOKING_SHARE] == pytest.approx(0.667)


def test_an_event_lasts_at_least_two_seconds_and_one_odd_picture_is_none() -> None:
    two = FrameFaces([FACE, FACE])
    one = FrameFaces([FACE])
    faces = [one, two, one, two, two, two, one]
    found = observe_video([float(second) for second in range(7)], faces, [mesh()] * 7)
    assert found.events == (ObservedEvent(EventKind.MORE_THAN_ONE_FACE, 3.0, 6.0),)


def test_speech_rate_leaves_pauses_out_and_a_long_pause_has_its_time() -> None:
    words = [Word(" word", second, second + 0.5, 0.9) for second in range(10)]
    prosody = Prosody(
        speech_rate_syllables_per_s=3.0,
        pauses=[Pause(2.0, 6.0), Pause(7.0, 7.5)],
        longest_pause_s=4.0,
        pause_share=0.5,
        pitch_median_hz=None,
        pitch_range_semitones=None,
        loudness_dbfs_median=None,
        duration_s=10.0,
        seconds=0.0,
    )
    found = observe_speech(words, prosody)
    figures = {figure.kind: figure.value for figure in found.figures}
    assert figures[ObservationKind.SPEECH_RATE_UNITS_PER_MIN] == pytest.approx(126, abs=1)
    assert ObservationKind.PITCH_RANGE_SEMITONES not in figures
    assert found.events == (ObservedEvent(EventKind.LONG_PAUSE, 2.0, 6.0),)


@pytest.mark.parametrize(
    ("text", "language", "years", "found"),
    [
        ("我有八年的护理经验。", "zh", 3.0, True),
        ("我工作了十二年。", "zh", 11.5, False),
        ("我工作了两年。", "zh", None, False),
        ("那台机器用了八年。", "zh", 3.0, False),
        ("I have eight years of experience.", "en", 3.0, True),
        ("We waited two years for the new roof.", "en", 10.0, False),
    ],
)
def test_years_said_are_held_against_the_resume(
    text: str, language: Language, years: float | None, found: bool
) -> None:
    kinds = [one.kind for one in find_contradictions(said(text), ResumeFacts(years, ()), language)]
    assert kinds == ([ContradictionKind.YEARS] if found else [])


@pytest.mark.parametrize(
    ("text", "employers", "found"),
    [
        ("我以前在甲乙医院工作。", ("丙丁诊所",), True),
        ("我以前在甲乙医院工作。", ("某市甲乙医院（东院区）",), False),
        ("我以前在甲乙医院工作。", (), False),
        ("客户在甲乙银行存过钱。", ("丙丁诊所",), False),
    ],
)
def test_an_own_employer_that_the_resume_does_not_list_is_something_to_ask(
    text: str, employers: tuple[str, ...], found: bool
) -> None:
    kinds = [one.kind for one in find_contradictions(said(text), ResumeFacts(None, employers), "zh")]
    assert kinds == ([ContradictionKind.EMPLOYER] if found else [])


def test_without_a_resume_there_is_nothing_to_contradict() -> None:
    assert find_contradictions(said("我有八年的护理经验。"), None, "zh") == []


def test_a_competency_without_a_number_leaves_a_gap_in_the_radar() -> None:
    whole = radar_svg([Axis("a", 5.0), Axis("b", 6.0), Axis("c", 7.0)], "t")
    gap = radar_svg([Axis("a", 5.0), Axis("b", None), Axis("c", 7.0)], "t")
    assert whole is not None and gap is not None
    assert (whole.count("<circle"), gap.count("<circle")) == (3, 2)
    assert "fill-opacity" in whole and "fill-opacity" not in gap
    assert ">b</tspan>" in gap and ">—</tspan>" in gap


def test_the_radar_escapes_names_and_is_left_out_below_three_axes() -> None:
    drawn = radar_svg([Axis("<b>&", 5.0)] * 3, "<i>")
    assert drawn is not None and "<b>" not in drawn and "<i>" not in drawn
    assert radar_svg([Axis("a", 5.0)] * 2, "t") is None
