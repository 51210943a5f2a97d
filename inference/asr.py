"""Speech recognition over any OpenAI-compatible server (Whisper in vLLM), beside Triton's other ears.

vLLM 0.32 leaves out two things, and this adapter does not hide it.

- Its ``verbose_json`` has segments with times and a mean log probability, and never fills ``words``; other
  servers do. Where only segments come, the words share their segment's time by length, and the transcript
  says ``word_times="interpolated"``: good enough to find a passage in the recording, not to measure pauses.
- It decodes without Whisper's rules for time marks. Where the model falls into repeating itself, the server
  answers 200 and the segments of up to thirty seconds are simply missing. So the recording is cut here, where
  nobody speaks, into pieces that the server does not cut again; a piece of which speech stays without a segment
  is halved and asked again. Silence, for which Whisper makes up words, is not sent at all.
"""

import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import httpx
import msgspec
from msgspec import Struct

from inference import pcm
from inference.accounting import Accounting, Usage
from inference.errors import InferenceUnavailable
from inference.gate import Deadline
from inference.pieces import Piece, halves, pieces
from inference.ports import Diarization, Prosody, Speech, SpeechSegment, Transcript, Word
from inference.profile import AsrProfile
from inference.provenance import ModelIdentity
from inference.replicas import Answer, Call, Replicas
from inference.spoken import simplified

ENGINE = "the speech recogniser"

LOST_S = 3.0
"""Speech without a segment that is not put down to inaccurate times."""

SHORTEST_S = 5.0
"""A piece that is shorter is not halved: what the model does not hear in it is a cough."""

UNSPACED = frozenset({"zh", "yue", "ja"})
"""Languages written without spaces between words, by their codes in Whisper."""

UNDETERMINED = "und"
"""ISO 639-2's code for the language of a recording in which nobody speaks."""

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
    language: str | None = None
    words: list[_Word] | None = None
    segments: list[_Segment] | None = None


class _Heard(Struct, frozen=True):
    """What was recognised in a piece, with times in the recording."""

    piece: Piece
    language: str
    text: str
    covered: list[tuple[float, float]]
    words: list[Word]
    measured: bool
    seconds: float

    @property
    def lost_s(self) -> float:
        """Speech of which the answer has nothing."""
        return self.piece.spoken_outside(self.covered)


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

    def transcribe(
        self, pcm16: bytes, spoken: Sequence[SpeechSegment], *, language: str | None, deadline: Deadline
    ) -> Transcript:
        """As ``Speech.transcribe``, of a recording in which ``spoken`` is speech. ``seconds`` are the sum over
        its pieces."""
        duration_s = pcm.duration_s(pcm16, self._profile.max_audio_s)
        heard: list[_Heard] = []
        seconds = 0.0
        waiting = pieces(pcm16, spoken)
        while waiting:
            calls = [self._call(pcm16, piece, language) for piece in waiting]
            waiting = []
            for found in self._replicas.ask_all(calls, deadline):
                seconds += found.seconds
                if found.lost_s > LOST_S and found.piece.duration_s > SHORTEST_S:
                    waiting += halves(pcm16, found.piece)
                else:
                    heard.append(found)
        heard.sort(key=lambda found: found.piece.start_s)
        longest = max(heard, key=lambda found: len(found.text), default=None)
        spoken_language = language or (longest.language if longest else UNDETERMINED)
        shown: Callable[[str], str] = simplified if spoken_language == "zh" else str
        return Transcript(
            language=spoken_language,
            text=shown(
                ("" if spoken_language in UNSPACED else " ").join(one.text for one in heard if one.text)
            ),
            words=[
                msgspec.structs.replace(word, text=shown(word.text)) for one in heard for word in one.words
            ],
            duration_s=duration_s,
            seconds=seconds,
            model=self._identity.name,
            model_sha256=self._identity.sha256,
            word_times="measured" if all(one.measured for one in heard) else "interpolated",
        )

    def _call(self, pcm16: bytes, piece: Piece, language: str | None) -> Call[_Heard]:
        form: dict[str, str | list[str]] = {
            "model": self._profile.model,
            "response_format": "verbose_json",
            "timestamp_granularities[]": ["word", "segment"],
            "temperature": "0",
        }
        if language is not None:
            form["language"] = language
        content, headers = _multipart(form, pcm.wav(piece.of(pcm16)))
        return Call(
            verb="transcribe",
            engine=ENGINE,
            path="/v1/audio/transcriptions",
            content=content,
            headers=headers,
            read=lambda answer: (_read(answer, piece, language), Usage()),
            model=self._identity,
            # Greedy decoding of the same sound gives the same words and changes nothing in the engine.
            repeatable=True,
            audio_s=piece.duration_s,
        )


