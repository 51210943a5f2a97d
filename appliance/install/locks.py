"""Writing the hash locks: resolve the inputs, keep one hash for the wheel actually used.

Run on a connected machine, by a person, when a dependency moves; the result is reviewed
and committed. Everything else only reads the locks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from appliance.install.environments import (
    LOCKS,
    TORCH_SOURCE,
    interpreter_for,
    lock_of,
    recipe_named,
    torch_sources,
)
from appliance.install.errors import SetupError
from appliance.install.progress import Progress
from appliance.install.recipes import RECIPES


@dataclass(frozen=True, order=True)
class Pin:
    """One package of a lock."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version} \\\n    --hash=sha256:{self.sha256}"


def normalised(name: str) -> str:
    """A package's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(lock: Path) -> list[Pin]:
    """The pins of a lock file; a line that is not ``name==version --hash`` is refused."""
    text = re.sub(r"\\\n", " ", lock.read_text())
    pins = []
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        found = re.fullmatch(r"(\S+?)==(\S+)\s+--hash=sha256:([0-9a-f]{64})", line)
        if found is None:
            raise SetupError(f"{lock}: not a pinned package with its SHA-256: {line}")
        pins.append(Pin(*found.groups()))
    return pins


def update(names: list[str], progress: Progress, torch_source: str | None = None) -> list[Path]:
    """Resolve ``config/locks/<name>.in`` for every name and write the lock beside it."""
    return [_update(name, progress, torch_source) for name in names]


def command(arguments: list[str]) -> int:
    """``locks update [NAME ...] [--torch-source S]``: every lock when no name is given."""
    parser = argparse.ArgumentParser(prog="installer.py locks update", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(RECIPES)}; all when none is named")
    parser.add_argument("--torch-source", default=os.environ.get(TORCH_SOURCE))
    given = parser.parse_args(arguments)
    for lock in update(given.names or list(RECIPES), Progress(), given.torch_source):
        print(lock)
    return 0


def _update(name: str, progress: Progress, torch_source: str | None) -> Path:
    recipe = recipe_named(name)
    base = read_lock(lock_of(recipe.over)) if recipe.over else []
    with progress.step(f"lock {name}"), tempfile.TemporaryDirectory() as scratch:
        resolver = Path(scratch) / "resolver"
        subprocess.run([str(interpreter_for(recipe)), "-m", "venv", str(resolver)], check=True)
        pip = [str(resolver / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        # Only a recent pip resolves from metadata without downloading every wheel.
        subprocess.run([*pip, "install", "--quiet", "--upgrade", "pip"], check=True)
        constraints = Path(scratch) / "constraints.txt"
        constraints.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in base))
        report = Path(scratch) / "report.json"
        command = [*pip, "install", "--dry-run", "--ignore-installed", "-qq", "--only-binary", ":all:"]
        command += ["--report", str(report), "-c", str(constraints), *torch_sources(recipe, torch_source)]
        command += [] if recipe.with_dependencies else ["--no-deps"]
        done = subprocess.run([*command, "-r", str(LOCKS / f"{name}.in")], text=True, check=False)
        if done.returncode != 0:
            raise SetupError(f"pip could not resolve {LOCKS / name}.in; its own message is above.")
        pins = pins_of(json.loads(report.read_text()))
    left_out = {normalised(each) for each in recipe.without} | {pin.name for pin in base}
    lock = lock_of(name)
    kept = [str(pin) for pin in pins if pin.name not in left_out]
    lock.write_text(
        f"# From {name}.in by: python3 installer.py locks update {name}\n" + "\n".join(kept) + "\n"
    )
    return lock


def pins_of(report: Mapping[str, Any]) -> list[Pin]:
    """The pins in pip's installation report, sorted; places and file names are left behind."""
    pins = []
    for entry in report["install"]:
        metadata, download = entry["metadata"], entry["download_info"]
        archive = download.get("archive_info")
        hashes = archive.get("hashes", {}) if isinstance(archive, dict) else {}
        digest = hashes.get("sha256") or _hash_of_local(str(download["url"]))
        pins.append(Pin(normalised(str(metadata["name"])), str(metadata["version"]), digest))
    return sorted(pins)


def _hash_of_local(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise SetupError(f"The index gives no SHA-256 for {url}; a lock without it proves nothing.")
    return hashlib.sha256(Path(unquote(parts.path)).read_bytes()).hexdigest()
