"""Weight files that are cut, changed or something else are refused by name, without running anything in them."""

from __future__ import annotations

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.catalogue import ModelError
from models.formats import checkpoint, ctranslate2, onnx, safetensors
from tests.models import weights

TENSORS = {"a": (2, 3), "b": (), "c": (4, 0), "d": (5,)}
ANY_FOLDER = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FORMATS: list[tuple[Callable[[Path], object], bytes]] = [
    (safetensors.tensors, weights.safetensors(TENSORS)),
    (ctranslate2.tensors, weights.ctranslate2({"encoder/conv1/weight": (4, 80, 3), "scale": ()})),
    (onnx.check, weights.onnx()),
    (checkpoint.check, weights.checkpoint()),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def test_tensors_are_read_with_their_dimensions(file: Path) -> None:
    file.write_bytes(weights.safetensors(TENSORS))
    assert safetensors.tensors(file) == TENSORS
    variables = {"encoder/conv1/weight": (4, 80, 3), "scale": ()}
    file.write_bytes(weights.ctranslate2(variables))
    assert ctranslate2.tensors(file) == variables


@pytest.mark.parametrize(
    ("check", "whole"), FORMATS, ids=["safetensors", "ctranslate2", "onnx", "checkpoint"]
)
@ANY_FOLDER
@given(data=st.data())
def test_wherever_a_file_is_cut_it_is_refused_by_name(
    file: Path, check: Callable[[Path], object], whole: bytes, data: st.DataObject
) -> None:
    file.write_bytes(whole)
    check(file)
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ModelError, match=str(file)):
        check(file)


@pytest.mark.parametrize("check", [check for check, _ in FORMATS])
@ANY_FOLDER
@given(noise=st.binary(max_size=300))
def test_noise_is_refused_and_never_another_error(
    file: Path, check: Callable[[Path], object], noise: bytes
) -> None:
    file.write_bytes(b"\xff\xff" + noise)
    with pytest.raises(ModelError, match=str(file)):
        check(file)


def with_header(header: dict[str, object], data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    ("entry", "size"),
    [
        ({"dtype": "BF16", "shape": [3], "data_offsets": [0, 4]}, 4),
        ({"dtype": "BF16", "shape": [2], "data_offsets": [2, 6]}, 6),
        ({"dtype": "BF17", "shape": [2], "data_offsets": [0, 4]}, 4),
        ({"dtype": "BF16", "shape": [-1, -2], "data_offsets": [0, 4]}, 4),
        ({"dtype": "F4", "shape": [3], "data_offsets": [0, 1]}, 1),
        ({"dtype": "BF16", "shape": [2], "data_offsets": [0]}, 4),
        ({"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}, 5),
    ],
    ids=["too short", "a gap", "unknown type", "negative", "half a byte", "no end", "bytes after the end"],
)
def test_a_header_that_does_not_agree_with_its_bytes_is_refused(
    file: Path, entry: dict[str, object], size: int
) -> None:
    file.write_bytes(with_header({"weight": entry}, bytes(size)))
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        safetensors.tensors(file)


def test_another_class_than_whisper_is_refused(file: Path) -> None:
    file.write_bytes(weights.ctranslate2({"x": (1,)}, spec="TransformerSpec"))
    with pytest.raises(ModelError, match="TransformerSpec"):
        ctranslate2.tensors(file)


class Harmful:
    """Calls a program when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo called > called",)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_checkpoint_that_would_call_a_program_is_refused_uncalled(
    file: Path, monkeypatch: pytest.MonkeyPatch, protocol: int
) -> None:
    monkeypatch.chdir(file.parent)
    file.write_bytes(weights.checkpoint(pickle.dumps(Harmful(), protocol)))
    with pytest.raises(ModelError, match="loading it would call"):
        checkpoint.check(file)
    assert not (file.parent / "called").exists()


@ANY_FOLDER
@given(noise=st.binary(max_size=60))
@example(noise=b".")
def test_noise_for_a_pickle_is_refused(file: Path, noise: bytes) -> None:
    file.write_bytes(weights.checkpoint(b"\x80\x02" + noise + b"\xff"))
    with pytest.raises(ModelError, match=str(file)):
        checkpoint.check(file)


@pytest.mark.parametrize(
    "named",
    [
        b"ctorch.hub\nload\n.",
        b"ctorchevil\nSize\n.",
        b"cpyannote.audio.core.io\nAudio\n.",
        b"cbuiltins\neval\n.",
    ],
)
def test_what_weights_have_no_need_of_is_refused(file: Path, named: bytes) -> None:
    file.write_bytes(weights.checkpoint(b"\x80\x02" + named))
    with pytest.raises(ModelError, match="no need of"):
        checkpoint.check(file)


def test_tensors_and_pyannotes_own_descriptions_are_harmless(file: Path) -> None:
    names = (
        b"torch._utils\n_rebuild_tensor_v2",
        b"torch\nFloatStorage",
        b"torch.torch_version\nTorchVersion",
        b"pyannote.audio.core.task\nProblem",
        b"collections\nOrderedDict",
    )
    pickled = b"\x80\x02" + b"".join(b"c" + name + b"\n0" for name in names) + b"N."
    assert len(checkpoint.calls(pickled)) == 5
    file.write_bytes(weights.checkpoint(pickled))
    checkpoint.check(file)


def test_a_program_beside_the_weights_is_refused(file: Path) -> None:
    file.write_bytes(weights.checkpoint(**{"constants.pkl": b"\x80\x02N."}))
    with pytest.raises(ModelError, match="TorchScript"):
        checkpoint.check(file)


def test_a_changed_byte_in_a_checkpoint_is_found(file: Path) -> None:
    whole = bytearray(weights.checkpoint())
    whole[whole.index(bytes(64)) + 7] = 1
    file.write_bytes(whole)
    with pytest.raises(ModelError, match="checksum"):
        checkpoint.check(file)
