"""The HTTP adapters against a small server that answers as engines do."""

import json
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from inference.errors import InferenceInvalid, InferenceRefused, InferenceTimeout, InferenceUnavailable
from inference.gate import Deadline
from inference.ports import ChatMessage, ChatRequest, FrameFaces
from inference.triton.client import TritonClient, batches
from inference.triton.speech import TritonSpeech
from inference.triton.vision import TritonVision
from inference.triton.wire import HEADER_LENGTH
from inference.vllm import VllmLlm
from tests.inference.servers import (
    IDENTITY,
    QUESTION,
    ScriptedServer,
    completion,
    llm_profile,
    serving,
    unused_address,
)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with serving() as scripted:
        yield scripted


def llm(*addresses: str) -> VllmLlm:
    return VllmLlm(llm_profile(), addresses, IDENTITY)


def test_a_chat_carries_the_model_its_hash_and_the_alternatives_in_order(server: ScriptedServer) -> None:
    server.body = completion()
    adapter = llm(server.address)
    result = adapter.chat(QUESTION, deadline_s=10)
    adapter.close()
    assert (result.text, result.prompt_tokens, result.completion_tokens) == ("2", 9, 1)
    assert [token.token for token in result.first_token] == ["2", "3"]
    assert (result.model, result.model_sha256, result.engine) == ("tiny", "ab" * 32, "vllm test")
    path, _, asked = server.asked[0]
    sent = json.loads(asked)
    assert path == "/v1/chat/completions"
    assert (sent["temperature"], sent["seed"], sent["max_tokens"], sent["top_logprobs"]) == (0.0, 0, 1, 2)
    assert "case 7" not in asked.decode() and len(sent["cache_salt"]) == 64


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (400, {}, InferenceInvalid),
        (422, {}, InferenceInvalid),
        (404, {}, InferenceUnavailable),
        (429, {"Retry-After": "7"}, InferenceRefused),
        (503, {"Retry-After": "7"}, InferenceRefused),
        (503, {}, InferenceUnavailable),
        (500, {}, InferenceUnavailable),
    ],
)
def test_statuses_become_the_errors_of_the_ports_and_are_not_repeated(
    server: ScriptedServer, status: int, headers: dict[str, str], error: type[Exception]
) -> None:
    server.status, server.headers, server.body = status, headers, b'{"message": "the reason"}'
    adapter = llm(server.address)
    with pytest.raises(error, match="the reason") as raised:
        adapter.chat(QUESTION, deadline_s=10)
    adapter.close()
    assert len(server.asked) == 1
    if isinstance(raised.value, InferenceRefused):
        assert raised.value.retry_after_s == 7


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": "two faces; one is needed"}',
        b'{"error": {"message": "two faces; one is needed", "type": "BadRequestError", "code": 400}}',
        b"two faces; one is needed",
    ],
)
def test_a_refusal_reads_as_a_sentence(server: ScriptedServer, body: bytes) -> None:
    server.status, server.body = 400, body
    adapter = llm(server.address)
    with pytest.raises(InferenceInvalid) as raised:
        adapter.chat(QUESTION, deadline_s=10)
    adapter.close()
    assert str(raised.value).endswith("cannot process this input: two faces; one is needed")


def test_an_engine_that_does_not_answer_in_time_is_a_timeout(server: ScriptedServer) -> None:
    server.go_on.clear()
    adapter = llm(server.address)
    with pytest.raises(InferenceTimeout):
        adapter.chat(QUESTION, deadline_s=0.2)
    adapter.close()


def test_a_server_that_drips_its_answer_does_not_outlive_the_deadline(server: ScriptedServer) -> None:
    server.body, server.drips = completion() + b" " * 5000, True
    adapter = llm(server.address)
    with pytest.raises(InferenceTimeout, match="within the deadline of 0.3 s"):
        adapter.chat(QUESTION, deadline_s=0.3)
    adapter.close()


def test_a_closed_adapter_says_so_also_to_whoever_waits(server: ScriptedServer) -> None:
    server.go_on.clear()
    adapter = llm(server.address)
    ends: list[str] = []

    def ask() -> None:
        try:
            adapter.chat(QUESTION, deadline_s=60)
        except InferenceUnavailable as error:
            ends.append(str(error))

    waiting = threading.Thread(target=ask)
    waiting.start()
    assert server.arrived.acquire(timeout=20)
    adapter.close()
    waiting.join()
    assert len(ends) == 1 and "were closed" in ends[0]
    with pytest.raises(InferenceUnavailable, match="were closed"):
        adapter.chat(QUESTION, deadline_s=1)
    adapter.close()


def test_an_error_does_not_repeat_what_was_said(server: ScriptedServer) -> None:
    server.status, server.body = 400, b'{"message": "bad value: My grandmother Zerline sold marzipan"}'
    adapter = llm(server.address)
    said = ChatRequest(messages=[ChatMessage("user", "Well. My grandmother Zerline sold marzipan.")])
    with pytest.raises(InferenceInvalid, match="withheld") as raised:
        adapter.chat(said, deadline_s=10)
    adapter.close()
    assert "Zerline" not in str(raised.value)


