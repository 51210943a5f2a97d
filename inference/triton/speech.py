"""The speech port over Triton."""

import time
from collections.abc import Mapping

import msgspec
import numpy as np

from inference import pcm
from inference.gate import Deadline
from inference.ports import (
    Diarization,
    Pause,
    Prosody,
    SpeakerTurn,
    SpeechSegment,
    Transcript,
    Word,
)
from inference.provenance import ModelIdentity
from inference.triton.client import TritonClient
from inference.triton.wire import Tensor

MAX_AUDIO_S = 4 * 3600.0
"""Longer recordings are refused: no interview answer is, and memory grows with the length."""


class _Transcribed(msgspec.Struct):
    language: str
    text: str
    words: list[Word]
    duration_s: float


class _Diarized(msgspec.Struct):
    turns: list[SpeakerTurn]
    duration_s: float


class _Measured(msgspec.Struct):
    speech_rate_syllables_per_s: float | None
    pauses: list[Pause]
    longest_pause_s: float
    pause_share: float
    pitch_median_hz: float | None
    pitch_range_semitones: float | None
    loudness_dbfs_median: float | None
    duration_s: float


class TritonSpeech:
    """``Speech`` answered by the models transcribe, diarize, vad and prosody."""

    def __init__(self, client: TritonClient, identities: Mapping[str, ModelIdentity]) -> None:
        self._client = client
        self._identities = identities

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        deadline, started = Deadline(deadline_s), time.monotonic()
        parameters = {"language": language} if language else {}
        heard = self._client.ask("transcribe", _samples(pcm16), _Transcribed, deadline, parameters)
        identity = self._identities["transcribe"]
        return Transcript(
            **msgspec.structs.asdict(heard),
            seconds=time.monotonic() - started,
            model=identity.name,
            model_sha256=identity.sha256,
        )

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization:
        deadline, started = Deadline(deadline_s), time.monotonic()
        heard = self._client.ask("diarize", _samples(pcm16), _Diarized, deadline)
        identity = self._identities["diarize"]
        return Diarization(
            turns=heard.turns,
            speakers=len({turn.speaker for turn in heard.turns}),
            duration_s=heard.duration_s,
            seconds=time.monotonic() - started,
            model=identity.name,
            model_sha256=identity.sha256,
        )

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]:
        return self._client.ask("vad", _samples(pcm16), list[SpeechSegment], Deadline(deadline_s))

    def prosody(self, pcm16: bytes, *, deadline_s: float) -> Prosody:
        deadline, started = Deadline(deadline_s), time.monotonic()
        measured = self._client.ask("prosody", _samples(pcm16), _Measured, deadline)
        return Prosody(**msgspec.structs.asdict(measured), seconds=time.monotonic() - started)


def _samples(pcm16: bytes) -> dict[str, Tensor]:
    """The audio models' input; refuses what is no mono 16-bit audio of a sensible length."""
    pcm.duration_s(pcm16, MAX_AUDIO_S)
    return {"PCM16": np.frombuffer(pcm16, dtype="<i2")}
