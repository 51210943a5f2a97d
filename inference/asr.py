"""Speech recognition over any OpenAI-compatible server (Whisper in vLLM), beside Triton's other ears.

What vLLM 0.32 leaves out is made up for openly. Its ``verbose_json`` has segments with times and a mean log
probability, and never fills ``words``; other servers do. Where only segments come, the words share their
segment's time by length, and the transcript says ``word_times="interpolated"``: good enough to find a passage in
the recording, not to measure pauses.
"""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import httpx
import msgspec
from msgspec import Struct

from inference import pcm
from inference.accounting import Accounting, Usage
from inference.errors import InferenceUnavailable
from inference.gate import Deadline
from inference.ports import Diarization, Prosody, Speech, SpeechSegment, Transcript, Word
from inference.profile import AsrProfile
from inference.provenance import ModelIdentity
from inference.replicas import Answer, Call, Replicas

ENGINE = "the speech recogniser"

# Letters and digits of a spaced script stay together; each character of Chinese and Japanese is a word. Marks
# that follow belong to the word.
_WORDS = re.compile(r"(?:[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+)\s*")


class _Word(Struct):
    word: str
    start: float
    end: float


class _Segment(Struct):
    start: float
    end: float
    text: str
    avg_logprob: float


class _Verbose(Struct):
    text: str
    duration: float | str
    language: str | None = None
    words: list[_Word] | None = None
    segments: list[_Segment] | None = None


class VllmRecogniser:
    """Transcripts from one or several replicas."""

    def __init__(
        self,
        profile: AsrProfile,
        addresses: Sequence[str],
        identity: ModelIdentity,
        accounting: Accounting | None = None,
    ) -> None:
        self._profile = profile
        self._identity = identity
        self._replicas = Replicas(
            ENGINE, addresses, admit=profile.admit, queue=profile.queue, accounting=accounting
        )

    def close(self) -> None:
        """Ends the calls under way and the connections."""
        self._replicas.close()

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        """As ``Speech.transcribe``."""
        deadline = Deadline(deadline_s)
        seconds = pcm.duration_s(pcm16, self._profile.max_audio_s)
        form: dict[str, str | list[str]] = {
            "model": self._profile.model,
            "response_format": "verbose_json",
            "timestamp_granularities[]": ["word", "segment"],
            "temperature": "0",
        }
        if language is not None:
            form["language"] = language
        content, headers = _multipart(form, pcm.wav(pcm16))
        call = Call(
            verb="transcribe",
            engine=ENGINE,
            path="/v1/audio/transcriptions",
            content=content,
            headers=headers,
            read=lambda answer: (self._transcript(answer, language), Usage()),
            model=self._identity,
            # Greedy decoding of the same sound gives the same words and changes nothing in the engine.
            repeatable=True,
            audio_s=seconds,
        )
        return self._replicas.ask(call, deadline)

    def _transcript(self, answer: Answer, asked: str | None) -> Transcript:
        try:
            heard = msgspec.json.decode(answer.content, type=_Verbose)
            duration_s = float(heard.duration)
        except (msgspec.DecodeError, ValueError) as error:
            raise InferenceUnavailable(f"{ENGINE} answered with something else ({error})") from error
        if heard.segments is None:
            raise InferenceUnavailable(f"{ENGINE} gives no segments: it must serve verbose_json")
        language = heard.language or asked
        if language is None:
            raise InferenceUnavailable(f"{ENGINE} does not say which language it detected")
        return Transcript(
            language=language,
            text=heard.text.strip(),
            words=_timed(heard.words, heard.segments) if heard.words else _interpolated(heard.segments),
            duration_s=duration_s,
            seconds=answer.seconds,
            model=self._identity.name,
            model_sha256=self._identity.sha256,
            word_times="measured" if heard.words else "interpolated",
        )


class SpeechWithRecogniser:
    """``Speech`` of which a recogniser writes the transcripts and ``others`` does the rest."""

    def __init__(self, recogniser: VllmRecogniser, others: Speech) -> None:
        self._recogniser = recogniser
        self._others = others

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        return self._recogniser.transcribe(pcm16, language=language, deadline_s=deadline_s)

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization:
        return self._others.diarize(pcm16, deadline_s=deadline_s)

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]:
        return self._others.voice_activity(pcm16, deadline_s=deadline_s)

    def prosody(self, pcm16: bytes, *, deadline_s: float) -> Prosody:
        return self._others.prosody(pcm16, deadline_s=deadline_s)


def _multipart(form: dict[str, str | list[str]], wav: bytes) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of a form with the recording, made in memory."""
    files = {"file": ("answer.wav", wav, "audio/wav")}
    request = httpx.Request("POST", "http://engine", data=form, files=files)
    return request.read(), {"Content-Type": request.headers["Content-Type"]}


def _timed(words: Sequence[_Word], segments: Sequence[_Segment]) -> list[Word]:
    """The recogniser's own times; the probability is that of the segment around (the last that began before
    the word's middle), as the protocol has none for words."""
    timed = []
    for word in words:
        middle = (word.start + word.end) / 2
        begun = [segment for segment in segments if segment.start <= middle] or list(segments[:1])
        if not begun:
            raise InferenceUnavailable(f"{ENGINE} gives words without segments and so no probabilities")
        timed.append(Word(word.word.strip(), word.start, word.end, _probability(begun[-1])))
    return timed


def _interpolated(segments: Sequence[_Segment]) -> list[Word]:
    """The words of each segment, which share its time by their number of characters."""
    words: list[Word] = []
    for segment in segments:
        pieces = _WORDS.findall(segment.text)
        lengths = [len(piece.strip()) for piece in pieces]
        so_far = [sum(lengths[:count]) for count in range(len(lengths) + 1)]
        scale = (segment.end - segment.start) / max(1, so_far[-1])
        for piece, (first, last) in zip(pieces, pairwise(so_far), strict=True):
            start_s, end_s = segment.start + first * scale, segment.start + last * scale
            words.append(Word(piece.strip(), round(start_s, 3), round(end_s, 3), _probability(segment)))
    return words


def _probability(segment: _Segment) -> float:
    return min(1.0, math.exp(segment.avg_logprob))
