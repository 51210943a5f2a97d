"""The three commands over the wire to a server that answers by content."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from tests.evaluation import media
from tests.evaluation.conftest import Command
from tests.evaluation.triton import Triton

NAMES = ["a.wav", "面试/第一题.wav", 'sp ace/it\'s "so".wav', "two\nlines.wav", "zz.wav"]


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Five recordings of different lengths under difficult names, and things that are no recordings."""
    folder = tmp_path / "audio"
    for index, name in enumerate(NAMES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        media.wav(folder / name, (media.tone(0.2 + index / 10, 16_000) * 20_000).astype(np.int16))
    (folder / "notes.txt").write_text("no recording")
    return folder


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Six pictures of several formats."""
    folder = tmp_path / "pictures"
    (folder / "img").mkdir(parents=True)
    for index, name in enumerate(["a.jpg", "b.png", "c.pgm", "img/d.jpg", "脸 e.bmp", "f.tiff"]):
        media.picture(folder / name, size=(40 + index, 30))
    return folder


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_transcripts_have_one_line_a_recording_in_order(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    code, summary, said = evaluate("transcripts", "--audio", audio, "--language", "en", "--out", out)
    assert code == 0
    found = lines(out)
    assert [line["file"] for line in found] == sorted(NAMES)
    first = found[0]
    assert list(first)[:4] == ["file", "language", "text", "words"]
    assert first["language"] == "en" and first["text"] and first["reason"] == ""
    words = first["words"]
    assert isinstance(words, list) and [word["w"] for word in words] == str(first["text"]).split()
    assert words[1] == {"w": words[1]["w"], "start": 0.143, "end": 0.286, "p": 0.9877}
    assert first["seconds"] == 0.2
    assert (summary["items"], summary["failed"], summary["failures"]) == (5, 0, [])
    assert summary["models"]["tiny-transcribe"] == "ab" * 32
    assert summary["audio_seconds"] == pytest.approx(2.0, abs=0.001)
    assert summary["real_time_factor"] > 0 and summary["items_per_second"] > 0
    assert "monday" not in said and "ledger" not in said


def test_what_cannot_be_heard_is_a_line_with_a_reason_and_a_failure(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    (audio / "text.wav").write_text("a letter")
    (audio / "empty.webm").touch()
    media.wav(audio / "silence.wav", np.zeros(16_000, np.int16))
    out = tmp_path / "out.jsonl"
    code, summary, _ = evaluate("transcripts", "--audio", audio, "--out", out)
    assert code == 0
    by_name = {line["file"]: line for line in lines(out)}
    assert by_name["text.wav"]["text"] is None and "no WAV" in str(by_name["text.wav"]["reason"])
    assert by_name["silence.wav"]["text"] == "" and by_name["silence.wav"]["reason"] == ""
    assert [failure["file"] for failure in summary["failures"]] == ["empty.webm", "text.wav"]
    assert summary["failed"] == 2


def test_error_rates_come_with_a_reference(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    evaluate("transcripts", "--audio", audio, "--language", "en", "--out", out)
    heard = {str(line["file"]): str(line["text"]) for line in lines(out)}
    reference = tmp_path / "reference.csv"
    with reference.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["speaker", "file", "text"])
        writer.writerow(["s", "a.wav", heard["a.wav"].upper()])
        writer.writerow(["s", "zz.wav", " ".join([*heard["zz.wav"].split()[:-1], "otherwise", "said"])])
    code, summary, _ = evaluate(
        "transcripts", "--audio", audio, "--language", "en", "--out", out, "--reference", reference
    )
    assert code == 0
    assert (summary["substitutions"], summary["deletions"], summary["insertions"]) == (1, 1, 0)
    assert summary["error_rate"] == round(2 / 13, 5)
    assert summary["without_reference"] == 3
    assert summary["kept"] == 5


def test_diarization_writes_one_rttm_a_recording_and_an_empty_one_for_silence(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    media.wav(audio / "silence.wav", np.zeros(16_000, np.int16))
    (audio / "text.wav").write_text("a letter")
    out = tmp_path / "turns"
    code, summary, _ = evaluate("diarization", "--audio", audio, "--out", out)
    assert code == 0
    assert (out / "silence.rttm").read_text() == ""
    assert (out / "a.rttm").read_text() == (
        "SPEAKER a 1 0.000 0.100 <NA> <NA> speaker0 <NA> <NA>\n"
        "SPEAKER a 1 0.100 0.100 <NA> <NA> speaker1 <NA> <NA>\n"
    )
    assert (out / "第一题.rttm").exists()
    assert "SPEAKER two_lines 1 " in (out / "two_lines.rttm").read_text()
    assert not (out / "text.rttm").exists(), "an empty file would say that nobody speaks"
    assert [failure["file"] for failure in summary["failures"]] == ["text.wav"]


def test_two_recordings_of_one_name_cannot_share_an_rttm(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    media.wav(audio / "面试" / "a.wav", np.ones(1600, np.int16))
    code, _, said = evaluate("diarization", "--audio", audio, "--out", tmp_path / "turns")
    assert code == 2
    assert "a.wav" in said and "面试/a.wav" in said


def test_faces_have_one_row_a_pair_in_the_files_order(
    server: Triton, evaluate: Command, faces: Path, tmp_path: Path
) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        "file_x,file_y,Decision\nb.png,a.jpg,Yes\na.jpg,b.png,Yes\nd.jpg,c.pgm,No\n脸 e.bmp,f.tiff,No\n"
        "b.png,a.jpg,Yes\nmissing.jpg,a.jpg,Yes\n"
    )
    out = tmp_path / "out.csv"
    code, summary, _ = evaluate("faces", "--pairs", pairs, "--root", faces, "--out", out)
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text(), newline="")))
    assert [row["a"] for row in rows] == ["b.png", "a.jpg", "d.jpg", "脸 e.bmp", "b.png", "missing.jpg"]
    assert rows[0] == rows[4] and rows[0]["distance"] == rows[1]["distance"]
    for row in rows[:5]:
        assert row["same"] == ("1" if float(row["distance"]) <= 0.07 else "0")
        assert row["threshold"] == "0.070000" and row["reason"] == ""
    assert (rows[5]["distance"], rows[5]["same"]) == ("", "")
    assert "missing.jpg: it cannot be opened" in rows[5]["reason"]
    assert server.asked == ["face_verify"] * 4, "a pair that is listed twice is compared once"
    assert (summary["items"], summary["rows"], summary["labelled"]) == (5, 6, 5)
    assert summary["labelled_not_compared"] == 1
    assert {"accuracy", "far", "frr", "auc"} <= summary.keys()
    assert summary["failures"][0]["file"] == "missing.jpg,a.jpg"
    assert "audio_seconds" not in summary


def test_nothing_but_failures_ends_with_1(server: Triton, evaluate: Command, tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "a.wav").touch()
    code, summary, _ = evaluate("transcripts", "--audio", tmp_path / "audio", "--out", tmp_path / "o.jsonl")
    assert code == 1
    assert summary["failed"] == summary["items"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("transcripts", "--audio", "nowhere", "--out", "o.jsonl"), "no folder nowhere"),
        (("transcripts", "--audio", "none", "--out", "o.jsonl"), "holds no recordings"),
        (("transcripts", "--audio", "audio", "--out", "audio"), "is a folder"),
        (("transcripts", "--audio", "audio", "--out", "nowhere/o.jsonl"), "no folder nowhere"),
        (("transcripts", "--audio", "audio", "--out", "taken.txt"), "not written by this command"),
        (("transcripts", "--audio", "audio", "--out", "o.jsonl", "--reference", "taken.txt"), "line 1"),
        (("transcripts", "--audio", "audio", "--out", "o.jsonl", "--language", "xx"), "language"),
        (("diarization", "--audio", "audio", "--out", "taken.txt"), "cannot be made a folder"),
        (("diarization", "--audio", "audio", "--out", "o", "--reference", "taken.txt"), "no SPEAKER"),
        (("diarization", "--audio", "audio", "--out", "occupied"), "not written by this command"),
        (("faces", "--pairs", "nowhere.csv", "--root", "audio", "--out", "o.csv"), "no file nowhere.csv"),
        (("faces", "--pairs", "taken.txt", "--root", "audio", "--out", "o.csv"), "taken.txt, line 2"),
    ],
)
def test_bad_input_ends_with_2_and_changes_nothing(
    words: tuple[str, ...],
    said: str,
    server: Triton,
    evaluate: Command,
    audio: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none").mkdir()
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "a.rttm").write_text("a reference, not ours")
    (tmp_path / "taken.txt").write_text("somebody's,notes\nonly one column\n")
    code, summary, message = evaluate(*words)
    assert code == 2
    assert said in message and summary == {}
    assert server.asked == []
    assert (tmp_path / "taken.txt").read_text().startswith("somebody's")
    assert (tmp_path / "occupied" / "a.rttm").read_text() == "a reference, not ours"


def test_an_unknown_profile_ends_with_1_and_names_those_there_are(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    code, _, said = evaluate(
        "transcripts", "--audio", audio, "--out", tmp_path / "o.jsonl", "--profile", "nosuch"
    )
    assert code == 1
    assert "eval-cpu" in said