def test_an_endless_answer_is_cut_off(server: ScriptedServer) -> None:
    server.body = bytes(65 * 2**20)
    adapter = llm(server.address)
    with pytest.raises(InferenceUnavailable, match="more than 64 MiB"):
        adapter.chat(QUESTION, deadline_s=30)
    adapter.close()


def test_nobody_listening_is_unavailable_and_another_replica_is_asked(server: ScriptedServer) -> None:
    alone = llm(unused_address())
    with pytest.raises(InferenceUnavailable, match="does not answer"):
        alone.chat(QUESTION, deadline_s=10)
    alone.close()
    server.body = completion()
    both = llm(unused_address(), server.address)
    assert both.chat(QUESTION, deadline_s=10).text == "2"
    both.close()


def test_one_case_stays_with_one_replica(server: ScriptedServer) -> None:
    server.body = completion()
    adapter = llm(server.address, server.address + "/other")
    adapter.chat_many([QUESTION] * 6, deadline_s=10)
    adapter.close()
    assert len({path for path, _, _ in server.asked}) == 1


def test_a_json_answer_cut_short_is_not_passed_on(server: ScriptedServer) -> None:
    server.body = completion('{"sentences": [1', finish="length")
    adapter = llm(server.address)
    with pytest.raises(InferenceInvalid, match="max_tokens"):
        adapter.chat(ChatRequest(messages=[], json_schema={"type": "object"}), deadline_s=10)
    adapter.close()


def test_something_else_than_a_completion_is_unavailable(server: ScriptedServer) -> None:
    server.body = b"<html>hello</html>"
    adapter = llm(server.address)
    with pytest.raises(InferenceUnavailable, match="something else"):
        adapter.chat_many([QUESTION, QUESTION], deadline_s=10)
    adapter.close()


def triton_answer(value: object) -> tuple[dict[str, str], bytes]:
    data = json.dumps(value).encode()
    output = {"name": "RESULT", "datatype": "UINT8", "shape": [len(data)]}
    head = json.dumps({"outputs": [output | {"parameters": {"binary_data_size": len(data)}}]}).encode()
    return {HEADER_LENGTH: str(len(head))}, head + data


def test_pictures_go_out_as_bytes_and_lengths_and_come_back_typed(server: ScriptedServer) -> None:
    box = {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4, "confidence": 0.9}
    server.headers, server.body = triton_answer([{"faces": [box]}, {"faces": []}])
    client = TritonClient(server.address, admit=2, queue=2)
    found = TritonVision(client, {}).detect_faces([b"first", b"second!"], deadline_s=10)
    client.close()
    assert [len(frame.faces) for frame in found] == [1, 0] and found[0].faces[0].w == 0.3
    path, headers, body = server.asked[0]
    head = int(headers[HEADER_LENGTH])
    described = [(tensor["name"], tensor["shape"]) for tensor in json.loads(body[:head])["inputs"]]
    assert path == "/v2/models/face_detect/infer"
    assert described == [("PICTURES", [12]), ("LENGTHS", [2])]
    assert body[head:] == b"firstsecond!" + np.array([5, 7], dtype="<i8").tobytes()


def test_an_answer_for_fewer_pictures_is_not_mistaken_for_all(server: ScriptedServer) -> None:
    server.headers, server.body = triton_answer([{"faces": []}])
    client = TritonClient(server.address, admit=2, queue=2)
    with pytest.raises(InferenceUnavailable, match="1 answers for 2 pictures"):
        client.ask_pictures("face_detect", [b"a", b"b"], FrameFaces, Deadline(10))
    client.close()


FOUR_HOURS_AND_A_SAMPLE = bytes(2 * 16_000 * 4 * 3600 + 2)


@pytest.mark.parametrize("pcm16", [b"", b"odd", FOUR_HOURS_AND_A_SAMPLE], ids=["empty", "odd", "long"])
def test_impossible_audio_is_refused_before_it_is_sent(server: ScriptedServer, pcm16: bytes) -> None:
    client = TritonClient(server.address, admit=1, queue=1)
    with pytest.raises(InferenceInvalid):
        TritonSpeech(client, {"transcribe": IDENTITY}).transcribe(pcm16, language="en", deadline_s=5)
    client.close()
    assert server.asked == []


def test_pictures_are_sent_in_bounded_batches_that_keep_their_order() -> None:
    pictures = [bytes([n % 256]) * (2**20) for n in range(20)] + [b"x"] * 70
    cut = list(batches(pictures))
    assert [picture for batch in cut for picture in batch] == pictures
    assert max(len(batch) for batch in cut) == 32
    assert max(sum(map(len, batch)) for batch in cut) <= 8 * 2**20
