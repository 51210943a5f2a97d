"""``evaluate transcripts``: what is said in each recording, with word times, one JSON object a line."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from appliance.evaluation import decoding, outputs, recordings, references
from appliance.evaluation.evaluation import Evaluation
from appliance.evaluation.hashing import hash_all
from appliance.evaluation.patience import ask
from appliance.evaluation.running import Result
from inference.engines import Engines
from inference.ports import Speech, Transcript

Normalise = Callable[[str, str], str]
"""(text, language) to the form in which words are compared."""


class HeardWord(Struct, frozen=True):
    """``w`` the word, ``start`` and ``end`` in seconds, ``p`` the recogniser's probability."""

    w: str
    start: float
    end: float
    p: float


class Line(Struct, frozen=True, kw_only=True):
    """One line of the output. ``language`` and ``text`` are null, with the ``reason``, where there is none;
    a recording in which nobody speaks has an empty text and no reason. ``seconds`` is its length."""

    file: str
    language: str | None = None
    text: str | None = None
    words: list[HeardWord] = []
    spoken: str | None = None
    seconds: float | None = None
    warning: str = ""
    reason: str = ""


class Transcribing:
    """The work on one recording."""

    def __init__(
        self, speech: Speech, files: Mapping[str, Path], language: str | None, normalise: Normalise
    ) -> None:
        self._speech = speech
        self._files = files
        self._language = language
        self._normalise = normalise

    def do(self, key: str, stop: threading.Event) -> Result:
        sound = decoding.decode(self._files[key])
        heard = ask(lambda: self._transcribe(sound), stop)
        line = Line(
            file=key,
            language=heard.language,
            text=heard.text,
            words=[
                HeardWord(word.text, round(word.start_s, 3), round(word.end_s, 3), round(word.probability, 4))
                for word in heard.words
            ],
            spoken=self._normalise(heard.text, heard.language),
            seconds=round(sound.seconds, 3),
            warning=sound.warning,
        )
        return Result(text_of(line), seconds=sound.seconds)

    def _transcribe(self, sound: decoding.Sound) -> Transcript:
        return self._speech.transcribe(
            sound.pcm16, language=self._language, deadline_s=deadline_s(sound.seconds)
        )

    def failed(self, key: str, reason: str) -> str:
        return text_of(Line(file=key, reason=reason))


def deadline_s(seconds: float) -> float:
    """Patience with a recording of this length, on a slow machine and behind others."""
    return 300.0 + 8 * seconds


def text_of(line: Line) -> str:
    """The line as the output has it."""
    return msgspec.json.encode(line).decode() + "\n"


def split(text: str) -> Iterator[tuple[str, str]]:
    """(file, line) of every whole line that is one of ours."""
    for line in text.split("\n"):  # not splitlines: names may hold other line separators
        try:
            yield msgspec.json.decode(line, type=Line).file, f"{line}\n"
        except msgspec.DecodeError:
            continue


def plan(
    *, audio: Path, out: Path, language: str | None, reference: Path | None, normalise: Normalise
) -> Evaluation:
    """Checks everything that can be checked before an engine is needed; raises ``BadInput``."""
    files = {recording.name: recording.path for recording in recordings.find(audio)}
    outputs.check_file(out)
    spoken = references.read_transcripts(reference) if reference else None

    def work(engines: Engines) -> Transcribing:
        return Transcribing(engines.speech, files, language, normalise)

    def figures(texts: Mapping[str, str]) -> dict[str, object]:
        if spoken is None:
            return {}
        lines = [msgspec.json.decode(text, type=Line) for text in texts.values()]
        heard = {line.file: line.text for line in lines}
        return references.score_transcripts(heard, spoken, language, normalise)

    return Evaluation(
        name="transcripts",
        model="transcribe",
        models=("transcribe", "vad"),
        options={"language": language or ""},
        tasks=lambda: hash_all(files),
        output=outputs.LineFile(out, split),
        state=outputs.state_beside(out),
        work=work,
        figures=figures,
    )
