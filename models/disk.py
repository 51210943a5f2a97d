"""Room on the disk: asked for before the work, and named when it ends in the middle."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from models.catalogue import ModelError

FULL = {errno.ENOSPC, errno.EDQUOT}
_MORE_ROOM = (
    "Make room there, or set MUSTER_CACHE to a folder on a larger disk, and run the same command again."
)


def spelled(size: int) -> str:
    """Bytes for a person: 29.5 GB, 12 MB, 565 bytes."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def free(place: Path) -> int:
    """Bytes that an ordinary user may still write on the disk under ``place``, which need not be there yet."""
    standing = next(folder for folder in (place, *place.parents) if folder.is_dir())
    return shutil.disk_usage(standing).free


def require(place: Path, needed: int, what: str) -> None:
    """:class:`ModelError` with the number of bytes missing, unless ``needed`` bytes are free."""
    there = free(place)
    if there < needed:
        raise ModelError(
            f"{what} needs {spelled(needed)} on the disk of {place}, where {spelled(there)} are free: "
            f"{needed - there} bytes are missing. {_MORE_ROOM}"
        )


@contextlib.contextmanager
def fullness_named(place: Path, needed: int, what: str) -> Iterator[None]:
    """Turn a disk that fills up in the middle into a :class:`ModelError` that says where and how much."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise ModelError(
            f"The disk of {place} is full. {what} needs {spelled(needed)} in all; {spelled(free(place))} are "
            f"free now. What is unfinished does not count as installed. {_MORE_ROOM}"
        ) from error
