"""Recordings answer exactly what was recorded."""

from pathlib import Path

import msgspec
import pytest

from inference.engines import Engines, Unavailable
from inference.errors import InferenceUnavailable
from inference.ports import ChatMessage, ChatRequest, ChatResult, Transcript
from inference.recorded import NotRecorded, replay

QUESTION = ChatRequest(messages=[ChatMessage("user", "One plus one?")], top_logprobs=2)


class OneAnswer(Unavailable):
    """Stands where the real server stood while the recording was made."""

    asked = 0

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        self.asked += 1
        return ChatResult(
            text="2",
            first_token=[],
            prompt_tokens=9,
            completion_tokens=1,
            seconds=0.5,
            model="m",
            model_sha256="00",
            engine="e",
        )

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        return Transcript(
            language=language or "en",
            text="hello",
            words=[],
            duration_s=1.0,
            seconds=0.1,
            model="m",
            model_sha256="00",
        )


def test_what_was_recorded_is_replayed_without_an_engine(tmp_path: Path) -> None:
    live = OneAnswer()
    recorded = replay(tmp_path, Engines(live, live, live)).llm.chat(QUESTION, deadline_s=1)
    replayed = replay(tmp_path).llm
    assert replayed.chat(QUESTION, deadline_s=1) == recorded
    assert replayed.chat_many([QUESTION, QUESTION], deadline_s=1) == [recorded, recorded]
    assert live.asked == 1


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(QUESTION, seed=1),
        msgspec.structs.replace(QUESTION, messages=[ChatMessage("user", "One plus one? ")]),
        msgspec.structs.replace(QUESTION, json_schema={"type": "object"}),
    ],
)
def test_an_unseen_request_is_an_error_that_says_how_to_record(tmp_path: Path, other: ChatRequest) -> None:
    live = OneAnswer()
    replay(tmp_path, Engines(live, live, live)).llm.chat(QUESTION, deadline_s=1)
    with pytest.raises(NotRecorded, match="MUSTER_RECORD=1"):
        replay(tmp_path).llm.chat(other, deadline_s=1)


def test_recordings_of_speech_hold_no_audio(tmp_path: Path) -> None:
    live = OneAnswer()
    pcm16 = b"\x01\x02" * 400
    replay(tmp_path, Engines(live, live, live)).speech.transcribe(pcm16, language="en", deadline_s=1)
    (file,) = (tmp_path / "transcribe").iterdir()
    assert file.stat().st_size < 600
    assert replay(tmp_path).speech.transcribe(pcm16, language="en", deadline_s=1).text == "hello"
    with pytest.raises(NotRecorded):
        replay(tmp_path).speech.transcribe(pcm16 + b"\0\0", language="en", deadline_s=1)


def test_a_failure_while_recording_is_not_recorded(tmp_path: Path) -> None:
    nobody = Unavailable()
    with pytest.raises(InferenceUnavailable):
        replay(tmp_path, Engines(nobody, nobody, nobody)).llm.chat(QUESTION, deadline_s=1)
    with pytest.raises(NotRecorded):
        replay(tmp_path).llm.chat(QUESTION, deadline_s=1)
