"""``evaluate diarization``: who speaks when in each recording, one RTTM file each."""

import json
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from appliance.evaluation import decoding, diarization_error, outputs, recordings, rttm
from appliance.evaluation.errors import BadInput
from appliance.evaluation.evaluation import Evaluation
from appliance.evaluation.hashing import hash_all
from appliance.evaluation.patience import ask
from appliance.evaluation.running import Result
from appliance.evaluation.transcripts import deadline_s
from appliance.install import environments
from appliance.install.errors import SetupError
from inference.engines import Engines
from inference.ports import Speech

STATE = ".diarization.state.jsonl"
"""Inside the folder of the results."""


class Diarizing:
    """The work on one recording. One that cannot be read has no RTTM file: an empty one says that nobody speaks."""

    def __init__(self, speech: Speech, files: Mapping[str, Path]) -> None:
        self._speech = speech
        self._files = files

    def do(self, key: str, stop: threading.Event) -> Result:
        path = self._files[key]
        sound = decoding.decode(path)
        found = ask(
            lambda: self._speech.diarize(sound.pcm16, deadline_s=deadline_s(sound.seconds)),
            stop,
        )
        return Result(rttm.render(uri_of(key), found.turns), seconds=sound.seconds)

    def failed(self, key: str, reason: str) -> None:
        return None


def uri_of(name: str) -> str:
    """The recording's name in RTTM."""
    return rttm.uri(Path(name).stem)


def places(names: list[str], out: Path) -> dict[str, Path]:
    """Where each recording's RTTM goes; :class:`BadInput` where two would have the same name."""
    taken: dict[str, str] = {}
    for name in names:
        other = taken.setdefault(uri_of(name), name)
        if other != name:
            raise BadInput(
                f"{other!r} and {name!r} would both be {uri_of(name)}.rttm. Give every recording a name of its "
                "own, or evaluate their folders one by one."
            )
    return {name: out / f"{uri_of(name)}.rttm" for name in names}


def plan(*, audio: Path, out: Path, reference: Path | None) -> Evaluation:
    """Checks everything that can be checked before an engine is needed; raises ``BadInput``."""
    files = {recording.name: recording.path for recording in recordings.find(audio)}
    targets = places(list(files), out)
    said = rttm.read(reference) if reference else None
    outputs.make_folder(out)

    def work(engines: Engines) -> Diarizing:
        return Diarizing(engines.speech, files)

    def figures(texts: Mapping[str, str]) -> dict[str, object]:
        if said is None:
            return {}
        found = {uri_of(name): rttm.parse(text, name).get(uri_of(name), []) for name, text in texts.items()}
        return score(found, said)

    return Evaluation(
        name="diarization",
        model="diarize",
        models=("diarize", "vad"),
        options={},
        tasks=lambda: hash_all(files),
        output=outputs.FileEach(targets),
        state=out / STATE,
        work=work,
        figures=figures,
        environments=("speech",) if said else (),
    )


def score(found: Mapping[str, rttm.Turns], said: Mapping[str, rttm.Turns]) -> dict[str, object]:
    """Errors over the recordings that have both a reference and a result, and how many recordings of one speaker
    were given a second."""
    both = sorted(found.keys() & said.keys())
    alone = [name for name in both if _speakers(said[name]) == 1]
    doubled = [name for name in alone if _speakers(found[name]) > 1]
    figures: dict[str, object] = {
        "scored": len(both),
        "without_reference": len(found.keys() - said.keys()),
        "one_speaker_files": len(alone),
        "false_second_speaker_files": len(doubled),
        "false_second_speaker_share": round(len(doubled) / len(alone), 5) if alone else None,
    }
    return figures | (_errors(found, said, both) if both else {"diarization_error_rate": None})


def _speakers(turns: rttm.Turns) -> int:
    return len({label for _, _, label in turns})


def _errors(
    found: Mapping[str, rttm.Turns], said: Mapping[str, rttm.Turns], names: list[str]
) -> dict[str, object]:
    given = {
        "reference": {name: said[name] for name in names},
        "found": {name: found[name] for name in names},
    }
    command = [str(environments.python("speech")), "-I", str(diarization_error.__file__)]
    # In a session of its own, so that Ctrl-C reaches this process alone, which then waits for a few seconds.
    asked = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, check=False, start_new_session=True
    )
    if asked.returncode != 0:
        raise SetupError(f"pyannote.metrics could not compare the results:\n{asked.stderr[-2000:]}")
    seconds: dict[str, float] = json.loads(asked.stdout)
    total = seconds.pop("total")
    kinds = {f"{kind.replace(' ', '_')}_s": round(value, 3) for kind, value in seconds.items()}
    rate = round(sum(seconds.values()) / total, 5) if total else None
    return {"diarization_error_rate": rate, **kinds, "reference_speech_s": round(total, 3)}
