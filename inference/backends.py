"""Triton's backend directory, assembled from what nvidia-pytriton carries."""

import shutil
from pathlib import Path

from inference.launch import triton_home

PYTHON = "3.11"
"""The stub's Python; environments are made with the same system's /usr/bin/python3."""


def assemble_backends(environment: Path, folder: Path) -> Path:
    """Copies the python backend, its utilities and the stub for Python 3.11 into ``folder``/python, as the
    server wants them in one place. Raises ``FileNotFoundError`` naming what the wheel lacks."""
    home = triton_home(environment)
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / "python"
    python.mkdir(parents=True)
    shipped = home / "backends" / "python"
    stub = home / "python_backend_stubs" / PYTHON / "triton_python_backend_stub"
    for source in (shipped / "libtriton_python.so", shipped / "triton_python_backend_utils.py", stub):
        shutil.copy2(source, python / source.name)
    (python / stub.name).chmod(0o755)
    return folder
