"""Known answers of the real vLLM and the real Triton (eval-cpu profile)."""

import re
import subprocess
import threading
import wave
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image, ImageOps

from inference import known, processes, rollcall, supervisor
from inference.cancellation import Cancellation
from inference.engines import connect
from inference.errors import InferenceCancelled, InferenceInvalid, InferenceTimeout
from inference.gate import Deadline
from inference.ports import ChatMessage, ChatRequest
from inference.triton.client import TritonClient
from inference.triton.wire import Tensor
from tests.inference.engines import RealEngines
from tests.inference.test_cancellation import until

pytestmark = [pytest.mark.inference, pytest.mark.timeout(900)]

RUBRIC = "You rate interview answers on one competency. 1 is poor and 5 is excellent. " * 12
ANSWERS = {
    "excellent": "Our ledger had to move within one night. I planned the cutover, rehearsed it twice with "
    "the branches, moved it in four hours and no payment was lost.",
    "vague": "I usually try to work well with everybody and things mostly turn out fine.",
    "off the point": "On Sundays I like to bake bread and walk my dog by the river.",
}


def rating(answer: str, seed: int = 0) -> ChatRequest:
    question = f"Question: tell us about a migration that you led.\nAnswer: {answer}\nReply with one digit."
    messages = [ChatMessage("system", RUBRIC), ChatMessage("user", question)]
    return ChatRequest(messages=messages, top_logprobs=20, cache_salt="test", seed=seed)


def expected_level(request_result: list[tuple[str, float]]) -> float:
    """Mean of the digits 1 to 5 under their probabilities."""
    weights = {int(token): np.exp(logprob) for token, logprob in request_result if token in {*"12345"}}
    return float(sum(level * weight for level, weight in weights.items()) / sum(weights.values()))


def spoken(text: str, folder: Path) -> bytes:
    """``text`` by flite's voice slt as PCM."""
    file = folder / "spoken.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(file)], check=True)
    with wave.open(BytesIO(file.read_bytes())) as recording:
        assert (recording.getframerate(), recording.getnchannels()) == (16_000, 1)
        return bytes(recording.readframes(recording.getnframes()))


def mirror(picture: bytes) -> bytes:
    """The picture with left and right exchanged, as PNG."""
    mirrored = BytesIO()
    ImageOps.mirror(Image.open(BytesIO(picture)).convert("RGB")).save(mirrored, "PNG")
    return mirrored.getvalue()


def test_every_known_answer_comes(real_engines: RealEngines) -> None:
    passed = rollcall.check_all(real_engines.profile, real_engines.endpoints, real_engines.face)
    assert {check.name for check in passed} == {*real_engines.profile.triton.models, "chat"}


@pytest.mark.parametrize("environment", ["vision", "speech"])
@pytest.mark.parametrize("size", [1, 7, 4096, 100_003])
def test_every_element_survives_both_ways(real_engines: RealEngines, environment: str, size: int) -> None:
    generator = np.random.default_rng(size)
    values = generator.normal(size=size).astype(np.float32)
    octets = generator.integers(0, 256, size=size, dtype=np.uint8)
    client = TritonClient(real_engines.endpoints.triton, admit=1, queue=1)
    inputs: dict[str, Tensor] = {"VALUES": values, "BYTES": octets}
    outputs = client.infer(f"round_trip_{environment}", inputs, ["DOUBLED", "REVERSED"], Deadline(60))
    client.close()
    np.testing.assert_array_equal(outputs["DOUBLED"], values * 2)
    np.testing.assert_array_equal(outputs["REVERSED"], octets[::-1])


def test_spoken_english_is_transcribed_with_word_times(real_engines: RealEngines, tmp_path: Path) -> None:
    pcm16 = spoken("I rebuilt the payment system and trained twelve colleagues.", tmp_path)
    heard = real_engines.engines.speech.transcribe(pcm16, language="en", deadline_s=300)
    words = re.findall("[a-z]+", heard.text.lower())
    assert {"payment", "system", "trained", "colleagues"} <= set(words)
    assert heard.language == "en" and len(heard.model_sha256) == 64
    assert all(0 <= word.start_s <= word.end_s <= heard.duration_s + 0.1 for word in heard.words)
    again = real_engines.engines.speech.transcribe(pcm16, language="en", deadline_s=300)
    assert (again.text, again.words) == (heard.text, heard.words)


