"""The three commands with the real models: good input, bad input, and an interruption."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psutil
import pytest
from PIL import Image

from inference import known
from tests.evaluation import media
from tests.inference.engines import RealEngines

pytestmark = [pytest.mark.inference, pytest.mark.timeout(900)]

CHECKOUT = Path(__file__).resolve().parents[2]
INSTALLER = [sys.executable, str(CHECKOUT / "installer.py"), "evaluate"]


class Ended(msgspec.Struct):
    """How a command ended."""

    code: int
    summary: dict[str, Any]
    said: str


def evaluate(*words: str | Path, run_dir: Path | None = None) -> Ended:
    """The command as a person runs it, in a process of its own."""
    command = [*INSTALLER, *map(str, words), *(["--run-dir", str(run_dir)] if run_dir else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=800)
    return Ended(
        done.returncode, json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}, done.stderr
    )


def spoken_channels(rate: int, channels: int) -> list[media.Wave]:
    """The known sentence at another rate, by linear interpolation."""
    samples = np.frombuffer(known.speech(), "<i2") / 32768
    at = np.arange(0, len(samples) - 1, 16_000 / rate)
    wave = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    return [wave] * channels


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The known sentence in many forms, and what is no speech or no sound at all."""
    folder = tmp_path_factory.mktemp("audio")
    media.speech(folder / "plain.wav")
    media.speech(folder / "quiet.wav", 0.02)
    media.speech(folder / "clipped.wav", 5.0)
    media.encode(folder / "telephone.wav", "telephone.wav", spoken_channels(8_000, 1))
    media.encode(folder / "deep stereo.wav", "deep.wav", spoken_channels(48_000, 2))
    media.encode(folder / "录音.mp4", "phone.mp4", spoken_channels(44_100, 1))
    media.encode(folder / "browser.webm", "browser.webm", spoken_channels(48_000, 1))
    cut = (folder / "browser.webm").read_bytes()
    (folder / "cut.webm").write_bytes(cut[: len(cut) * 2 // 3])
    media.wav(folder / "silence.wav", np.zeros(32_000, np.int16))
    (folder / "empty.ogg").touch()
    (folder / "text.wav").write_text("not a recording")
    return folder


def test_the_sentence_is_heard_in_every_form_and_bad_files_have_reasons(
    real_engines: RealEngines, audio: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    reference = tmp_path / "reference.csv"
    sentence = "The interview begins at nine o'clock on Monday morning."
    reference.write_text(f'file,text\nplain.wav,"{sentence}"\nbrowser.webm,"{sentence}"\n')
    words = ("--audio", audio, "--language", "en", "--out", out, "--reference", reference)
    ended = evaluate("transcripts", *words, run_dir=real_engines.run_dir)
    assert ended.code == 0, ended.said
    heard = {line["file"]: line for line in map(json.loads, out.read_text().splitlines())}
    assert list(heard) == sorted(heard)
    for name in ("plain.wav", "quiet.wav", "clipped.wav", "telephone.wav", "deep stereo.wav", "录音.mp4"):
        assert {"monday", "morning"} <= set(re.findall("[a-z]+", heard[name]["spoken"])), name
        ends = [word["end"] for word in heard[name]["words"]]
        assert ends == sorted(ends) and ends[-1] <= heard[name]["seconds"] + 0.1
    assert heard["cut.webm"]["seconds"] < heard["browser.webm"]["seconds"]
    assert "clipped" in heard["clipped.wav"]["warning"]
    assert heard["silence.wav"]["text"] == "" and heard["silence.wav"]["reason"] == ""
    assert [failure["file"] for failure in ended.summary["failures"]] == ["empty.ogg", "text.wav"]
    assert ended.summary["error_rate"] < 0.4
    assert len(ended.summary["models"]["jieba-words+silero-vad+whisper-base-ct2"]) == 64


def test_one_voice_is_one_speaker_and_silence_nobody(
    real_engines: RealEngines, audio: Path, tmp_path: Path
) -> None:
    reference = tmp_path / "reference.rttm"
    seconds = len(known.speech()) / 32_000
    reference.write_text(f"SPEAKER plain 1 0.0 {seconds:.3f} <NA> <NA> voice <NA> <NA>\n")
    out = tmp_path / "turns"
    words = ("--audio", audio, "--out", out, "--reference", reference)
    ended = evaluate("diarization", *words, run_dir=real_engines.run_dir)
    assert ended.code == 0, ended.said
    assert (out / "silence.rttm").read_bytes() == b""
    assert "SPEAKER deep_stereo 1 " in (out / "deep_stereo.rttm").read_text()
    assert not (out / "text.rttm").exists()
    labels = {line.split()[7] for line in (out / "plain.rttm").read_text().splitlines()}
    assert labels == {"speaker0"}
    summary = ended.summary
    assert (summary["scored"], summary["one_speaker_files"], summary["false_second_speaker_files"]) == (
        1,
        1,
        0,
    )
    parts = [summary[name] for name in ("missed_detection_s", "false_alarm_s", "confusion_s")]
    assert summary["diarization_error_rate"] == pytest.approx(sum(parts) / seconds, abs=1e-3)
    assert summary["diarization_error_rate"] < 0.3


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory, real_engines: RealEngines) -> Path:
    """One face in several formats, twenty of it, none, and pictures that are broken."""
    folder = tmp_path_factory.mktemp("faces")
    with Image.open(io.BytesIO(real_engines.face)) as opened:
        face = opened.convert("RGB")
    face.save(folder / "face.png")
    (folder / "face.jpg").write_bytes(media.jpeg(face))
    face.save(folder / "脸 一.bmp")
    face.convert("L").save(folder / "grey.pgm")
    small = face.resize((face.width // 2, face.height // 2))
    crowd = Image.new("RGB", (small.width * 5, small.height * 4))
    for index in range(20):
        crowd.paste(small, (index % 5 * small.width, index // 5 * small.height))
    (folder / "crowd.jpg").write_bytes(media.jpeg(crowd))
    (folder / "dark.png").write_bytes(known.black_picture())
    whole = (folder / "face.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) * 3 // 4])
    (folder / "bomb.png").write_bytes(media.claimed_png(50_000, 50_000))
    return folder


def test_one_face_is_the_same_in_every_format_and_what_holds_no_face_has_no_distance(
    real_engines: RealEngines, faces: Path, tmp_path: Path
) -> None:
    good = ["face.jpg", "grey.pgm", "脸 一.bmp"]
    bad = ["crowd.jpg", "dark.png", "cut.jpg", "bomb.png", "nowhere.png"]
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text("a,b,same\n" + "".join(f"face.png,{name},1\n" for name in good + bad))
    ended = evaluate("faces", "--pairs", pairs, "--root", faces, "--out", out, run_dir=real_engines.run_dir)
    assert ended.code == 0, ended.said
    rows = {row["b"]: row for row in csv.DictReader(io.StringIO(out.read_text(), newline=""))}
    for name in good:
        assert rows[name]["same"] == "1" and float(rows[name]["distance"]) <= float(rows[name]["threshold"])
    for name in bad[1:]:
        assert rows[name]["distance"] == "" and rows[name]["same"] == "" and rows[name]["reason"]
    assert "truncated" in rows["cut.jpg"]["reason"] and "pixels" in rows["bomb.png"]["reason"]
    crowd = rows["crowd.jpg"]
    assert crowd["reason"] or crowd["same"] == "1", "twenty times the same face: refused, or recognised"
    assert ended.summary["frr"] == 0.0 and ended.summary["labelled_not_compared"] >= 4


def test_its_own_engines_are_stopped_on_ctrl_c_and_the_rest_is_done_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice from cold, in a temporary folder by which every process of the engines can be told."""
    audio, own = tmp_path / "audio", tmp_path / "own"
    audio.mkdir()
    own.mkdir()
    for index in range(30):
        media.speech(audio / f"{index:02}.wav", 0.3 + index / 40)
    monkeypatch.setenv("TMPDIR", str(own))
    words = ("diarization", "--audio", audio, "--out", tmp_path / "turns")
    with subprocess.Popen(
        [*INSTALLER, *map(str, words), "--run-dir", str(tmp_path / "none")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        while process.poll() is None and len(list((tmp_path / "turns").glob("*.rttm"))) < 3:
            time.sleep(0.05)
        assert of_folder(own), "the engines run out of the temporary folder"
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=120)
    summary = json.loads(printed)
    assert process.returncode == 130 and summary["interrupted"] is True
    assert 3 <= summary["done"] < 30
    assert of_folder(own) == [] and os.listdir(own) == []
    ended = evaluate(*words, run_dir=tmp_path / "none")
    assert (ended.code, ended.summary["kept"]) == (0, summary["done"]), ended.said
    assert len(list((tmp_path / "turns").glob("*.rttm"))) == 30
    assert of_folder(own) == []


def of_folder(folder: Path) -> list[str]:
    """Processes whose command names the folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if str(folder) in command:
            found.append(command)
    return found
