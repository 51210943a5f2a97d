"""Which files of a folder are recordings."""

from pathlib import Path

import pytest

from appliance.evaluation.errors import BadInput
from appliance.evaluation.recordings import find


def test_recordings_are_found_below_the_folder_in_order(tmp_path: Path) -> None:
    names = ["b.WAV", "a.flac", "面试/第一题.webm", 'it\'s "so".ogg', "two\nlines.mp3", "sp ace/x.m4a"]
    for name in [*names, "notes.txt", ".hidden.wav", ".cache/c.wav", "manifest.csv"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [recording.name for recording in find(tmp_path)] == sorted(names)


def test_a_folder_named_like_a_recording_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x.wav").mkdir()
    (tmp_path / "x.wav" / "inner.wav").touch()
    assert [recording.name for recording in find(tmp_path)] == ["x.wav/inner.wav"]


def test_a_name_that_is_no_utf8_is_shown_in_a_way_that_json_can_carry(tmp_path: Path) -> None:
    Path(str(tmp_path), b"caf\xe9.wav".decode("utf-8", "surrogateescape")).touch()
    (recording,) = find(tmp_path)
    assert recording.name == "caf\\xe9.wav"
    assert recording.path.exists()


def test_no_folder_and_an_empty_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder .*nowhere"):
        find(tmp_path / "nowhere")
    (tmp_path / "a.wav").touch()
    with pytest.raises(BadInput, match=r"no folder .*a\.wav"):
        find(tmp_path / "a.wav")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no recordings"):
        find(tmp_path / "empty")
