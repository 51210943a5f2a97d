"""The KServe v2 inference protocol over HTTP with Triton's binary tensor extension.

Written out here, on httpx, rather than taken from tritonclient.http: that client brings gevent into the
application and its connections may not be shared between threads, while callers are threads.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Tensor = npt.NDArray[Any]

HEADER_LENGTH = "Inference-Header-Content-Length"

_DATATYPES = {
    "uint8": "UINT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "float32": "FP32",
}
_DTYPES = {datatype: np.dtype(name) for name, datatype in _DATATYPES.items()}


def encode(
    inputs: Mapping[str, Tensor], outputs: Sequence[str], parameters: Mapping[str, str]
) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of a request: a JSON description followed by the raw tensors, little-endian."""
    raw = {name: np.ascontiguousarray(tensor).tobytes() for name, tensor in inputs.items()}
    description = {
        "inputs": [
            {
                "name": name,
                "shape": list(tensor.shape),
                "datatype": _DATATYPES[tensor.dtype.name],
                "parameters": {"binary_data_size": len(raw[name])},
            }
            for name, tensor in inputs.items()
        ],
        "outputs": [{"name": name, "parameters": {"binary_data": True}} for name in outputs],
        "parameters": dict(parameters),
    }
    head = json.dumps(description).encode()
    headers = {HEADER_LENGTH: str(len(head)), "Content-Type": "application/octet-stream"}
    return b"".join([head, *raw.values()]), headers


def decode(body: bytes, header_length: int) -> dict[str, Tensor]:
    """The output tensors of a response; ``ValueError`` where sizes and shapes disagree."""
    described = json.loads(body[:header_length])
    tensors: dict[str, Tensor] = {}
    at = header_length
    for output in described["outputs"]:
        size = int(output["parameters"]["binary_data_size"])
        values = np.frombuffer(body[at : at + size], dtype=_DTYPES[output["datatype"]])
        tensors[output["name"]] = values.reshape(output["shape"])
        at += size
    if at != len(body):
        raise ValueError(f"the response describes {at} bytes and has {len(body)}")
    return tensors
