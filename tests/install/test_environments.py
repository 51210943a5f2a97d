"""Environments are built from their lock, once, and survive being interrupted."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from appliance.install import environments
from appliance.install.cache import COMPLETE, facts
from appliance.install.errors import SetupError
from appliance.install.progress import Progress
from appliance.install.recipes import RECIPES, Recipe, remove_cuda_torchaudio
from tests.install.conftest import Site, make_wheel

QUIET = Progress(quiet=True)


def run_in(environment: Path, code: str) -> str:
    asked = [str(environment / "bin" / "python"), "-c", code]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Building without pip, slowly enough to be met by another build; the folders in order."""
    built: list[Path] = []

    def make(recipe: Recipe, environment: Path, progress: Progress, torch_source: str | None) -> None:
        built.append(environment)
        time.sleep(0.2)
        (environment / "made").touch()

    monkeypatch.setattr(environments, "_make", make)
    return built


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One virtual environment for the tests of what pip refuses."""
    place = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    return place


def test_an_environment_and_its_layer_hold_what_their_locks_say(site: Site) -> None:
    layer = environments.build("above", QUIET)
    below = environments.path("small")
    assert run_in(below, "import greeting; print(greeting.WORD)") == "hello"
    assert run_in(layer, "import greeting, farewell; print(greeting.WORD, farewell.WORD)") == "hello bye"
    assert not (environments.site_packages(layer) / "greeting.py").exists(), "a layer is not a copy"
    assert facts(below)["megabytes"] > 1


def test_an_environment_that_is_not_built_is_refused_with_the_command_that_builds_it(site: Site) -> None:
    with pytest.raises(SetupError, match="environments build small"):
        environments.path("small")


def test_an_interrupted_build_is_cleared_and_built_again(site: Site, light: list[Path]) -> None:
    target = environments.folder("small")
    target.mkdir(parents=True)
    (target / "half-written").touch()
    assert not environments.is_ready("small")
    environments.build("small", QUIET)
    assert not (target / "half-written").exists()
    assert (target / COMPLETE).exists()


def test_a_build_that_fails_leaves_no_marker(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise SetupError("no network")

    monkeypatch.setattr(environments, "_make", fail)
    with pytest.raises(SetupError, match="no network"):
        environments.build("small", QUIET)
    assert not environments.is_ready("small")


def test_two_that_want_the_same_environment_build_it_once(site: Site, light: list[Path]) -> None:
    threads = [threading.Thread(target=environments.build, args=("small", QUIET)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert light == [environments.folder("small")]
    assert environments.is_ready("small")


def test_another_lock_or_recipe_is_another_folder(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = environments.folder("small"), environments.folder("above")
    monkeypatch.setitem(RECIPES, "small", Recipe("small", version=2))
    after = environments.folder("small"), environments.folder("above")
    assert before[0] != after[0]
    assert before[1] != after[1], "a layer over a changed environment is another one too"


def test_a_package_that_is_not_the_locked_one_is_refused(site: Site, bare: Path) -> None:
    make_wheel(site.index, "greeting", "1.0", {"greeting.py": b"WORD = 'tampered'\n"})
    with pytest.raises(SetupError, match="not the one in"):
        environments.install_locked(bare, environments.lock_of("small"), QUIET)
    assert not (environments.site_packages(bare) / "greeting.py").exists()


def test_a_missing_cpu_build_of_torch_names_the_setting(site: Site, bare: Path) -> None:
    site.lock("small", "torch", "2.13.0+cpu", "0" * 64)
    with pytest.raises(SetupError, match="MUSTER_TORCH_SOURCE"):
        environments.install_locked(bare, environments.lock_of("small"), QUIET)


def test_torch_comes_from_a_folder_or_an_index_and_only_where_it_is_needed() -> None:
    recipe = Recipe("engine", needs_torch=True)
    index = "https://wheels.example/cpu"
    assert environments.torch_sources(recipe, "/srv/wheels") == ["--find-links", "/srv/wheels"]
    assert environments.torch_sources(recipe, index) == ["--extra-index-url", index]
    assert environments.torch_sources(Recipe("plain"), "/srv/wheels") == []


def test_only_the_cuda_libraries_of_torchaudio_are_removed(tmp_path: Path) -> None:
    library = tmp_path / "torchaudio" / "lib"
    library.mkdir(parents=True)
    for name in ("_torchaudio.abi3.so", "libtorchaudio.abi3.so", "kept.so"):
        (library / name).touch()
    remove_cuda_torchaudio(tmp_path)
    assert [found.name for found in library.iterdir()] == ["kept.so"]


def test_the_command_line_prints_the_path_and_refuses_other_words(site: Site) -> None:
    command = [sys.executable, "-S", "-m", "appliance.install.environments"]
    asked = subprocess.run([*command, "path", "app"], capture_output=True, text=True, check=False)
    assert asked.returncode == 1
    assert "build app" in asked.stderr
    asked = subprocess.run([*command, "remove", "app"], capture_output=True, text=True, check=False)
    assert asked.returncode == 2
