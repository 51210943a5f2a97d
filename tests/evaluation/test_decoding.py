"""Any recording becomes mono PCM at 16 kHz, or says why it cannot."""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from appliance.evaluation import decoding
from appliance.evaluation.decoding import Sound, decode
from appliance.evaluation.errors import Unreadable
from inference import known
from tests.evaluation import media

LOSSY_CONTAINERS_WITHOUT_INDEX = ("phone.mp4", "phone.m4a")


def samples(sound: Sound) -> npt.NDArray[np.int16]:
    return np.frombuffer(sound.pcm16, "<i2")


def loudest_hertz(sound: Sound) -> float:
    return float(np.abs(np.fft.rfft(samples(sound).astype(float))).argmax() / sound.seconds)


def level_db(sound: Sound) -> float:
    """RMS of the inner part against full scale."""
    inner = samples(sound)[1600:-1600].astype(float) / 32768
    return float(20 * np.log10(np.sqrt((inner**2).mean()) + 1e-9))


@pytest.mark.parametrize("form", media.FORMS)
def test_every_form_keeps_its_tone_and_its_length(tmp_path: Path, form: str) -> None:
    sound = decode(media.recording(tmp_path, form))
    assert sound.seconds == pytest.approx(2.0, abs=0.08)
    assert loudest_hertz(sound) == pytest.approx(440, abs=2)
    assert sound.warning == ""


def test_pcm_at_the_right_rate_passes_bit_for_bit(tmp_path: Path) -> None:
    assert decode(media.speech(tmp_path / "a.wav")) == Sound(known.speech())


def test_channels_are_averaged_with_equal_weight(tmp_path: Path) -> None:
    pair = np.stack([np.full(16_000, 1000), np.full(16_000, -500)], axis=1).reshape(-1)
    sound = decode(media.wav(tmp_path / "stereo.wav", pair, channels=2))
    assert set(samples(sound)) == {250}


@pytest.mark.parametrize(("hertz", "least", "most"), [(7_000, -9.3, -8.9), (9_000, -200, -80)])
def test_the_resampler_keeps_speech_and_lets_nothing_alias(
    tmp_path: Path, hertz: float, least: float, most: float
) -> None:
    tone = (media.tone(2, 48_000, hertz) * 32767).astype(np.int16)
    assert least < level_db(decode(media.wav(tmp_path / "a.wav", tone, rate=48_000))) < most


@pytest.mark.parametrize(("gain", "warning"), [(0.001, "very quiet"), (40.0, "of it is clipped")])
def test_very_quiet_and_clipped_sound_is_taken_as_it_is_with_a_warning(
    tmp_path: Path, gain: float, warning: str
) -> None:
    sound = decode(media.speech(tmp_path / "a.wav", gain))
    assert 0 < abs(samples(sound).astype(int)).max() <= 32768
    assert len(sound.pcm16) == len(known.speech())
    assert warning in sound.warning


def test_silence_is_sound(tmp_path: Path) -> None:
    assert decode(media.wav(tmp_path / "a.wav", np.zeros(16_000, np.int16))) == Sound(bytes(32_000))


def test_a_float_file_with_what_is_no_number_has_silence_there(tmp_path: Path) -> None:
    tone = media.tone(1, 44_100)
    tone[1000:2000] = np.nan
    sound = decode(media.encode(tmp_path / "a.wav", "surround.wav", [tone] * 6))
    assert sound.seconds == pytest.approx(1.0, abs=0.01)
    assert 8_000 < abs(samples(sound).astype(int)).max() < 20_000


@pytest.mark.parametrize("form", [form for form in media.FORMS if form not in LOSSY_CONTAINERS_WITHOUT_INDEX])
def test_a_cut_off_file_gives_what_is_there(tmp_path: Path, form: str) -> None:
    file = media.recording(tmp_path, form)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    sound = decode(file)
    assert 0.5 < sound.seconds < 1.2
    assert loudest_hertz(sound) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("form", ["pcm.wav", "lossless.flac", "browser.webm", "studio.aiff", "surround.wav"])
def test_a_cut_off_file_that_tells_its_length_is_warned_about(tmp_path: Path, form: str) -> None:
    file = media.recording(tmp_path, form)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert "breaks off" in decode(file).warning


@pytest.mark.parametrize("form", LOSSY_CONTAINERS_WITHOUT_INDEX)
def test_an_mp4_without_its_index_is_refused(tmp_path: Path, form: str) -> None:
    file = media.recording(tmp_path, form)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(Unreadable, match="damaged"):
        decode(file)


