"""The ports: what the appliance may ask of models, whoever answers.

All methods are synchronous (callers are job worker threads) and take ``deadline_s``, the seconds the caller
is willing to wait for the whole call. They raise the errors of ``inference.errors`` and nothing else; inside the
block of an ``inference.cancellation.Cancellation`` they end with ``InferenceCancelled`` once it is cancelled.

Audio is mono signed 16-bit little-endian PCM at 16,000 samples a second; pictures are JPEG or PNG bytes.
Times are seconds from the start of the given audio; angles are degrees.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct, field

from inference.errors import (
    InferenceCancelled,
    InferenceError,
    InferenceInvalid,
    InferenceRefused,
    InferenceTimeout,
    InferenceUnavailable,
)

__all__ = [
    "SAMPLE_RATE_HZ",
    "ChatMessage",
    "ChatRequest",
    "ChatResult",
    "Diarization",
    "Embedder",
    "Embedding",
    "Expression",
    "FaceBox",
    "FaceMatch",
    "FaceMeshFrame",
    "FrameFaces",
    "InferenceCancelled",
    "InferenceError",
    "InferenceInvalid",
    "InferenceRefused",
    "InferenceTimeout",
    "InferenceUnavailable",
    "Llm",
    "MovementFrame",
    "Pause",
    "Prosody",
    "SpeakerTurn",
    "Speech",
    "SpeechSegment",
    "TokenAlternative",
    "Transcript",
    "Vision",
    "Word",
]

SAMPLE_RATE_HZ = 16_000
"""Rate of every ``pcm16`` argument."""


# --- language model ---------------------------------------------------------------------------------------


class ChatMessage(Struct, frozen=True):
    """One turn of a conversation in the OpenAI form."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatRequest(Struct, frozen=True, kw_only=True):
    """One chat completion. ``cache_salt`` marks requests of one case: their prefix cache is shared only among
    themselves (and, in a profile with replicas, they go to the same replica)."""

    messages: list[ChatMessage]
    max_tokens: int = 1
    json_schema: dict[str, object] | None = None
    top_logprobs: int = 0
    seed: int = 0
    temperature: float = 0.0
    cache_salt: str = ""


class TokenAlternative(Struct, frozen=True):
    """A candidate for one generated token; ``logprob`` is the natural logarithm of its probability."""

    token: str
    logprob: float


class ChatResult(Struct, frozen=True, kw_only=True):
    """The answer and what is needed to run it again. ``first_token`` holds the alternatives of the first
    generated token, most probable first (empty unless ``top_logprobs`` was asked for)."""

    text: str
    first_token: list[TokenAlternative]
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    model: str
    model_sha256: str
    engine: str


class Llm(Protocol):
    """A language model that answers chats, optionally as JSON of a given schema or with log probabilities."""

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult: ...

    def chat_many(self, requests: Sequence[ChatRequest], *, deadline_s: float) -> list[ChatResult]:
        """Answers in the order of ``requests``, which are sent together so that the engine batches them."""
        ...


class Embedding(Struct, frozen=True, kw_only=True):
    """A unit-length vector for one text."""

    vector: list[float]
    model: str
    model_sha256: str


class Embedder(Protocol):
    """Sentence vectors for finding evidence, in profiles that have an ``embedder``; ``eval-cpu`` has none."""

    def embed(self, texts: Sequence[str], *, deadline_s: float) -> list[Embedding]:
        """One vector for each text, in order. A text that is empty or longer than the model reads is
        ``InferenceInvalid``: a vector of its beginning would not be its own."""
        ...


# --- speech -----------------------------------------------------------------------------------------------


class Word(Struct, frozen=True):
    """A recognised word with its place in the recording and the recogniser's probability, 0 to 1."""

    text: str
    start_s: float
    end_s: float
    probability: float


class Transcript(Struct, frozen=True, kw_only=True):
    """What was said, as the recogniser wrote it, Chinese in simplified script; numbers are not normalised
    (``inference.spoken`` does that where texts are compared). ``seconds`` is the time the call took;
    ``duration_s`` the length of the recording. ``word_times`` says whether the recogniser placed each word, or
    a longer stretch whose time its words share."""

    language: str
    text: str
    words: list[Word]
    duration_s: float
    seconds: float
    model: str
    model_sha256: str
    word_times: Literal["measured", "interpolated"] = "measured"


