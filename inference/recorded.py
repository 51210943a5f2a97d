"""Replays recordings made from the real servers, for tests that run without them.

A recording is found by the hash of the whole request: a request that nobody recorded is an error, never a
guess. Audio and pictures enter the hash as their own SHA-256 and are not stored; texts are, so recordings are
made of invented people only.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import structs

from inference.engines import Engines
from inference.errors import InferenceError
from inference.ports import (
    ChatRequest,
    ChatResult,
    Diarization,
    Embedding,
    Expression,
    FaceMatch,
    FaceMeshFrame,
    FrameFaces,
    MovementFrame,
    Prosody,
    SpeechSegment,
    Transcript,
)

Answer = TypeVar("Answer")


class NotRecorded(InferenceError):
    """No recording answers this request."""


class Recordings:
    """A folder with one JSON file for each request: ``<verb>/<first 24 hex digits of the hash>.json``. With
    ``live`` engines a request without a recording is asked there and recorded; with ``again`` also one whose
    recording is from before, because models or their settings have changed."""

    def __init__(self, folder: Path, live: Engines | None = None, *, again: bool = False) -> None:
        self._folder = folder
        self._live = live
        self._again = again
        self._fresh: set[Path] = set()

    def answer(
        self, verb: str, request: object, kind: type[Answer], ask: Callable[[Engines], Answer]
    ) -> Answer:
        """The recorded answer to ``verb`` with ``request`` (anything msgspec encodes, without raw media)."""
        encoded = msgspec.json.encode([verb, request], order="sorted")
        file = self._folder / verb / f"{hashlib.sha256(encoded).hexdigest()[:24]}.json"
        outdated = self._again and file not in self._fresh
        if file.exists() and not outdated:
            stored = msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
            return msgspec.json.decode(stored["answer"], type=kind)
        if self._live is None:
            raise NotRecorded(
                f"no recording of this {verb} in {file.parent}: run the test once with MUSTER_RECORD=1 to "
                f"record it from the real engines. Asked: {encoded[:300].decode(errors='replace')}"
            )
        answer = ask(self._live)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = msgspec.json.encode({"request": request, "answer": answer})
        file.write_bytes(msgspec.json.format(text, indent=1) + b"\n")
        self._fresh.add(file)
        return answer


def _hashes(media: Sequence[bytes]) -> list[str]:
    return [hashlib.sha256(one).hexdigest() for one in media]


class RecordedLlm:
    """``Llm`` from recordings. The case's ``cache_salt``, which decides what is computed again and not what is
    answered, is left out of the request: cases have new names in each test."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        return self._recordings.answer(
            "chat",
            structs.replace(request, cache_salt=""),
            ChatResult,
            lambda live: live.llm.chat(request, deadline_s=deadline_s),
        )

    def chat_many(self, requests: Sequence[ChatRequest], *, deadline_s: float) -> list[ChatResult]:
        """One after the other, so that each recording is of a request alone in the engine."""
        return [self.chat(request, deadline_s=deadline_s) for request in requests]


class RecordedEmbedder:
    """``Embedder`` from recordings, text by text."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    def embed(self, texts: Sequence[str], *, deadline_s: float) -> list[Embedding]:
        return [self._embed(text, deadline_s) for text in texts]

    def _embed(self, text: str, deadline_s: float) -> Embedding:
        return self._recordings.answer(
            "embed",
            {"text": text},
            Embedding,
            lambda live: live.embedder.embed([text], deadline_s=deadline_s)[0],
        )


class RecordedSpeech:
    """``Speech`` from recordings."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        return self._recordings.answer(
            "transcribe",
            {"pcm16": _hashes([pcm16]), "language": language},
            Transcript,
            lambda live: live.speech.transcribe(pcm16, language=language, deadline_s=deadline_s),
        )

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization:
        return self._recordings.answer(
            "diarize",
            {"pcm16": _hashes([pcm16])},
            Diarization,
            lambda live: live.speech.diarize(pcm16, deadline_s=deadline_s),
        )

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]:
        return self._recordings.answer(
            "voice_activity",
            {"pcm16": _hashes([pcm16])},
            list[SpeechSegment],
            lambda live: live.speech.voice_activity(pcm16, deadline_s=deadline_s),
        )

    def prosody(self, pcm16: bytes, *, deadline_s: float) -> Prosody:
        return self._recordings.answer(
            "prosody",
            {"pcm16": _hashes([pcm16])},
            Prosody,
            lambda live: live.speech.prosody(pcm16, deadline_s=deadline_s),
        )


class RecordedVision:
    """``Vision`` from recordings."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    def detect_faces(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FrameFaces]:
        return self._recordings.answer(
            "detect_faces",
            {"pictures": _hashes(jpegs)},
            list[FrameFaces],
            lambda live: live.vision.detect_faces(jpegs, deadline_s=deadline_s),
        )

    def face_mesh(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FaceMeshFrame]:
        return self._recordings.answer(
            "face_mesh",
            {"pictures": _hashes(jpegs)},
            list[FaceMeshFrame],
            lambda live: live.vision.face_mesh(jpegs, deadline_s=deadline_s),
        )

    def verify(self, jpeg_a: bytes, jpeg_b: bytes, *, deadline_s: float) -> FaceMatch:
        return self._recordings.answer(
            "verify",
            {"pictures": _hashes([jpeg_a, jpeg_b])},
            FaceMatch,
            lambda live: live.vision.verify(jpeg_a, jpeg_b, deadline_s=deadline_s),
        )

    def expression(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[Expression]:
        return self._recordings.answer(
            "expression",
            {"pictures": _hashes(jpegs)},
            list[Expression],
            lambda live: live.vision.expression(jpegs, deadline_s=deadline_s),
        )

    def movement(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[MovementFrame]:
        return self._recordings.answer(
            "movement",
            {"pictures": _hashes(jpegs)},
            list[MovementFrame],
            lambda live: live.vision.movement(jpegs, deadline_s=deadline_s),
        )


def replay(folder: Path, live: Engines | None = None, *, again: bool = False) -> Engines:
    """Engines that answer from ``folder``; with ``live`` they record there what is missing, with ``again`` also
    what is there."""
    recordings = Recordings(folder, live, again=again)
    return Engines(
        llm=RecordedLlm(recordings),
        speech=RecordedSpeech(recordings),
        vision=RecordedVision(recordings),
        embedder=RecordedEmbedder(recordings),
    )
