"""Recordings are decoded in memory, with true times, whatever the browser left out or an attacker put in."""

import io

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.interviews.recordings import media
from appliance.interviews.recordings.media import BytesSource, MediaLimits, Track, UnreadableMedia
from appliance.interviews.recordings.playback import assemble
from tests.interviews.recorded import recording


def tracks(*segments: bytes, missing_s: float = 0.0) -> list[Track]:
    return [Track(BytesSource(data), missing_s if index else 0.0) for index, data in enumerate(segments)]


def loud(pcm16: bytes, start_s: float, end_s: float) -> float:
    samples = np.frombuffer(pcm16, dtype=np.int16)[round(start_s * 16_000) : round(end_s * 16_000)]
    return float(np.abs(samples.astype(float)).mean())


@pytest.fixture(scope="module")
def spoken_video() -> bytes:
    return recording(3.0)


def test_a_live_webm_without_duration_gives_sound_of_its_true_length(spoken_video: bytes) -> None:
    sound = media.decode_sound(tracks(spoken_video))
    assert sound.present
    assert len(sound.pcm16) == round(sound.duration_s * 16_000) * 2
    assert abs(sound.duration_s - 3.0) < 0.15
    assert loud(sound.pcm16, 0.5, 2.5) > 5_000


def test_the_sound_keeps_its_pitch_at_sixteen_kilohertz() -> None:
    sound = media.decode_sound(tracks(recording(2.0, video=None, hertz=1000)))
    samples = np.frombuffer(sound.pcm16, dtype=np.int16)[8_000:24_000]
    peak = int(np.argmax(np.abs(np.fft.rfft(samples))))
    assert abs(peak - 1000) <= 2


@pytest.mark.parametrize(
    ("container", "video", "sound"),
    [("webm", "libvpx", "libopus"), ("webm", "libvpx-vp9", "libopus"), ("mp4", "libx264", "aac")],
)
def test_what_chromium_and_safari_record_can_be_read(container: str, video: str, sound: str) -> None:
    data = recording(1.0, container=container, video=video, sound=sound)
    assert media.decode_sound(tracks(data)).present
    pictures = list(media.decode_pictures(tracks(data), 2))
    assert [round(picture.time_s, 1) for picture in pictures] == [0.0, 0.5]


def test_pictures_come_upright_and_small_at_the_rate_asked_for() -> None:
    data = recording(2.0, size=(1280, 720), frames_per_second=8)
    pictures = list(media.decode_pictures(tracks(data), 2))
    assert [round(picture.time_s, 1) for picture in pictures] == [0.0, 0.5, 1.0, 1.5]
    assert {(picture.width, picture.height) for picture in pictures} == {(640, 360)}
    assert Image.open(io.BytesIO(pictures[0].jpeg)).size == (640, 360)


def test_segments_share_one_timeline_and_tell_the_gap_between_them() -> None:
    parts = tracks(recording(1.0), recording(2.0), missing_s=7.5)
    sound = media.decode_sound(parts)
    first, second = sound.parts
    assert first.missing_before_s == 0.0
    assert second.missing_before_s == 7.5
    assert second.start_s == first.end_s
    assert abs(sound.duration_s - 3.0) < 0.3
    times = [picture.time_s for picture in media.decode_pictures(parts, 1)]
    assert times == sorted(times)
    assert times[-1] >= second.start_s


def test_a_sound_track_that_ends_early_is_followed_by_silence() -> None:
    sound = media.decode_sound(tracks(recording(3.0, sound_seconds=1.0)))
    assert sound.duration_s > 2.8
    assert loud(sound.pcm16, 0.2, 0.8) > 5_000
    assert loud(sound.pcm16, 1.5, 2.8) < 100


def test_a_video_without_sound_says_so() -> None:
    sound = media.decode_sound(tracks(recording(1.0, sound=None)))
    assert not sound.present
    assert sound.pcm16 == b""
    assert sound.duration_s > 0.8


def test_a_voice_answer_has_no_pictures() -> None:
    assert list(media.decode_pictures(tracks(recording(1.0, video=None)), 2)) == []


def test_a_recording_cut_off_in_the_middle_gives_what_was_saved(spoken_video: bytes) -> None:
    sound = media.decode_sound(tracks(spoken_video[: len(spoken_video) * 2 // 3]))
    assert 0.5 < sound.duration_s < 3.1
    assert sound.present


def test_a_recording_longer_than_an_answer_may_be_is_refused() -> None:
    with pytest.raises(UnreadableMedia, match="longer"):
        media.decode_sound(tracks(recording(3.0, video=None)), MediaLimits(duration_s=2.0))


def test_a_picture_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(UnreadableMedia, match="picture"):
        list(media.decode_pictures(tracks(recording(1.0)), 1, MediaLimits(pixels=100 * 100)))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x1a\x45\xdf\xa3", b"RIFF....WAVEfmt ", b"<html>", b"\x1a\x45\xdf\xa3\x84webm" + b"\x00" * 400],
)
def test_what_is_no_recording_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(UnreadableMedia):
        media.decode_sound(tracks(data))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=40))
def test_damaged_bytes_never_do_worse_than_a_typed_refusal(
    spoken_video: bytes, damage: list[tuple[float, int]]
) -> None:
    data = bytearray(spoken_video)
    for place, value in damage:
        data[min(len(data) - 1, int(place * len(data)))] = value
    try:
        sound = media.decode_sound(tracks(bytes(data)))
        for picture in media.decode_pictures(tracks(bytes(data)), 1):
            assert picture.jpeg.startswith(b"\xff\xd8")
    except UnreadableMedia:
        return
    assert len(sound.pcm16) <= round(sound.duration_s * 16_000) * 2


def test_the_container_is_told_from_the_bytes_alone(spoken_video: bytes) -> None:
    assert media.container_of(spoken_video[:64]) is media.Container.WEBM
    assert (
        media.container_of(recording(0.5, container="mp4", video="libx264", sound="aac")[:64])
        is media.Container.MP4
    )
    assert media.container_of(b"%PDF-1.7") is None


def test_an_assembled_recording_has_a_duration_an_index_and_the_same_length() -> None:
    segments = tracks(recording(1.0), recording(2.0))
    whole = assemble(segments)
    assert whole.content_type == "video/webm"
    with av.open(io.BytesIO(whole.data), "r") as container:
        assert container.duration is not None
        assert abs(container.duration / 1_000_000 - 3.0) < 0.4
        container.seek(2_000_000)
        assert len(container.streams) == 2
    assert (
        abs(media.decode_sound(tracks(whole.data)).duration_s - media.decode_sound(segments).duration_s) < 0.1
    )


def test_a_voice_recording_is_assembled_as_sound() -> None:
    assert assemble(tracks(recording(1.0, video=None))).content_type == "audio/webm"


def test_an_mp4_recording_is_assembled_too() -> None:
    whole = assemble(tracks(recording(1.0, container="mp4", video="libx264", sound="aac")))
    assert whole.content_type == "video/mp4"
    assert media.decode_sound(tracks(whole.data)).present
