"""A cache of its own, and a package index that is a folder with two hand-made wheels."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.install import environments
from appliance.install.recipes import RECIPES, Recipe


def make_wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> tuple[Path, str]:
    """A real wheel with these files, and its SHA-256."""
    info = f"{name}-{version}.dist-info"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    everything = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*everything, f"{info}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in everything.items():
            archive.writestr(path, content)
        archive.writestr(f"{info}/RECORD", record)
    return wheel, hashlib.sha256(wheel.read_bytes()).hexdigest()


@dataclass
class Site:
    """A cache, an index folder and a lock folder that belong to one test."""

    cache: Path
    index: Path
    locks: Path

    def lock(self, name: str, package: str, version: str, sha256: str) -> None:
        """Write the lock of a one-package environment."""
        (self.locks / f"{name}.txt").write_text(f"{package}=={version} \\\n    --hash=sha256:{sha256}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """``small`` is an environment with the package ``greeting``; ``above`` is layered over it."""
    found = Site(tmp_path / "cache", tmp_path / "index", tmp_path / "locks")
    found.index.mkdir()
    found.locks.mkdir()
    monkeypatch.setenv("MUSTER_CACHE", str(found.cache))
    for setting in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(found.index))
    monkeypatch.setattr(environments, "LOCKS", found.locks)
    monkeypatch.setitem(RECIPES, "small", Recipe("small"))
    monkeypatch.setitem(RECIPES, "above", Recipe("above", over="small"))
    _, digest = make_wheel(found.index, "greeting", "1.0", {"greeting.py": b"WORD = 'hello'\n"})
    found.lock("small", "greeting", "1.0", digest)
    _, digest = make_wheel(found.index, "farewell", "1.0", {"farewell.py": b"WORD = 'bye'\n"})
    found.lock("above", "farewell", "1.0", digest)
    return found
