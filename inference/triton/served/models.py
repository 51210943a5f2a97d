"""Bases of the served models: decode the request, answer in JSON, turn bad input into ``INVALID_ARG``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inference.triton.served import tensors
from inference.triton.served.pictures import Picture, decode


class ServedModel:
    """Life cycle of a python-backend model. A subclass loads in ``load`` and answers in
    ``answer_request``."""

    device = "cpu"

    def initialize(self, args: Mapping[str, str]) -> None:
        """``args`` are Triton's; the device follows the instance kind, so the same model runs on CPU and
        GPU."""
        config = json.loads(args["model_config"])
        settings = {name: str(entry["string_value"]) for name, entry in config["parameters"].items()}
        if args["model_instance_kind"] == "GPU":
            self.device = f"cuda:{args['model_instance_device_id']}"
        self.load(settings)

    def load(self, settings: Mapping[str, str]) -> None:
        """``settings`` are the parameters of config.pbtxt (folders of weights, thread counts)."""

    def answer_request(self, request: Any) -> list[Any]:
        """Output tensors for one request; raise ``ValueError`` for input that cannot be processed."""
        raise NotImplementedError

    def execute(self, requests: list[Any]) -> list[Any]:
        """One response for each request; bad input is the caller's error and never fails its neighbours."""
        return [self._respond(request) for request in requests]

    def _respond(self, request: Any) -> Any:
        import triton_python_backend_utils as pb_utils

        try:
            return pb_utils.InferenceResponse(output_tensors=self.answer_request(request))
        except ValueError as bad_input:
            error = pb_utils.TritonError(str(bad_input), pb_utils.TritonError.INVALID_ARG)
            return pb_utils.InferenceResponse(output_tensors=[], error=error)


class PictureModel(ServedModel):
    """Pictures in (``PICTURES`` concatenated, ``LENGTHS`` bytes each), JSON out."""

    def answer_request(self, request: Any) -> list[Any]:
        encoded = tensors.split(tensors.read(request, "PICTURES"), tensors.read(request, "LENGTHS"))
        return [tensors.write_json("RESULT", self.answer([decode(picture) for picture in encoded]))]

    def answer(self, pictures: list[Picture]) -> object:
        """What the pictures show; each is (height, width, 3) RGB."""
        raise NotImplementedError


class AudioModel(ServedModel):
    """``PCM16`` samples at 16 kHz in, JSON out; request parameters pass as ``options``."""

    def answer_request(self, request: Any) -> list[Any]:
        samples = tensors.read(request, "PCM16").astype(np.float32) / 32768.0
        options = json.loads(request.parameters() or "{}")
        return [tensors.write_json("RESULT", self.answer(samples, options))]

    def answer(self, samples: tensors.Array, options: Mapping[str, Any]) -> object:
        """What the samples (float32, -1 to 1) hold."""
        raise NotImplementedError


class RoundTripModel(ServedModel):
    """Doubles ``VALUES`` and returns ``BYTES`` reversed: shows that an environment passes tensors
    unharmed."""

    def answer_request(self, request: Any) -> list[Any]:
        doubled = tensors.read(request, "VALUES") * np.float32(2)
        return [
            tensors.write("DOUBLED", doubled),
            tensors.write("REVERSED", tensors.read(request, "BYTES")[::-1]),
        ]


def only_file(folder: str, suffix: str) -> str:
    """The single file of ``folder`` that ends in ``suffix``."""
    found = sorted(Path(folder).glob(f"*{suffix}"))
    if len(found) != 1:
        raise RuntimeError(f"{folder} should hold exactly one *{suffix}, it holds {len(found)}")
    return str(found[0])
