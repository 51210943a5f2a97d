"""The cache folder that every clone on a machine shares, and its locks.

Everything in it is named by the hash of what it was made from, so two clones never
disagree about a path's content, and a folder without its ``.complete`` marker is the
remains of an interrupted build.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

COMPLETE = ".complete"


def cache_dir() -> Path:
    """``$MUSTER_CACHE``, else ``$XDG_CACHE_HOME/muster``, else ``~/.cache/muster``."""
    own = os.environ.get("MUSTER_CACHE")
    if own:
        return Path(own).expanduser().absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache").expanduser().absolute() / "muster"


@contextlib.contextmanager
def exclusive(target: Path, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock beside ``target``; another process that wants it waits.

    The kernel drops the lock when its holder dies, so a killed build never blocks the next one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f".{target.name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait is not None:
                on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_complete(target: Path) -> bool:
    """Whether the build of ``target`` reached its end."""
    return (target / COMPLETE).is_file()


def facts(target: Path) -> dict[str, float]:
    """The seconds and megabytes that the finished build of ``target`` took."""
    found = json.loads((target / COMPLETE).read_text())
    return {name: float(value) for name, value in found.items()}


def build_once(
    target: Path, build: Callable[[Path], None], on_wait: Callable[[], None] | None = None
) -> bool:
    """Run ``build(target)`` on an empty folder unless it was finished before.

    Returns whether it was built now. The marker is written last: an interrupted build
    leaves none, and the next call clears the remains and starts again.
    """
    if is_complete(target):
        return False
    with exclusive(target, on_wait):
        if is_complete(target):
            return False
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        started = time.monotonic()
        build(target)
        summary = {"seconds": round(time.monotonic() - started, 1), "megabytes": round(size_mb(target), 1)}
        marker = target / f"{COMPLETE}.new"
        marker.write_text(json.dumps(summary))
        marker.replace(target / COMPLETE)
    return True


def size_mb(folder: Path) -> float:
    """Megabytes of disk that the files under ``folder`` take, links not followed."""
    blocks = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            blocks += os.lstat(os.path.join(parent, name)).st_blocks
    return blocks * 512 / 1e6
