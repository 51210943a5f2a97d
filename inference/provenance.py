"""Which weights gave an answer: a model's name and one hash over all its files."""

import hashlib
from pathlib import Path

from msgspec import Struct


class ModelIdentity(Struct, frozen=True):
    """Catalogue names joined by ``+`` and the SHA-256 over their files."""

    name: str
    sha256: str


def identify(folders: dict[str, Path]) -> ModelIdentity:
    """Reads every byte of every file (the weights that are about to serve, not a note about them): the hash
    is over the lines "<file's sha256>  <model>/<path>\\n" in order of path, as sha256sum would print them."""
    lines: list[str] = []
    for name, folder in sorted(folders.items()):
        for path in sorted(entry for entry in folder.rglob("*") if entry.is_file() and not _is_note(entry)):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{digest}  {name}/{path.relative_to(folder).as_posix()}\n")
    if not lines:
        raise FileNotFoundError(f"there is no model file in {', '.join(map(str, folders.values()))}")
    return ModelIdentity("+".join(sorted(folders)), hashlib.sha256("".join(lines).encode()).hexdigest())


def _is_note(path: Path) -> bool:
    """What the fetcher keeps beside a model (its manifest, completion marks) says nothing about the
    weights."""
    return path.name.startswith(".") or path.name == "manifest.json"
