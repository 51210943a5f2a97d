"""Interrupted, changed, repeated: the finished output is the same bytes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.evaluation import diarization, outputs, patience
from tests.evaluation import media, triton
from tests.evaluation.conftest import Command
from tests.evaluation.triton import Triton

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND = (
    "import sys; from appliance.install import commands; from appliance.install.progress import Progress\n"
    "sys.exit(commands.start(sys.argv[1:], Progress()))"
)


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    folder = tmp_path / "audio"
    folder.mkdir()
    for index in range(12):
        noise = np.random.default_rng(index).integers(-9000, 9000, 1600 + index, dtype=np.int16)
        media.wav(folder / f"{index:02}.wav", noise)
    (folder / "05b.flac").write_text("no sound")
    return folder


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(8):
        media.picture(folder / f"{index}.pgm", size=(20 + index, 20))
    rows = [f"{a}.pgm,{(a * 3 + 1) % 8}.pgm" for a in (5, 2, 7, 0, 1, 5, 3, 6, 4)]
    (tmp_path / "pairs.csv").write_text("a,b\n" + "\n".join([*rows, "0.pgm,gone.pgm"]) + "\n")
    return folder


def words_for(kind: str, tmp_path: Path, out: str) -> tuple[str | Path, ...]:
    if kind == "faces":
        return (
            *("faces", "--pairs", tmp_path / "pairs.csv", "--root", tmp_path / "pictures"),
            *("--out", tmp_path / f"{out}.csv"),
        )
    return kind, "--audio", tmp_path / "audio", "--out", tmp_path / f"{out}.{kind}"


def content(path: Path) -> dict[str, bytes]:
    """The output's bytes, by file; hidden files are not the output."""
    if path.is_file():
        return {"": path.read_bytes()}
    return {file.name: file.read_bytes() for file in path.iterdir() if not file.name.startswith(".")}


def output_of(kind: str, tmp_path: Path, out: str) -> Path:
    return tmp_path / f"{out}.{'csv' if kind == 'faces' else kind}"


def finished_of(kind: str, tmp_path: Path, out: str) -> int:
    """How many items the run has noted as finished; below the line that names the run there is one for each."""
    output = output_of(kind, tmp_path, out)
    log = output / diarization.STATE if kind == "diarization" else outputs.state_beside(output)
    return max(log.read_bytes().count(b"\n") - 1, 0) if log.exists() else 0


