"""Recordings answer exactly what was recorded."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from inference.engines import Engines, Unavailable
from inference.errors import InferenceUnavailable
from inference.ports import ChatMessage, ChatRequest, ChatResult, Embedding, Transcript
from inference.recorded import NotRecorded, replay

QUESTION = ChatRequest(messages=[ChatMessage("user", "One plus one?")], top_logprobs=2)


class OneAnswer(Unavailable):
    """Stands where the real server stood while the recording was made."""

    asked = 0

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        self.asked += 1
        return ChatResult(
            text=str(self.asked),
            first_token=[],
            prompt_tokens=9,
            completion_tokens=1,
            seconds=0.5,
            model="m",
            model_sha256="00",
            engine="e",
        )

    def embed(self, texts: Sequence[str], *, deadline_s: float) -> list[Embedding]:
        return [Embedding(vector=[float(len(text)), 0.0], model="m", model_sha256="00") for text in texts]

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


def test_a_case_is_no_part_of_what_was_asked(tmp_path: Path) -> None:
    live = OneAnswer()
    of_a_case = msgspec.structs.replace(QUESTION, cache_salt="case 7")
    recorded = replay(tmp_path, Engines(live, live, live)).llm.chat(of_a_case, deadline_s=1)
    assert replay(tmp_path).llm.chat(QUESTION, deadline_s=1) == recorded
    assert "case 7" not in next((tmp_path / "chat").iterdir()).read_text()


def test_recording_again_asks_each_request_once_and_replaces_it(tmp_path: Path) -> None:
    live = OneAnswer()
    engines = Engines(live, live, live)
    assert replay(tmp_path, engines).llm.chat(QUESTION, deadline_s=1).text == "1"
    assert replay(tmp_path, engines).llm.chat(QUESTION, deadline_s=1).text == "1"
    again = replay(tmp_path, engines, again=True).llm
    assert [again.chat(QUESTION, deadline_s=1).text for _ in range(3)] == ["2", "2", "2"]
    assert replay(tmp_path).llm.chat(QUESTION, deadline_s=1).text == "2"


def test_vectors_are_recorded_text_by_text(tmp_path: Path) -> None:
    live = OneAnswer()
    replay(tmp_path, Engines(live, live, live, embedder=live)).embedder.embed(["a", "bb"], deadline_s=1)
    replayed = replay(tmp_path).embedder
    assert [one.vector[0] for one in replayed.embed(["bb", "a", "bb"], deadline_s=1)] == [2.0, 1.0, 2.0]
    with pytest.raises(NotRecorded, match="embed"):
        replayed.embed(["a", "ccc"], deadline_s=1)


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