class SpeechWithRecogniser:
    """``Speech`` of which a recogniser writes the transcripts and ``others`` does the rest."""

    def __init__(self, recogniser: VllmRecogniser, others: Speech) -> None:
        self._recogniser = recogniser
        self._others = others

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        deadline = Deadline(deadline_s)
        spoken = self._others.voice_activity(pcm16, deadline_s=deadline_s)
        return self._recogniser.transcribe(pcm16, spoken, language=language, deadline=deadline)

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


def _read(answer: Answer, piece: Piece, asked: str | None) -> _Heard:
    try:
        found = msgspec.json.decode(answer.content, type=_Verbose)
    except msgspec.DecodeError as error:
        raise InferenceUnavailable(f"{ENGINE} answered with something else ({error})") from error
    if found.segments is None:
        raise InferenceUnavailable(f"{ENGINE} gives no segments: it must serve verbose_json")
    language = found.language or asked
    if language is None:
        raise InferenceUnavailable(f"{ENGINE} does not say which language it detected")
    placed = [_placed(segment, piece) for segment in found.segments]
    words = _timed(found.words, placed, piece) if found.words else _interpolated(placed)
    return _Heard(
        piece=piece,
        language=language,
        text=found.text.strip(),
        covered=sorted((segment.start, segment.end) for segment in placed),
        words=words,
        measured=bool(found.words) or not words,
        seconds=answer.seconds,
    )


def _placed(segment: _Segment, piece: Piece) -> _Segment:
    """The segment in the recording's time. Whisper reads thirty seconds whatever the length, and may end a
    segment after the end of the sound."""
    return _Segment(
        _in_recording(segment.start, piece),
        _in_recording(segment.end, piece),
        segment.text,
        segment.avg_logprob,
    )


def _in_recording(time_s: float, piece: Piece) -> float:
    return min(piece.start_s + max(0.0, time_s), piece.end_s)


def _timed(words: Sequence[_Word], placed: Sequence[_Segment], piece: Piece) -> list[Word]:
    """The recogniser's own times; the probability is that of the segment around (the last that began before
    the word's middle), as the protocol has none for words."""
    timed = []
    for word in words:
        start_s, end_s = _in_recording(word.start, piece), _in_recording(word.end, piece)
        begun = [segment for segment in placed if segment.start <= (start_s + end_s) / 2] or placed[:1]
        if not begun:
            raise InferenceUnavailable(f"{ENGINE} gives words without segments and so no probabilities")
        timed.append(Word(word.word.strip(), round(start_s, 3), round(end_s, 3), _probability(begun[-1])))
    return timed


def _interpolated(placed: Sequence[_Segment]) -> list[Word]:
    """The words of each segment, which share its time by their number of characters."""
    words: list[Word] = []
    for segment in placed:
        parts = _WORDS.findall(segment.text)
        lengths = [len(part.strip()) for part in parts]
        so_far = [sum(lengths[:count]) for count in range(len(lengths) + 1)]
        scale = (segment.end - segment.start) / max(1, so_far[-1])
        for part, (first, last) in zip(parts, pairwise(so_far), strict=True):
            start_s, end_s = segment.start + first * scale, segment.start + last * scale
            words.append(Word(part.strip(), round(start_s, 3), round(end_s, 3), _probability(segment)))
    return words


def _probability(segment: _Segment) -> float:
    return min(1.0, math.exp(segment.avg_logprob))
