"""Sentence vectors over any OpenAI-compatible server (vLLM with a pooling model)."""

import math
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from inference.accounting import Accounting, Usage
from inference.errors import InferenceInvalid, InferenceUnavailable
from inference.gate import Deadline
from inference.ports import Embedding
from inference.profile import EmbedderProfile
from inference.provenance import ModelIdentity
from inference.replicas import Answer, Call, Replicas

ENGINE = "the embedding model"

CHARACTERS_PER_REQUEST = 200_000
"""Texts of one call are cut into requests of at most this much, so that others get their turn between."""

UNIT_TOLERANCE = 1e-2
"""How far from 1 a vector's length may be; bfloat16 has 8 bits for a fraction."""


class _Vector(Struct):
    index: int
    embedding: list[float]


class _Counted(Struct):
    prompt_tokens: int = 0


class _Vectors(Struct):
    data: list[_Vector]
    usage: _Counted = msgspec.field(default_factory=_Counted)


class VllmEmbedder:
    """``Embedder`` over one or several replicas."""

    def __init__(
        self,
        profile: EmbedderProfile,
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

    def embed(self, texts: Sequence[str], *, deadline_s: float) -> list[Embedding]:
        if any(not text.strip() for text in texts):
            raise InferenceInvalid("an empty text has no meaning to embed: leave it out")
        calls = [self._call(batch) for batch in batches(texts, self._profile.texts_per_request)]
        found = self._replicas.ask_all(calls, Deadline(deadline_s))
        return [embedding for batch in found for embedding in batch]

    def _call(self, texts: Sequence[str]) -> Call[list[Embedding]]:
        body = {"model": self._profile.model, "input": texts, "encoding_format": "float"}
        return Call(
            verb="embed",
            engine=ENGINE,
            path="/v1/embeddings",
            content=msgspec.json.encode(body),
            headers={"Content-Type": "application/json"},
            read=lambda answer: self._embeddings(len(texts), answer),
            model=self._identity,
            # A vector is a function of its text alone.
            repeatable=True,
            said=texts,
        )

    def _embeddings(self, count: int, answer: Answer) -> tuple[list[Embedding], Usage]:
        try:
            found = msgspec.json.decode(answer.content, type=_Vectors)
        except msgspec.DecodeError as error:
            raise InferenceUnavailable(f"{ENGINE} answered with something else ({error})") from error
        vectors = {one.index: one.embedding for one in found.data}
        if sorted(vectors) != list(range(count)) or len(found.data) != count:
            raise InferenceUnavailable(f"{ENGINE} gave {len(found.data)} vectors for {count} texts")
        embeddings = [
            Embedding(
                vector=self._checked(vectors[index]),
                model=self._identity.name,
                model_sha256=self._identity.sha256,
            )
            for index in range(count)
        ]
        return embeddings, Usage(prompt_tokens=found.usage.prompt_tokens)

    def _checked(self, vector: list[float]) -> list[float]:
        """``vector`` if it has the profile's dimensions and length 1 (so that a product is a cosine); comparing
        others would give numbers that mean nothing. No length at all (NaN) is not near 1 either."""
        if len(vector) != self._profile.dimensions:
            raise InferenceUnavailable(
                f"{ENGINE} gave {len(vector)} dimensions and the profile says {self._profile.dimensions}: "
                f"is {self._profile.model} the model that is served?"
            )
        length = math.sqrt(math.fsum(value * value for value in vector))
        if not abs(length - 1) <= UNIT_TOLERANCE:
            raise InferenceUnavailable(
                f"{ENGINE} gave a vector of length {length:.3g} instead of 1: serve a model that normalises"
            )
        return vector


def batches(texts: Sequence[str], most: int) -> Iterator[list[str]]:
    """Consecutive runs of ``texts`` within the limits of one request; a longer text is a run of its own."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and (len(batch) == most or characters + len(text) > CHARACTERS_PER_REQUEST):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield batch
