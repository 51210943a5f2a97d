"""Every environment has an input and a lock in which nothing is left to a resolver."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from appliance.install.environments import LOCKS, lock_of
from appliance.install.errors import SetupError
from appliance.install.locks import Pin, normalised, pins_of, read_lock
from appliance.install.recipes import RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_every_environment_is_locked_with_hashes(name: str) -> None:
    pins = read_lock(lock_of(name))
    names = [pin.name for pin in pins]
    assert len(names) == len(set(names)), "a package is locked twice"
    asked = [line for line in (LOCKS / f"{name}.in").read_text().splitlines() if line and line[0] != "#"]
    for line in asked:
        requirement = normalised(line.split("=")[0].split("<")[0].split(">")[0].strip())
        assert requirement in names, f"{requirement} of {name}.in is not in its lock"


@pytest.mark.parametrize("name", RECIPES)
def test_no_lock_holds_what_the_recipe_leaves_out_or_the_layer_below_has(name: str) -> None:
    recipe = RECIPES[name]
    names = {pin.name for pin in read_lock(lock_of(name))}
    assert not names & {normalised(each) for each in recipe.without}
    if recipe.over:
        assert not names & {pin.name for pin in read_lock(lock_of(recipe.over))}


def test_no_lock_names_a_host_or_a_folder() -> None:
    for lock in LOCKS.glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text
        assert "--find-links" not in text


def test_the_engines_run_torch_without_cuda() -> None:
    for name in ("vllm", "speech"):
        pins = {pin.name: pin.version for pin in read_lock(lock_of(name))}
        assert pins["torch"] == "2.13.0+cpu"
        assert not [each for each in pins if each.startswith("nvidia-")]


def test_vision_has_the_numpy_that_triton_does_not_corrupt_and_one_opencv() -> None:
    pins = {pin.name: pin.version for pin in read_lock(lock_of("vision"))}
    assert pins["numpy"].startswith("1.")
    assert pins["pandas"].startswith("2.")
    assert pins["mediapipe"] == "0.10.21"
    assert [name for name in pins if name.startswith("opencv")] == ["opencv-contrib-python-headless"]
    assert "tensorflow" not in pins


def test_a_line_without_its_hash_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "loose.txt"
    lock.write_text("greeting==1.0\n")
    with pytest.raises(SetupError, match="greeting==1.0"):
        read_lock(lock)


def test_a_report_becomes_sorted_pins_and_a_local_file_is_hashed(tmp_path: Path) -> None:
    wheel = tmp_path / "two+cpu.whl"
    wheel.write_bytes(b"wheel")
    known = {"url": "https://index.example/one.whl", "archive_info": {"hashes": {"sha256": "a" * 64}}}
    local = {"url": wheel.as_uri(), "archive_info": {}}
    report = {
        "install": [
            {"metadata": {"name": "Two_Part", "version": "2+cpu"}, "download_info": local},
            {"metadata": {"name": "one", "version": "1"}, "download_info": known},
        ]
    }
    digest = hashlib.sha256(b"wheel").hexdigest()
    assert pins_of(report) == [Pin("one", "1", "a" * 64), Pin("two-part", "2+cpu", digest)]


def test_a_remote_package_without_a_hash_is_refused() -> None:
    entry = {
        "metadata": {"name": "one", "version": "1"},
        "download_info": {"url": "https://index.example/one.whl"},
    }
    with pytest.raises(SetupError, match=r"one\.whl"):
        pins_of({"install": [entry]})
