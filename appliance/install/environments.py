"""Hash-locked virtual environments in the shared cache.

``python3 -m appliance.install.environments path|build <name>`` works with the standard
library alone. An environment's folder is named by the hash of its lock, its recipe and
its interpreter; a virtual environment cannot be moved, so it is built in place and is
valid once its marker is written (:func:`appliance.install.cache.build_once`).
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from appliance.install import debian
from appliance.install.cache import build_once, cache_dir, exclusive, facts, is_complete
from appliance.install.errors import SetupError
from appliance.install.progress import Progress
from appliance.install.recipes import DEBIAN_PYTHON, RECIPES, Recipe

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = REPOSITORY / "config" / "locks"
TORCH_SOURCE = "MUSTER_TORCH_SOURCE"


def interpreter_for(recipe: Recipe) -> Path:
    """The base interpreter that an environment is made with."""
    if not recipe.system_python:
        return Path(getattr(sys, "_base_executable", sys.executable))
    if not DEBIAN_PYTHON.exists():
        raise SetupError(
            f"The {recipe.name} environment needs Debian's own Python at {DEBIAN_PYTHON}. "
            "Ask IT to run: apt-get install python3 python3-venv libpython3.11"
        )
    return DEBIAN_PYTHON


@functools.cache
def _build_of(interpreter: Path) -> str:
    """The full version string, which tells two builds of the same 3.11 apart."""
    if interpreter == Path(getattr(sys, "_base_executable", sys.executable)):
        return sys.version
    asked = [str(interpreter), "-c", "import sys; print(sys.version, end='')"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


def recipe_named(name: str) -> Recipe:
    """The recipe, or an error that lists the names there are."""
    if name not in RECIPES:
        raise SetupError(f"There is no environment {name!r}. There are: {', '.join(RECIPES)}.")
    return RECIPES[name]


def lock_of(name: str) -> Path:
    """The lock file of an environment."""
    return LOCKS / f"{name}.txt"


def fingerprint(name: str) -> str:
    """First 16 hex digits over the lock's bytes, the recipe's version and the interpreter's."""
    recipe = recipe_named(name)
    lock = lock_of(name)
    if not lock.exists():
        raise SetupError(
            f"The lock {lock} is missing. Make it with: python3 installer.py locks update {name}"
        )
    parts = [lock.read_bytes(), str(recipe.version).encode(), _build_of(interpreter_for(recipe)).encode()]
    if recipe.over:
        parts.append(fingerprint(recipe.over).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def folder(name: str) -> Path:
    """Where the environment is or will be."""
    return cache_dir() / "env" / f"{name}-{fingerprint(name)}"


def is_ready(name: str) -> bool:
    """Whether the environment was built to its end."""
    return is_complete(folder(name))


def path(name: str) -> Path:
    """The folder of a finished environment; :class:`SetupError` when it is not built."""
    found = folder(name)
    if not is_complete(found):
        raise SetupError(
            f"The {name} environment is not built. Build it with: "
            f"python3 -m appliance.install.environments build {name}"
        )
    return found


def python(name: str) -> Path:
    """The interpreter of a finished environment."""
    return path(name) / "bin" / "python"


def site_packages(environment: Path) -> Path:
    """Where the packages of an environment lie."""
    return environment / "lib" / "python3.11" / "site-packages"


def build(name: str, progress: Progress | None = None, torch_source: str | None = None) -> Path:
    """Build the environment unless it stands; what it layers over comes first."""
    recipe = recipe_named(name)
    progress = progress or Progress()
    if recipe.over:
        build(recipe.over, progress, torch_source)
    target = folder(name)
    if is_complete(target):
        return target

    def make(environment: Path) -> None:
        _make(recipe, environment, progress, torch_source or os.environ.get(TORCH_SOURCE))

    # One build at a time on a machine: two downloads of the same wheels help nobody.
    with exclusive(cache_dir() / "env" / "any", lambda: progress.say("  another set-up is running; waiting")):
        if is_complete(target):
            return target
        with progress.step(f"environment {name}") as cost:
            build_once(target, make)
            cost.megabytes = facts(target)["megabytes"]
    return target


def _make(recipe: Recipe, environment: Path, progress: Progress, torch_source: str | None) -> None:
    _make_virtual(interpreter_for(recipe), environment, progress)
    install_locked(environment, lock_of(recipe.name), progress, torch_sources(recipe, torch_source))
    packages = site_packages(environment)
    if recipe.over:
        below = site_packages(folder(recipe.over))
        (packages / f"{recipe.over}.pth").write_text(f"import site; site.addsitedir({str(below)!r})\n")
    if recipe.finish is not None:
        recipe.finish(packages)


def _make_virtual(interpreter: Path, environment: Path, progress: Progress) -> None:
    if interpreter.resolve() == DEBIAN_PYTHON.resolve():
        debian.ensure("environments", progress)
    command = [str(interpreter), "-m", "venv", str(environment)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        said = (made.stdout + made.stderr).strip()
        raise SetupError(f"{interpreter} could not make a virtual environment at {environment}:\n{said}")


def torch_sources(recipe: Recipe, source: str | None) -> list[str]:
    """pip's options for where torch's CPU build comes from: an index's URL or a folder.

    PyPI carries only CUDA builds of torch for Linux. Without a setting pip's own
    configuration has to know a place.
    """
    if not recipe.needs_torch or not source:
        return []
    return ["--extra-index-url" if "://" in source else "--find-links", source]


def install_locked(
    environment: Path, lock: Path, progress: Progress, options: list[str] | None = None
) -> None:
    """Install exactly the wheels of the lock: the lock decides, not a resolver."""
    command = [str(environment / "bin" / "python"), "-m", "pip", "install", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    # Byte code is written at first import, and only for what is imported.
    command += ["--no-compile", "--progress-bar", "off", *(options or []), "-r", str(lock)]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            lines.append(line.rstrip())
            if line.startswith(("Collecting", "Installing")):
                progress.detail(line.strip())
    if pip.returncode != 0:
        raise SetupError(_explain(lock, lines))


def _explain(lock: Path, lines: list[str]) -> str:
    errors = [line for line in lines if "ERROR" in line] or lines
    said = "\n".join(errors[-8:])
    if "torch==" in said:
        return (
            f"pip found no CPU build of torch for {lock.name}. It is not on PyPI: set {TORCH_SOURCE} (or "
            "--torch-source) to PyTorch's CPU wheel index, or to a folder that holds the wheel.\n" + said
        )
    if "DO NOT MATCH THE HASHES" in said:
        return f"A downloaded package is not the one in {lock}. Nothing was installed.\n{said}"
    return f"pip could not install {lock.name}. Is the package index reachable?\n{said}"


def main(arguments: list[str]) -> int:
    """The command line: ``path <name>`` prints the ready folder, ``build <name>`` makes it."""
    if len(arguments) != 2 or arguments[0] not in {"path", "build"}:
        print(
            f"usage: python3 -m appliance.install.environments path|build {{{','.join(RECIPES)}}}",
            file=sys.stderr,
        )
        return 2
    verb, name = arguments
    try:
        print(path(name) if verb == "path" else build(name))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
