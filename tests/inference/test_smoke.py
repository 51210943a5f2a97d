"""The known answers see that a model is broken. Models that answer badly stand for broken ones here; that the
real ones pass is tested with the real engines."""

from collections.abc import Sequence
from typing import cast

import msgspec
import pytest

from inference import known, smoke
from inference.engines import Unavailable
from inference.errors import InferenceInvalid
from inference.ports import (
    ChatRequest,
    ChatResult,
    Diarization,
    FaceBox,
    FaceMatch,
    FrameFaces,
    MovementFrame,
    SpeakerTurn,
    SpeechSegment,
    TokenAlternative,
    Transcript,
    Word,
)
from inference.triton.client import TritonClient

ALTERNATIVES = {"5": -0.1, "6": -3.0, "4": -3.5, "3": -5.0, "2": -6.0}


class Models(Unavailable):
    """Right answers, of which a test spoils one."""

    digit = "5"
    alternatives = ALTERNATIVES
    words_at_s = known.SPOKEN_AT_S
    late_s = 2.0
    voices = (0, 0, 1, 1)
    distances = (0.0, 0.03, 0.12)
    upper_body = (0.0, 0.0, 0.3, 0.0)
    middle = known.FACE_MIDDLE
    nobody_is_refused = True

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        first = [TokenAlternative(token, logprob) for token, logprob in self.alternatives.items()]
        return ChatResult(
            text=self.digit,
            first_token=first,
            prompt_tokens=20,
            completion_tokens=1,
            seconds=0.1,
            model="toy",
            model_sha256="00",
            engine="toy",
        )

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]:
        return [SpeechSegment(0.0, len(pcm16) / 32_000)]

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        heard = self.words_at_s if len(pcm16) > len(known.tone(2)) else {}
        words = [
            Word(word, at_s + self.late_s, at_s + self.late_s + 0.2, 0.9) for word, at_s in heard.items()
        ]
        return Transcript(
            language="en",
            text=" ".join(heard),
            words=words,
            duration_s=len(pcm16) / 32_000,
            seconds=0.1,
            model="toy",
            model_sha256="00",
        )

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization:
        length_s = len(pcm16) / 32_000
        parts = self.voices if length_s > 10 else self.voices[:2]
        cuts = (0.0, 3.4, 7.4, 13.0, length_s) if len(parts) == 4 else (0.0, 3.4, length_s)
        turns = [SpeakerTurn(voice, *cuts[place : place + 2]) for place, voice in enumerate(parts)]
        return Diarization(
            turns=turns,
            speakers=len(set(parts)),
            duration_s=length_s,
            seconds=0.1,
            model="toy",
            model_sha256="00",
        )

    def detect_faces(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FrameFaces]:
        x, y = self.middle
        return [FrameFaces([FaceBox(x - 0.1, y - 0.1, 0.2, 0.2, 0.9)]), FrameFaces([])]

    def verify(self, jpeg_a: bytes, jpeg_b: bytes, *, deadline_s: float) -> FaceMatch:
        near = known.close_up(FACE)
        others = {near: 0, known.stretched(near): 1, known.solarized(near): 2}
        if jpeg_b not in others and self.nobody_is_refused:
            raise InferenceInvalid("no face was found in the first picture")
        distance = self.distances[others.get(jpeg_b, 0)]
        return FaceMatch(
            distance=distance, threshold=0.07, same=distance <= 0.07, model="toy", model_sha256="00"
        )

    def movement(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[MovementFrame]:
        return [
            MovementFrame(present=place < 3, upper_body=moved) for place, moved in enumerate(self.upper_body)
        ]


FACE = known.black_picture(64, 64)
CHECKED = {"transcribe", "diarize", "face_detect", "face_verify", "movement"}


def checked(models: Models, name: str) -> smoke.Check:
    if name == "chat":
        (check,) = smoke.run("vLLM at toy", smoke.llm_checks(models))
        return check
    nobody = cast(TritonClient, None)
    (check,) = smoke.run("Triton at toy", smoke.triton_checks(nobody, models, models, {name}, FACE))
    return check


def spoilt(**answers: object) -> Models:
    models = Models()
    for name, answer in answers.items():
        assert hasattr(models, name)
        setattr(models, name, answer)
    return models


@pytest.fixture(autouse=True)
def pictures_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variants of a black picture would all be black."""
    monkeypatch.setattr(known, "close_up", lambda picture: b"near")
    monkeypatch.setattr(known, "stretched", lambda picture: b"stretched")
    monkeypatch.setattr(known, "solarized", lambda picture: b"solarized")


@pytest.mark.parametrize("name", ["chat", *sorted(CHECKED)])
def test_right_answers_pass(name: str) -> None:
    check = checked(Models(), name)
    assert check.missed == "" and check.compared and check.lines[0].startswith(f"✓ {name} (")


BROKEN: dict[str, tuple[str, dict[str, object], str]] = {
    "another digit": ("chat", {"digit": "6"}, "expected the digit 5, found '6'"),
    "digits that are all as likely": (
        "chat",
        {"alternatives": dict.fromkeys(ALTERNATIVES, -1.6)},
        "5 ahead by more than 0.5",
    ),
    "no alternatives": ("chat", {"alternatives": {}}, "expected five alternatives, found {}"),
    "what is no number": (
        "chat",
        {"alternatives": ALTERNATIVES | {"2": float("nan")}},
        "log probabilities",
    ),
    "a word less": (
        "transcribe",
        {"words_at_s": {"interview": 0.3, "begins": 0.7, "morning": 2.3}},
        "found 'interview begins morning'",
    ),
    "words without their place": ("transcribe", {"late_s": 0.0}, "expected 'interview' at 0.3 s"),
    "one speaker for two voices": ("diarize", {"voices": (0, 0, 0, 0)}, "expected two speakers, found 1"),
    "two speakers for one voice": ("diarize", {"voices": (0, 1, 0, 1)}, "expected one speaker, found 2"),
    "the change of speakers too late": ("diarize", {"voices": (0, 0, 0, 1)}, "found 0, 0"),
    "a box beside the face": ("face_detect", {"middle": (0.8, 0.8)}, "its middle within 0.1"),
    "the same vector for every face": ("face_verify", {"distances": (0.0, 0.0, 0.0)}, "found 0.0000"),
    "faces far from themselves": ("face_verify", {"distances": (0.5, 0.5, 0.5)}, "at distance 0"),
    "a disfigured face that is nearest": ("face_verify", {"distances": (0.0, 0.05, 0.01)}, "beyond 0.05"),
    "a distance to nobody": ("face_verify", {"nobody_is_refused": False}, "a picture without a face refused"),
    "nothing that ever moves": ("movement", {"upper_body": (0.0, 0.0, 0.0, 0.0)}, "moves by 0.05 to 2"),
    "movement in a still": ("movement", {"upper_body": (0.0, 0.4, 0.3, 0.0)}, "who keeps still, found 0.400"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_model_is_told_with_what_was_expected_and_found(broken: str) -> None:
    name, answers, words = BROKEN[broken]
    check = checked(spoilt(**answers), name)
    assert check.missed.startswith(f"{name} on ") and words in check.missed
    assert check.lines[0].startswith(f"✗ {name}") and "WRONG: " in check.lines[-1]
    with pytest.raises(smoke.WrongAnswer, match=f"known answer missed: {name} on "):
        smoke.raise_missed([checked(Models(), "chat"), check])


def test_an_engine_without_an_answer_is_told_with_its_error() -> None:
    check = checked(Models(reason="the engine is gone"), "prosody")
    assert check.compared == [] and "prosody on Triton at toy: prosody: the engine is gone" in check.missed
    assert check.lines[-1].strip().startswith("prosody: the engine is gone")


def test_a_check_is_the_same_for_a_program() -> None:
    check = checked(spoilt(digit="6"), "chat")
    told = msgspec.json.decode(msgspec.json.encode(check))
    assert told["compared"] == [{"expected": "the digit 5", "found": "'6'", "right": False}]
    assert told["seconds"] >= 0
