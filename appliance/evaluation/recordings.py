"""The recordings of a folder: found by the endings of their names, in the order of their paths."""

import os
import stat
from pathlib import Path

from msgspec import Struct

from appliance.evaluation.errors import BadInput
from appliance.evaluation.naming import displayable

SUFFIXES = frozenset(
    (".wav", ".w64", ".aif", ".aiff", ".flac", ".mp3", ".aac", ".ogg", ".oga", ".opus")
    + (".webm", ".weba", ".mkv", ".mka", ".mp4", ".m4a", ".mov")
)


class Recording(Struct, frozen=True):
    """``name`` is the path relative to the folder, with slashes, as results show it."""

    name: str
    path: Path


def find(folder: Path) -> list[Recording]:
    """Every recording below ``folder``, sorted by name; hidden files and folders are left aside.

    Raises :class:`BadInput` where there is no such folder, a part of it cannot be listed, or nothing is in it.
    """
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}. Name the folder that holds the recordings.")
    found = []
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if name.startswith(".") or Path(name).suffix.lower() not in SUFFIXES:
                continue
            path = Path(parent, name)
            found.append(Recording(displayable(path.relative_to(folder).as_posix()), path))
    if not found:
        endings = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise BadInput(
            f"{folder} holds no recordings. Recordings are known by the ending of their name: {endings}."
        )
    return sorted(found, key=lambda recording: recording.name)


def _refuse(error: OSError) -> None:
    raise BadInput(f"The folder {error.filename} cannot be listed ({error.strerror}). Make it readable.")


def why_no_file(path: Path) -> str:
    """Empty for a regular file; else what ``path`` is instead. Reading a pipe or a device would never end."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"it cannot be opened ({error.strerror})"
    return "" if stat.S_ISREG(mode) else "it is no regular file"
