"""Tensors in and out of a Triton python model, the same for every environment.

The bundled python stub (Triton 2.51) corrupts tensors silently under numpy 2: ``as_numpy()`` then yields the
first element everywhere. Environments with numpy 2 therefore pass tensors through torch's DLPack, both ways;
environments with numpy 1 through numpy. Only flat integer and float tensors are used: text and pictures are
``UINT8`` vectors, because string tensors have no DLPack form.
"""

import json
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def _through_torch() -> bool:
    return int(np.__version__.split(".")[0]) >= 2


def read(request: Any, name: str) -> Array:
    """A copy of input ``name`` as a flat array of its own data type."""
    import triton_python_backend_utils as pb_utils

    tensor = pb_utils.get_input_tensor_by_name(request, name)
    if tensor is None:
        raise ValueError(f"the request has no input {name}")
    if not _through_torch():
        return np.array(tensor.as_numpy(), copy=True).reshape(-1)
    import torch.utils.dlpack

    # The copy is explicit: the memory behind the capsule belongs to Triton's shared memory.
    return np.array(torch.utils.dlpack.from_dlpack(tensor.to_dlpack()).clone().numpy()).reshape(-1)


def write(name: str, values: Array) -> Any:
    """A Triton tensor ``name`` holding ``values``."""
    import triton_python_backend_utils as pb_utils

    flat = np.ascontiguousarray(values)
    if not _through_torch():
        return pb_utils.Tensor(name, flat)
    import torch
    import torch.utils.dlpack

    return pb_utils.Tensor.from_dlpack(name, torch.utils.dlpack.to_dlpack(torch.from_numpy(flat.copy())))


def write_json(name: str, value: object) -> Any:
    """A ``UINT8`` tensor holding ``value`` as UTF-8 JSON."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return write(name, np.frombuffer(text, dtype=np.uint8))


def split(joined: Array, lengths: Array) -> list[bytes]:
    """Undoes the client's concatenation: ``lengths`` byte counts that must add up to ``joined``."""
    if len(lengths) == 0 or int(lengths.min()) < 1 or int(lengths.sum()) != joined.size:
        raise ValueError(f"lengths {lengths.tolist()[:8]} do not divide {joined.size} bytes")
    ends = np.cumsum(lengths)
    return [joined[end - length : end].tobytes() for end, length in zip(ends, lengths, strict=True)]