class SpeakerTurn(Struct, frozen=True):
    """One stretch of speech by one speaker; speakers are numbered from 0 in order of appearance."""

    speaker: int
    start_s: float
    end_s: float


class Diarization(Struct, frozen=True, kw_only=True):
    """Who spoke when. ``speakers`` is the number of distinct speakers found (0 in silence)."""

    turns: list[SpeakerTurn]
    speakers: int
    duration_s: float
    seconds: float
    model: str
    model_sha256: str


class SpeechSegment(Struct, frozen=True):
    """A stretch in which somebody speaks."""

    start_s: float
    end_s: float


class Pause(Struct, frozen=True):
    """A stretch inside an answer (between first and last speech) in which nobody speaks."""

    start_s: float
    end_s: float


class Prosody(Struct, frozen=True, kw_only=True):
    """How it was said. Pauses lie between the first and the last speech; ``pause_share`` is their sum over
    that span. ``speech_rate_syllables_per_s`` counts energy peaks of voiced speech a second of speech (de
    Jong and Wempe, 2009), independent of language. Pitch and loudness are over voiced speech, ``None``
    without any. ``loudness_dbfs_median`` is RMS relative to full scale."""

    speech_rate_syllables_per_s: float | None
    pauses: list[Pause]
    longest_pause_s: float
    pause_share: float
    pitch_median_hz: float | None
    pitch_range_semitones: float | None
    loudness_dbfs_median: float | None
    duration_s: float
    seconds: float


class Speech(Protocol):
    """What can be heard."""

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        """``language`` is an ISO 639-1 code, ``None`` to let the model detect it."""
        ...

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization: ...

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]: ...

    def prosody(self, pcm16: bytes, *, deadline_s: float) -> Prosody: ...


# --- vision -----------------------------------------------------------------------------------------------


class FaceBox(Struct, frozen=True):
    """A face's rectangle relative to the picture: 0..1 from the left and the top edge."""

    x: float
    y: float
    w: float
    h: float
    confidence: float


class FrameFaces(Struct, frozen=True):
    """The faces in one picture, most confident first."""

    faces: list[FaceBox]


class FaceMeshFrame(Struct, frozen=True, kw_only=True):
    """Head and eyes in one picture. Angles: positive yaw turns the head to the picture's right, positive
    pitch raises it, positive roll tilts it clockwise as seen. Gaze is the iris' place in the eye, -1
    (picture's left, up) to 1. Where ``present`` is false all else is zero or false."""

    present: bool
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    looking_at_camera: bool = False
    eyes_closed: bool = False


class FaceMatch(Struct, frozen=True, kw_only=True):
    """Whether two pictures show the same face: ``same`` is ``distance <= threshold``."""

    distance: float
    threshold: float
    same: bool
    model: str
    model_sha256: str


class Expression(Struct, frozen=True, kw_only=True):
    """The strongest face's expression as probabilities by name. ``validated`` is false: the accuracy of the
    model is unmeasured here and every page that shows it must say so."""

    present: bool
    probabilities: dict[str, float] = field(default_factory=dict)
    validated: bool = False


class MovementFrame(Struct, frozen=True, kw_only=True):
    """Hands and upper body in one picture. ``upper_body`` is the mean displacement of shoulders, elbows and
    wrists since the picture before, ``hand`` that of the wrists alone, both in shoulder widths (0 in the
    first picture and where nobody was seen in either)."""

    present: bool
    hands: int = 0
    upper_body: float = 0.0
    hand: float = 0.0


class Vision(Protocol):
    """What can be seen. Pictures of one call are in order of time."""

    def detect_faces(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FrameFaces]: ...

    def face_mesh(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FaceMeshFrame]: ...

    def verify(self, jpeg_a: bytes, jpeg_b: bytes, *, deadline_s: float) -> FaceMatch:
        """Raises ``InferenceInvalid`` where a picture does not hold exactly one usable face."""
        ...

    def expression(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[Expression]: ...

    def movement(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[MovementFrame]: ...
