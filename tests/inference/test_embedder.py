"""Vectors come back checked, in order, in bounded requests."""

import json
import math
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.accounting import Accounting
from inference.embedder import CHARACTERS_PER_REQUEST, VllmEmbedder, batches
from inference.errors import InferenceInvalid, InferenceUnavailable
from inference.profile import EmbedderProfile
from tests.inference.servers import IDENTITY, ScriptedServer, serving

Item = dict[str, Any]


def profile(texts_per_request: int = 64) -> EmbedderProfile:
    return EmbedderProfile(
        engine="vllm test",
        model="tiny",
        max_model_len=256,
        max_num_seqs=4,
        admit=2,
        queue=8,
        memory_gib=1,
        dimensions=2,
        texts_per_request=texts_per_request,
    )


def angle_of(text: str) -> float:
    return len(text) / 100


def items(texts: list[str]) -> list[Item]:
    """A unit vector that tells the text's length, in reverse order: only ``index`` says which is whose."""
    found = [
        {"index": index, "embedding": [math.cos(angle_of(text)), math.sin(angle_of(text))]}
        for index, text in enumerate(texts)
    ]
    return found[::-1]


class EmbeddingServer(ScriptedServer):
    """Computes its answer from the texts, and lets ``spoil`` change it."""

    def __init__(self) -> None:
        super().__init__()
        self.spoil: Callable[[list[Item]], object] = lambda found: found
        self.RequestHandlerClass = _Embeds

    def answer(self, body: bytes) -> bytes:
        texts = json.loads(body)["input"]
        data = self.spoil(items(texts))
        return json.dumps({"data": data, "usage": {"prompt_tokens": 3 * len(texts)}}).encode()


class _Embeds(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EmbeddingServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers.items()), body))
        answer = self.server.answer(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    made = EmbeddingServer()
    with serving(made):
        yield made


def test_each_text_gets_its_own_vector_whatever_the_order_of_the_answer(server: EmbeddingServer) -> None:
    texts = [f"sentence {'x' * number}" for number in range(150)]
    accounting = Accounting()
    embedder = VllmEmbedder(profile(), [server.address], IDENTITY, accounting)
    found = embedder.embed(texts, deadline_s=30)
    assert embedder.embed([], deadline_s=30) == []
    embedder.close()
    for text, embedding in zip(texts, found, strict=True):
        assert embedding.vector == pytest.approx([math.cos(angle_of(text)), math.sin(angle_of(text))])
        assert (embedding.model, embedding.model_sha256) == ("tiny", "ab" * 32)
    sizes = [len(json.loads(body)["input"]) for _, _, body in server.asked]
    assert sorted(sizes) == [22, 64, 64]
    assert {path for path, _, _ in server.asked} == {"/v1/embeddings"}
    (totals,) = accounting.snapshot().totals
    assert (totals.verb, totals.texts, totals.prompt_tokens) == ("embed", 150, 450)


def with_first(value: float) -> Callable[[list[Item]], object]:
    """Replaces one number of one vector."""

    def spoil(found: list[Item]) -> object:
        return [found[0] | {"embedding": [value, found[0]["embedding"][1]]}, *found[1:]]

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (with_first(math.nan), "something else|length nan"),
        (with_first(2.0), "of length 2"),
        (lambda found: [item | {"embedding": [0.0, 0.0]} for item in found], "of length 0"),
        (lambda found: [item | {"embedding": [*item["embedding"], 0.0]} for item in found], "3 dimensions"),
        (lambda found: found[1:], "2 vectors for 3 texts"),
        (lambda found: [found[0], found[0], found[2]], "3 vectors for 3 texts"),
        (lambda found: "nothing", "something else"),
    ],
    ids=["nan", "too long", "zero", "dimensions", "fewer", "twice the same", "no list"],
)
def test_vectors_that_would_compare_wrongly_are_refused(
    server: EmbeddingServer, spoil: Callable[[list[Item]], object], message: str
) -> None:
    server.spoil = spoil
    embedder = VllmEmbedder(profile(), [server.address], IDENTITY)
    with pytest.raises(InferenceUnavailable, match=message):
        embedder.embed(["one", "two", "three"], deadline_s=30)
    embedder.close()


@pytest.mark.parametrize("empty", ["", " \n"])
def test_an_empty_text_is_refused_before_it_is_sent(server: EmbeddingServer, empty: str) -> None:
    embedder = VllmEmbedder(profile(), [server.address], IDENTITY)
    with pytest.raises(InferenceInvalid, match="empty text"):
        embedder.embed(["one", empty], deadline_s=30)
    embedder.close()
    assert server.asked == []


@given(st.lists(st.integers(1, CHARACTERS_PER_REQUEST // 3), max_size=30), st.integers(1, 8))
def test_requests_are_bounded_and_keep_the_order(lengths: list[int], most: int) -> None:
    texts = ["x" * length for length in lengths]
    cut = list(batches(texts, most))
    assert [text for batch in cut for text in batch] == texts
    assert all(1 <= len(batch) <= most for batch in cut)
    assert all(sum(map(len, batch)) <= CHARACTERS_PER_REQUEST for batch in cut)
