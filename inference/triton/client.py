"""Calls of one Triton server: tensors or pictures in, typed answers out, errors in the words of the ports."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
import numpy as np

from inference.accounting import Accounting, Usage
from inference.errors import InferenceInvalid, InferenceUnavailable
from inference.gate import Deadline
from inference.ports import SAMPLE_RATE_HZ
from inference.provenance import ModelIdentity
from inference.replicas import UNNAMED, Answer, Call, Replicas
from inference.triton import wire

T = TypeVar("T")

PICTURES_PER_REQUEST = 32
BYTES_PER_REQUEST = 8 * 2**20
"""Pictures of one call are cut into requests of at most this much, so that others get their turn between."""


class TritonClient:
    """One Triton server, shared by all threads of a process. ``identities`` are the served models' weights,
    for the accounts."""

    def __init__(
        self,
        address: str,
        *,
        admit: int,
        queue: int,
        identities: Mapping[str, ModelIdentity] | None = None,
        accounting: Accounting | None = None,
    ) -> None:
        self._identities = identities or {}
        self._replicas = Replicas("Triton", [address], admit=admit, queue=queue, accounting=accounting)

    def close(self) -> None:
        """Ends the calls under way and the connections."""
        self._replicas.close()

    def infer(
        self,
        model: str,
        inputs: Mapping[str, wire.Tensor],
        outputs: Sequence[str],
        deadline: Deadline,
        parameters: Mapping[str, str] | None = None,
    ) -> dict[str, wire.Tensor]:
        """The named output tensors of ``model``; waits for a place first."""
        body, headers = wire.encode(inputs, outputs, parameters or {})
        sound, lengths = inputs.get("PCM16"), inputs.get("LENGTHS")
        call = Call(
            verb=model,
            engine=f"Triton's {model}",
            path=f"/v2/models/{model}/infer",
            content=body,
            headers=headers,
            read=lambda answer: (_tensors(model, answer, outputs), Usage()),
            model=self._identities.get(model, UNNAMED),
            audio_s=0.0 if sound is None else sound.size / SAMPLE_RATE_HZ,
            pictures=0 if lengths is None else lengths.size,
        )
        return self._replicas.ask(call, deadline)

    def ask(
        self,
        model: str,
        inputs: Mapping[str, wire.Tensor],
        answer: type[T],
        deadline: Deadline,
        parameters: Mapping[str, str] | None = None,
    ) -> T:
        """The JSON that ``model`` answers, as ``answer``."""
        found = self.infer(model, inputs, ["RESULT"], deadline, parameters)
        try:
            return msgspec.json.decode(found["RESULT"].tobytes(), type=answer)
        except msgspec.DecodeError as error:
            raise InferenceUnavailable(f"Triton's {model} answered with something else ({error})") from error

    def ask_pictures(
        self, model: str, pictures: Sequence[bytes], answer: type[T], deadline: Deadline
    ) -> list[T]:
        """One ``answer`` for each picture, in order."""
        found: list[T] = []
        for batch in batches(pictures):
            # list[answer] is a type only at run time, which is when msgspec reads it.
            answers = self.ask(model, picture_tensors(batch), list[answer], deadline)  # type: ignore[valid-type]
            if len(answers) != len(batch):
                raise InferenceUnavailable(
                    f"Triton's {model} gave {len(answers)} answers for {len(batch)} pictures"
                )
            found.extend(answers)
        return found

    def is_ready(self, deadline_s: float = 2.0) -> bool:
        """Whether the server says so; a known answer is asked elsewhere."""
        return self._replicas.is_ready("/v2/health/ready", deadline_s)


def _tensors(model: str, answer: Answer, outputs: Sequence[str]) -> dict[str, wire.Tensor]:
    try:
        tensors = wire.decode(answer.content, int(answer.headers[wire.HEADER_LENGTH]))
        return {name: tensors[name] for name in outputs}
    except (KeyError, ValueError) as error:
        raise InferenceUnavailable(f"Triton's {model} answered with something else ({error!r})") from error


def batches(pictures: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Consecutive runs of ``pictures`` within the limits of one request."""
    batch: list[bytes] = []
    for picture in pictures:
        full = len(batch) == PICTURES_PER_REQUEST or sum(map(len, batch)) + len(picture) > BYTES_PER_REQUEST
        if batch and full:
            yield batch
            batch = []
        batch.append(picture)
    if batch:
        yield batch


def picture_tensors(pictures: Sequence[bytes]) -> dict[str, wire.Tensor]:
    """The input of the picture models: all bytes one after the other, and how many belong to each."""
    if any(not picture for picture in pictures):
        raise InferenceInvalid("a picture is empty")
    return {
        "PICTURES": np.frombuffer(b"".join(pictures), dtype=np.uint8),
        "LENGTHS": np.array([len(picture) for picture in pictures], dtype=np.int64),
    }