@pytest.mark.parametrize("seconds", [0.05, 1.0, 35.0])
def test_silence_has_no_words_no_speech_and_no_speaker(real_engines: RealEngines, seconds: float) -> None:
    speech, quiet = real_engines.engines.speech, known.silence(seconds)
    assert speech.transcribe(quiet, language=None, deadline_s=300).words == []
    assert speech.voice_activity(quiet, deadline_s=300) == []
    assert speech.diarize(quiet, deadline_s=300).speakers == 0
    assert speech.prosody(quiet, deadline_s=300).pitch_median_hz is None


def test_an_unknown_language_is_refused(real_engines: RealEngines) -> None:
    with pytest.raises(InferenceInvalid, match="xx"):
        real_engines.engines.speech.transcribe(known.speech(), language="xx", deadline_s=60)


def test_one_face_is_found_in_the_portrait_and_none_in_the_dark(real_engines: RealEngines) -> None:
    frames = [real_engines.face, known.black_picture(), real_engines.face]
    found = real_engines.engines.vision.detect_faces(frames, deadline_s=120)
    assert [len(frame.faces) for frame in found] == [1, 0, 1]
    (box,) = found[0].faces
    assert 0.3 < box.x < 0.5 and 0.1 < box.y < 0.3 and 0.5 < box.confidence <= 1


def test_a_mirrored_face_looks_to_the_other_side(real_engines: RealEngines) -> None:
    upright, mirrored = real_engines.engines.vision.face_mesh(
        [real_engines.face, mirror(real_engines.face)], deadline_s=120
    )
    assert upright.looking_at_camera and mirrored.looking_at_camera
    assert upright.yaw_deg == pytest.approx(-mirrored.yaw_deg, abs=3)
    assert upright.roll_deg == pytest.approx(-mirrored.roll_deg, abs=3)
    assert upright.pitch_deg == pytest.approx(mirrored.pitch_deg, abs=3)


@pytest.mark.parametrize("encoded", [b"not a picture", b"\xff\xd8\xff\xe0" + bytes(64)])
def test_what_is_no_picture_is_refused_and_the_model_goes_on(
    real_engines: RealEngines, encoded: bytes
) -> None:
    vision = real_engines.engines.vision
    with pytest.raises(InferenceInvalid):
        vision.detect_faces([encoded], deadline_s=60)
    assert len(vision.detect_faces([real_engines.face], deadline_s=60)[0].faces) == 1


def test_no_face_cannot_be_compared(real_engines: RealEngines) -> None:
    with pytest.raises(InferenceInvalid, match="second picture"):
        real_engines.engines.vision.verify(real_engines.face, known.black_picture(), deadline_s=120)


def test_an_identical_chat_has_identical_log_probabilities_once_its_prefix_is_cached(
    real_engines: RealEngines,
) -> None:
    """The first answer is computed from the whole prompt in one piece and the others from its cached blocks,
    which moves the last digits where kernels are not batch-invariant (CPU)."""
    llm = real_engines.engines.llm
    cold, *warm = [llm.chat(rating(ANSWERS["vague"], seed=1), deadline_s=300) for _ in range(4)]
    assert warm[0].first_token == warm[1].first_token == warm[2].first_token
    assert len(cold.first_token) == 20
    level = [expected_level([(a.token, a.logprob) for a in one.first_token]) for one in (cold, warm[0])]
    assert level[0] == pytest.approx(level[1], abs=2e-3)


def test_levels_order_an_excellent_a_vague_and_an_off_the_point_answer(real_engines: RealEngines) -> None:
    asked = [rating(answer) for answer in ANSWERS.values()]
    results = real_engines.engines.llm.chat_many(asked, deadline_s=600)
    levels = [expected_level([(a.token, a.logprob) for a in result.first_token]) for result in results]
    assert levels == sorted(levels, reverse=True) and levels[0] > levels[2] + 0.2, levels


def test_a_schema_is_kept(real_engines: RealEngines) -> None:
    schema = {
        "type": "object",
        "properties": {"sentence": {"type": "integer", "minimum": 1, "maximum": 2}},
        "required": ["sentence"],
        "additionalProperties": False,
    }
    messages = [
        ChatMessage("user", "1: I like tea. 2: I repaired the server. Which one is about work? JSON.")
    ]
    request = ChatRequest(messages=messages, max_tokens=24, json_schema=schema)
    result = real_engines.engines.llm.chat(request, deadline_s=300)
    assert re.fullmatch(r'\{\s*"sentence"\s*:\s*[12]\s*\}', result.text.strip())


