"""Calls of one Triton server: tensors or pictures in, typed answers out, errors in the words of the ports."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import httpx
import msgspec
import numpy as np

from inference import http
from inference.errors import InferenceInvalid, InferenceUnavailable
from inference.gate import Deadline, Gate
from inference.triton import wire

Answer = TypeVar("Answer")

PICTURES_PER_REQUEST = 32
BYTES_PER_REQUEST = 8 * 2**20
"""Pictures of one call are cut into requests of at most this much, so that others get their turn between."""


class TritonClient:
    """One Triton server, shared by all threads of a process."""

    def __init__(self, address: str, *, admit: int, queue: int) -> None:
        self._address = address
        self._gate = Gate("Triton", admit, queue)
        self._connections = http.connections(address, admit)

    def close(self) -> None:
        """Ends the idle connections."""
        self._connections.close()

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
        with self._gate.admitted(deadline):
            request = self._connections.build_request(
                "POST", f"/v2/models/{model}/infer", content=body, headers=headers
            )
            response = http.send(self._connections, request, deadline, engine=f"Triton's {model}")
        return self._tensors(model, response, outputs)

    def ask(
        self,
        model: str,
        inputs: Mapping[str, wire.Tensor],
        answer: type[Answer],
        deadline: Deadline,
        parameters: Mapping[str, str] | None = None,
    ) -> Answer:
        """The JSON that ``model`` answers, as ``answer``."""
        result = self.infer(model, inputs, ["RESULT"], deadline, parameters)["RESULT"]
        return msgspec.json.decode(result.tobytes(), type=answer)

    def ask_pictures(
        self, model: str, pictures: Sequence[bytes], answer: type[Answer], deadline: Deadline
    ) -> list[Answer]:
        """One ``answer`` for each picture, in order."""
        found: list[Answer] = []
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
        try:
            return self._connections.get("/v2/health/ready", timeout=deadline_s).status_code == 200
        except httpx.HTTPError:
            return False

    def _tensors(
        self, model: str, response: httpx.Response, outputs: Sequence[str]
    ) -> dict[str, wire.Tensor]:
        try:
            tensors = wire.decode(response.content, int(response.headers[wire.HEADER_LENGTH]))
            return {name: tensors[name] for name in outputs}
        except (KeyError, ValueError) as error:
            raise InferenceUnavailable(
                f"Triton's {model} answered with something else ({error!r})"
            ) from error


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
