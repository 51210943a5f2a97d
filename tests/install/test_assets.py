"""The pages' assets come from the npm lock, without the network and without its scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.install import assets
from appliance.install.cache import build_once
from appliance.install.errors import SetupError


def test_the_lock_names_no_host_and_pins_every_package_by_hash() -> None:
    lock = json.loads(assets.LOCK.read_text())
    for place, package in lock["packages"].items():
        if place:
            assert "resolved" not in package
            assert package["integrity"].startswith("sha512-"), place


def test_what_package_json_asks_for_is_one_version_each_and_is_locked() -> None:
    asked = json.loads(assets.PACKAGE.read_text())["dependencies"]
    locked = json.loads(assets.LOCK.read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked


def test_every_copied_file_belongs_to_an_asked_package() -> None:
    asked = json.loads(assets.PACKAGE.read_text())["dependencies"]
    for source in assets.COPIES:
        assert any(source.startswith(f"{name}/") for name in asked), source


def test_files_are_copied_to_where_the_pages_look_for_them(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    for source in assets.COPIES:
        (modules / source).parent.mkdir(parents=True, exist_ok=True)
        (modules / source).write_text(source)
    target = tmp_path / "vendor"
    build_once(target, lambda folder: assets._copy(modules, folder))
    assert (target / "htmx/htmx.min.js").read_text() == "htmx.org/dist/htmx.min.js"
    # The style sheet asks for ./fonts/ beside itself.
    assert (target / "tabler-icons/fonts/tabler-icons.woff2").is_file()


def test_a_package_that_lost_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="tabler"):
        assets._copy(tmp_path, tmp_path / "vendor")