@pytest.fixture(params=["transcripts", "diarization", "faces"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


def interrupt(
    kind: str, tmp_path: Path, server: Triton, number: signal.Signals, finished: int
) -> tuple[int, dict[str, object]]:
    """The command in a process of its own, signalled once ``finished`` items are. Answers of the server are no
    measure of that: a run has several under way before it takes the first."""
    arguments = [
        "evaluate",
        *map(str, words_for(kind, tmp_path, "twice")),
        "--run-dir",
        str(tmp_path / "run"),
    ]
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        while finished_of(kind, tmp_path, "twice") < finished and process.poll() is None:
            signal.sigtimedwait([], 0.01)
        process.send_signal(number)
        printed, _ = process.communicate(timeout=60)
    server.rest()
    summary: dict[str, object] = json.loads(printed.splitlines()[-1]) if printed else {}
    return process.returncode, summary


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_resumed_gives_the_bytes_of_one_run(
    kind: str,
    number: signal.Signals,
    server: Triton,
    evaluate: Command,
    audio: Path,
    pairs: Path,
    tmp_path: Path,
) -> None:
    once, whole, _ = evaluate(*words_for(kind, tmp_path, "once"))
    assert once == 0
    wanted = content(output_of(kind, tmp_path, "once"))
    server.delay_s = 0.1
    code, summary = interrupt(kind, tmp_path, server, number, 2)
    assert code == 128 + number
    assert summary["interrupted"] is True
    assert isinstance(summary["done"], int) and 0 < summary["done"] < whole["items"]
    partial = content(output_of(kind, tmp_path, "twice"))
    assert partial and partial != wanted
    if kind == "diarization":
        assert all(wanted[name] == text for name, text in partial.items())
    else:
        assert set(partial[""].split(b"\n")) < set(wanted[""].split(b"\n"))
    server.delay_s = 0.0
    asked = len(server.asked)
    code, resumed, _ = evaluate(*words_for(kind, tmp_path, "twice"))
    assert code == 0
    assert resumed["kept"] == summary["done"]
    assert len(server.asked) - asked <= whole["items"] - summary["done"]
    assert content(output_of(kind, tmp_path, "twice")) == wanted
    assert resumed["failures"] == whole["failures"]


def test_a_killed_process_leaves_what_the_next_run_completes(
    kind: str, server: Triton, evaluate: Command, audio: Path, pairs: Path, tmp_path: Path
) -> None:
    evaluate(*words_for(kind, tmp_path, "once"))
    server.delay_s = 0.05
    code, _ = interrupt(kind, tmp_path, server, signal.SIGKILL, 2)
    assert code == -signal.SIGKILL
    server.delay_s = 0.0
    assert evaluate(*words_for(kind, tmp_path, "twice"))[0] == 0
    assert content(output_of(kind, tmp_path, "twice")) == content(output_of(kind, tmp_path, "once"))


def test_a_finished_run_is_repeated_without_asking_anybody(
    kind: str, server: Triton, evaluate: Command, audio: Path, pairs: Path, tmp_path: Path
) -> None:
    evaluate(*words_for(kind, tmp_path, "once"))
    before, asked = content(output_of(kind, tmp_path, "once")), len(server.asked)
    code, summary, _ = evaluate(*words_for(kind, tmp_path, "once"))
    assert code == 0
    assert (summary["kept"], len(server.asked)) == (summary["items"], asked)
    assert summary["items_per_second"] is None
    assert content(output_of(kind, tmp_path, "once")) == before


def test_only_what_changed_is_done_again(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    words = words_for("transcripts", tmp_path, "once")
    evaluate(*words)
    before = content(output_of("transcripts", tmp_path, "once"))[""].splitlines()
    media.wav(audio / "03.wav", np.full(2000, 77, np.int16))
    media.speech(audio / "05b.flac")
    asked = len(server.asked)
    _, summary, _ = evaluate(*words)
    assert (summary["kept"], len(server.asked) - asked, summary["failed"]) == (11, 2, 0)
    after = content(output_of("transcripts", tmp_path, "once"))[""].splitlines()
    changed = [json.loads(new)["file"] for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["03.wav", "05b.flac"]


def test_other_options_or_other_models_do_everything_again(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    words = words_for("transcripts", tmp_path, "once")
    evaluate(*words)
    _, summary, _ = evaluate(*words, "--language", "zh")
    assert summary["kept"] == 0
    (tmp_path / "run" / "engines.json").unlink()
    with triton.running(tmp_path / "other", weights="cd"):
        os.replace(tmp_path / "other" / "engines.json", tmp_path / "run" / "engines.json")
        _, summary, _ = evaluate(*words, "--language", "zh")
    assert summary["kept"] == 0
    assert summary["models"]["tiny-transcribe"] == "cd" * 32


@pytest.mark.parametrize("harm", ["torn", "edited", "removed", "shuffled"])
def test_a_damaged_output_is_made_whole(
    harm: str, server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    words = words_for("transcripts", tmp_path, "once")
    evaluate(*words)
    file = output_of("transcripts", tmp_path, "once")
    wanted = file.read_bytes()
    lines = wanted.splitlines(keepends=True)
    damaged = {
        "torn": wanted[:-30],
        "edited": wanted.replace(b'"p":0.9877', b'"p":0.9999', 1),
        "removed": b"".join(lines[:4] + lines[5:]),
        "shuffled": b"".join(reversed(lines)),
    }
    file.write_bytes(damaged[harm])
    _, summary, _ = evaluate(*words)
    assert file.read_bytes() == wanted
    assert summary["kept"] == (13 if harm == "shuffled" else 12)


def test_an_rttm_of_a_recording_that_became_unreadable_goes(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    words = words_for("diarization", tmp_path, "once")
    (audio / "05b.flac").unlink()
    evaluate(*words)
    (audio / "03.wav").write_text("not any more")
    _, summary, _ = evaluate(*words)
    assert summary["kept"] == 11
    assert not (output_of("diarization", tmp_path, "once") / "03.rttm").exists()


def test_two_commands_do_not_write_one_output(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    import fcntl

    words = words_for("transcripts", tmp_path, "once")
    with (tmp_path / ".once.transcripts.state.jsonl").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, said = evaluate(*words)
    assert code == 2
    assert "Another evaluation is writing here" in said


def test_the_hidden_file_holds_nothing_that_was_said(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    evaluate(*words_for("transcripts", tmp_path, "once"))
    hidden = (tmp_path / ".once.transcripts.state.jsonl").read_text()
    said = json.loads(output_of("transcripts", tmp_path, "once").read_text().splitlines()[0])["text"]
    assert said and not any(word in hidden for word in triton.WORDS)


def test_a_full_queue_and_a_restart_are_waited_for(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSES_S", (0.01, 0.01, 0.01))
    server.troubles = [(429, {"Retry-After": "0"}), (503, {}), (503, {}), (429, {"Retry-After": "0"})]
    code, summary, _ = evaluate(*words_for("transcripts", tmp_path, "once"))
    assert (code, summary["failed"]) == (0, 1)


def test_engines_that_are_gone_end_the_run_and_the_next_one_goes_on(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSES_S", (0.01,))
    evaluate(*words_for("transcripts", tmp_path, "once"))
    server.troubles = [(503, {})] * 500
    code, summary, said = evaluate(*words_for("transcripts", tmp_path, "twice"))
    assert code == 1
    assert "no engine answered for 3 items in a row" in summary["stopped"]
    assert summary["done"] < summary["items"]
    server.troubles = []
    code, summary, _ = evaluate(*words_for("transcripts", tmp_path, "twice"))
    assert (code, summary["kept"], summary["failed"]) == (0, 0, 1)
    both = [content(output_of("transcripts", tmp_path, name)) for name in ("once", "twice")]
    assert both[0] == both[1]


def test_as_many_are_in_flight_as_the_model_has_instances_and_one_more(
    server: Triton, evaluate: Command, audio: Path, tmp_path: Path
) -> None:
    server.delay_s = 0.05
    evaluate(*words_for("diarization", tmp_path, "once"))
    assert server.most_at_once == 2


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_told_and_the_next_run_completes(
    kind: str, server: Triton, evaluate: Command, audio: Path, pairs: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    try:
        (disk / "filler").write_bytes(bytes(15 * 4096 - 4096 * (kind == "diarization")))
        words = words_for(kind, tmp_path, "disk/once")
        code, _, said = evaluate(*words)
        assert code == 1
        assert "No space left" in said and "run the same command again" in said
        (disk / "filler").unlink()
        assert evaluate(*words)[0] == 0
        evaluate(*words_for(kind, tmp_path, "roomy"))
        assert content(output_of(kind, tmp_path, "disk/once")) == content(output_of(kind, tmp_path, "roomy"))
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
