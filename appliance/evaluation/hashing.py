"""What goes into an evaluation, by its content."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from appliance.evaluation.recordings import why_no_file
from appliance.evaluation.running import Task


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes; empty where it cannot be read, which its item will tell."""
    if why_no_file(path):
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def hash_all(files: Mapping[str, Path]) -> list[Task]:
    """One task for each file, in the mapping's order."""
    return [Task(name, hash_file(path)) for name, path in files.items()]