def test_a_damaged_stretch_is_silence_and_is_warned_about(tmp_path: Path) -> None:
    file = media.recording(tmp_path, "lossless.flac", hertz=333)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    file.write_bytes(content)
    sound = decode(file)
    assert sound.seconds == pytest.approx(2.0, abs=0.1)
    assert "s without data are silence" in sound.warning


def test_packets_that_cannot_be_decoded_are_counted(tmp_path: Path) -> None:
    file = media.recording(tmp_path, "phone.mp4", seconds=4)
    content = bytearray(file.read_bytes())
    start = content.index(b"mdat") + 4
    for at in range(start + 4000, start + 12_000):
        content[at] = 0xFF
    file.write_bytes(content)
    assert "damaged packets were left out" in decode(file).warning


def test_a_hole_in_the_timestamps_is_silence(tmp_path: Path) -> None:
    whole = media.recording(tmp_path, "browser.webm", seconds=4)
    file = tmp_path / "hole.webm"
    import av

    with av.open(str(whole)) as source, av.open(str(file), "w", format="webm") as target:
        copy = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is None or packet.time_base is None:
                continue
            if not 1.0 < float(packet.dts * packet.time_base) < 3.0:
                packet.stream = copy
                target.mux(packet)
    sound = decode(file)
    assert sound.seconds == pytest.approx(4.0, abs=0.08)
    heard = abs(samples(sound).astype(int))
    assert heard[20_000:44_000].max() == 0
    assert min(heard[8_000:12_000].max(), heard[52_000:60_000].max()) > 8_000


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.wav", b"", "empty"),
        ("text.wav", b"minutes of the meeting\n" * 40, "content is no WAV"),
        ("playlist.wav", b"#EXTM3U\nfile:///etc/hostname\n", "content is no WAV"),
        ("header.wav", b"RIFF\0\0\0\0WAVE", "damaged"),
        ("ebml.webm", b"\x1a\x45\xdf\xa3" + bytes(100), "damaged"),
        ("pages.ogg", b"OggS" + bytes(60), "damaged"),
        ("stream.flac", b"fLaC" + bytes(60), "damaged"),
        ("none.mp4", b"\0\0\0\x18ftypisom" + bytes(80), "damaged"),
    ],
)
def test_what_is_no_recording_says_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        decode(tmp_path / name)


def test_a_film_without_sound_has_no_sound_track(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "film.mp4"), "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        output.mux(stream.encode(None))
    with pytest.raises(Unreadable, match="no sound track"):
        decode(tmp_path / "film.mp4")


def test_more_channels_than_can_be_read_are_refused(tmp_path: Path) -> None:
    many = np.zeros(16_000 * 16, np.int16)
    with pytest.raises(Unreadable, match="16 channels"):
        decode(media.wav(tmp_path / "a.wav", many, channels=16))


def test_a_recording_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "LONGEST_S", 3.0)
    assert decode(media.recording(tmp_path, "pcm.wav", seconds=2.9)).seconds == pytest.approx(2.9)
    with pytest.raises(Unreadable, match="longer than"):
        decode(media.recording(tmp_path, "pcm.wav", seconds=3.2))


@pytest.mark.slow
def test_three_hours_need_no_more_memory_than_their_pcm_twice(tmp_path: Path) -> None:
    """In a process of its own, whose peak is its own."""
    import subprocess
    import sys

    hours = np.zeros(3 * 3600 * 16_000, np.int16)
    media.wav(tmp_path / "long.wav", hours)
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from appliance.evaluation.decoding import decode\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "sound = decode(Path(sys.argv[1]))\n"
        "print(sound.seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    checkout = Path(__file__).resolve().parents[2]
    asked = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "long.wav")],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, kibibytes = map(float, asked.stdout.split())
    assert seconds == 3 * 3600
    assert kibibytes * 1024 < 2.4 * hours.nbytes


def test_a_folder_a_pipe_and_a_dangling_link_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "link.wav").symlink_to(tmp_path / "nowhere.wav")
    for name, reason in [
        ("folder", "no regular file"),
        ("pipe", "no regular file"),
        ("link", "No such file"),
    ]:
        with pytest.raises(Unreadable, match=reason):
            decode(tmp_path / f"{name}.wav")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    file = media.speech(tmp_path / "a.wav")
    os.seteuid(65534)
    try:
        with pytest.raises(Unreadable, match="Permission denied"):
            decode(file)
    finally:
        os.seteuid(0)
