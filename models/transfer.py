"""Copying a model's files into the cache so that a break costs one file at most, and no error passes as data."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

from appliance.install.cache import COMPLETE
from appliance.install.progress import Progress
from models import disk
from models.catalogue import Model, ModelError, ModelFile
from models.fetch import MANIFEST, write_manifest
from models.metering import BLOCK, Meter, sha256_of

PARTIAL = ".partial"


def fullness_of(target: Path, model: Model) -> contextlib.AbstractContextManager[None]:
    """Names the full disk under ``target`` for as long as ``model`` is brought there."""
    return disk.fullness_named(target, model.size, f"The model {model.name}")


def copy(source: Path, model: Model, target: Path, progress: Progress, began: float) -> None:
    """Bring ``model.files`` from ``source`` to ``target`` and mark it complete; ``began`` is monotonic time.

    A file that is there with the right hash stays. Call it with the lock of ``target`` held.
    """
    with fullness_of(target, model):
        target.mkdir(parents=True, exist_ok=True)
        missing = _missing(model, target, progress)
        if not missing and (target / COMPLETE).is_file() and (target / MANIFEST).is_file():
            return
        (target / COMPLETE).unlink(missing_ok=True)
        _remove_strangers(model, target)
        disk.require(target, sum(file.size for file in missing), f"The rest of the model {model.name}")
        meter = Meter(progress.detail, f"copying {model.name}", sum(file.size for file in missing))
        meter.at(0)
        for file in missing:
            _copy_one(source / file.path, file, target / file.path, meter, progress)
        write_manifest(model, target)
        _mark(model, target, time.monotonic() - began)


def _missing(model: Model, target: Path, progress: Progress) -> list[ModelFile]:
    """What is not yet there as it should be; whatever is there is hashed, not believed."""
    there = [
        file
        for file in model.files
        if (target / file.path).is_file() and (target / file.path).stat().st_size == file.size
    ]
    meter = Meter(progress.detail, "hashing what is here already", sum(file.size for file in there))
    right = {file.path for file in there if sha256_of(target / file.path, meter) == file.sha256}
    if right:
        progress.say(f"  {len(right)} of {len(model.files)} files are here already")
    return [file for file in model.files if file.path not in right]


def _remove_strangers(model: Model, target: Path) -> None:
    """A server is handed the folder: nothing else may lie in it."""
    wanted = {target / file.path for file in model.files}
    for place in [path for path in target.rglob("*") if path.is_symlink() or path.is_file()]:
        if place not in wanted:
            place.unlink()


def _copy_one(source: Path, file: ModelFile, target: Path, meter: Meter, progress: Progress) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + PARTIAL)
    try:
        if _write(source, partial, meter) != file.sha256:
            raise ModelError(
                f"{source} changed while it was copied. Let nothing write to it, and add it again."
            )
        written = sha256_of(partial, Meter(progress.detail, f"hashing {file.path} again", file.size))
        if written != file.sha256:
            raise ModelError(
                f"{target} was not kept by its disk as it was written: its SHA-256 is {written}, the source's "
                f"{file.sha256}. Check the disk of {target.parent}, then add the model again."
            )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _write(source: Path, partial: Path, meter: Meter) -> str:
    """Copy one file to the disk itself and return the hash of what was read."""
    digest = hashlib.sha256()
    with source.open("rb") as reader, partial.open("wb") as writer:
        while block := reader.read(BLOCK):
            digest.update(block)
            writer.write(block)
            meter.moved(len(block))
        writer.flush()
        os.fsync(writer.fileno())
        # Dropped from memory, so that the hash that follows is of what the disk gives back.
        os.posix_fadvise(writer.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return digest.hexdigest()


def _mark(model: Model, target: Path, seconds: float) -> None:
    summary = {"seconds": round(seconds, 1), "megabytes": round(model.size / 1e6, 1)}
    new = target / f"{COMPLETE}.new"
    new.write_text(json.dumps(summary))
    new.replace(target / COMPLETE)
