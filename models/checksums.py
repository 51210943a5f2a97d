"""Lists of SHA-256 as sha256sum writes them: checked against what was read from the disk."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from models.catalogue import ModelError, ModelFile

NAME = "SHA256SUMS"
_LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


def read(path: Path) -> dict[str, str]:
    """Hashes by path; :class:`ModelError` with the line that is not sha256sum's."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The list of checksums {path} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ModelError(
                f"Line {number} of {path} is not one of sha256sum's: 64 hex digits, two spaces, a file's name."
            )
        name = re.sub(r"\\[\\nr]", lambda part: _ESCAPES[part[0]], match[3]) if match[1] else match[3]
        found[name.removeprefix("./")] = match[2].lower()
    if not found:
        raise ModelError(f"The list of checksums {path} is empty.")
    return found


def compare(folder: Path, files: Iterable[ModelFile], sums: dict[str, str], source: Path) -> list[str]:
    """Paths of ``files`` that ``sums`` does not list; :class:`ModelError` naming the first file that differs
    or that is listed and not there."""
    unlisted = []
    for file in files:
        if file.path not in sums:
            unlisted.append(file.path)
        elif sums[file.path] != file.sha256:
            raise ModelError(
                f"{folder / file.path} is not the file of {source.name}: its SHA-256 is {file.sha256}, the list has "
                f"{sums[file.path]}. It was changed or its copy was damaged. Bring it again; nothing was added."
            )
    for path in sums:
        if path not in {NAME, source.name} and not (folder / path).is_file():
            raise ModelError(
                f"{folder / path} is missing, and {source.name} lists it. Bring the whole folder."
            )
    return unlisted