def test_too_long_a_text_is_refused(real_engines: RealEngines) -> None:
    request = ChatRequest(messages=[ChatMessage("user", "long " * 20_000)])
    with pytest.raises(InferenceInvalid):
        real_engines.engines.llm.chat(request, deadline_s=120)


def test_a_short_deadline_is_kept(real_engines: RealEngines) -> None:
    messages = [ChatMessage("user", "Count from one to a hundred in words.")]
    request = ChatRequest(messages=messages, max_tokens=300)
    with pytest.raises(InferenceTimeout):
        real_engines.engines.llm.chat(request, deadline_s=0.5)


def requests_in(address: str) -> float:
    """How many requests vLLM is working on."""
    (line,) = re.findall(
        r"^vllm:num_requests_running\{[^}]*\} (\S+)$", httpx.get(f"{address}/metrics").text, re.M
    )
    return float(line)


def test_calling_off_frees_the_caller_and_ends_the_request_in_the_engine(real_engines: RealEngines) -> None:
    (address,) = real_engines.endpoints.llm
    messages = [ChatMessage("user", "Count from one to a thousand in words.")]
    endless = ChatRequest(messages=messages, max_tokens=4000)
    called_off = Cancellation()

    def ask() -> None:
        with called_off.covering(), pytest.raises(InferenceCancelled):
            real_engines.engines.llm.chat(endless, deadline_s=600)

    until(lambda: requests_in(address) == 0)
    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: requests_in(address) == 1)
    called_off.cancel()
    asking.join(30)
    assert not asking.is_alive()
    until(lambda: requests_in(address) == 0)  # writing 4,000 tokens takes many times as long


def test_the_accounts_tell_tokens_from_the_cache_seconds_of_sound_and_pictures(
    real_engines: RealEngines,
) -> None:
    engines = connect(real_engines.profile, real_engines.endpoints)
    for text in (ANSWERS["vague"], ANSWERS["excellent"]):
        engines.llm.chat(rating(text), deadline_s=300)
    engines.speech.voice_activity(known.speech(), deadline_s=300)
    engines.vision.face_mesh([real_engines.face] * 3, deadline_s=300)
    engines.close()
    by_verb = {totals.verb: totals for totals in engines.accounting.snapshot().totals}
    chat, vad, mesh = (by_verb[verb] for verb in ("chat", "vad", "face_mesh"))
    assert chat.outcomes == {"ok": 2} and chat.completion_tokens == 2
    assert chat.prompt_tokens > chat.cached_tokens > len(RUBRIC.split())
    identity = real_engines.endpoints.llm_identity
    assert identity is not None and chat.model_sha256 == identity.sha256
    assert vad.audio_s == pytest.approx(len(known.speech()) / 32_000) and vad.worked_s > 0
    assert mesh.pictures == 3


def test_speech_vision_and_language_answer_together(real_engines: RealEngines) -> None:
    engines = real_engines.engines
    with ThreadPoolExecutor(3) as pool:
        text = pool.submit(engines.speech.transcribe, known.speech(), language="en", deadline_s=300)
        faces = pool.submit(engines.vision.face_mesh, [real_engines.face] * 40, deadline_s=300)
        level = pool.submit(engines.llm.chat, rating(ANSWERS["excellent"]), deadline_s=300)
        assert "interview" in text.result().text.lower()
        assert [frame.present for frame in faces.result()] == [True] * 40
        assert level.result().completion_tokens == 1


def test_logs_hold_nothing_that_was_said_or_asked(real_engines: RealEngines) -> None:
    real_engines.engines.llm.chat(rating("My grandmother Zerline sold marzipan."), deadline_s=300)
    logs = [path.read_text(errors="replace") for path in (real_engines.run_dir / "logs").iterdir()]
    assert logs and not any("Zerline" in text or "Monday morning" in text for text in logs)


def test_another_process_sees_the_engines(real_engines: RealEngines) -> None:
    found = supervisor.status(real_engines.run_dir)
    assert found is not None
    assert found.endpoints == real_engines.endpoints
    assert {engine.condition for engine in found.engines} == {"ready"}
    assert all(processes.started_ticks(engine.pid) == engine.started_ticks for engine in found.engines)
