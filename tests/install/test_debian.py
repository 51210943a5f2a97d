"""Missing Debian packages are installed by root, and told to IT by anybody else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from appliance.install import debian
from appliance.install.errors import SetupError
from appliance.install.progress import Progress

QUIET = Progress(quiet=True)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """dpkg-query and apt-get that know only flite, and write down how apt-get was called."""
    tools = tmp_path / "bin"
    tools.mkdir()
    calls = tmp_path / "calls"
    calls.touch()
    (tools / "dpkg-query").write_text('#!/bin/sh\n[ "$4" = flite ] && printf installed || exit 1\n')
    (tools / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(debian, "LISTS", tmp_path / "lists")
    (tmp_path / "lists").mkdir()
    return calls


def test_what_is_installed_is_not_missing(machine: Path) -> None:
    assert debian.missing("demo") == {}
    assert list(debian.missing("demo", "inference")) == ["libpython3.11"]


def test_root_installs_and_refreshes_empty_lists_once(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    debian.ensure("browser", QUIET, "demo")
    calls = machine.read_text().splitlines()
    assert calls == [
        "--quiet update",
        "--quiet install --yes --no-install-recommends chromium fonts-noto-cjk",
    ]


def test_anybody_else_is_told_the_exact_command(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    wanted = "apt-get install --yes --no-install-recommends chromium fonts-noto-cjk libpython3.11"
    with pytest.raises(SetupError, match=wanted):
        debian.ensure("browser", QUIET, "inference")
    assert machine.read_text() == ""


def test_a_failing_apt_get_is_told_with_its_own_words(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (machine.parent / "bin" / "apt-get").write_text(
        "#!/bin/sh\necho 'Unable to locate package' >&2; exit 100\n"
    )
    with pytest.raises(SetupError, match="Unable to locate package"):
        debian.ensure("inference", QUIET)


def test_lists_are_old_after_a_week(tmp_path: Path) -> None:
    assert debian.lists_are_old(tmp_path)
    found = tmp_path / "mirror_dists_bookworm_main_binary-amd64_Packages"
    found.touch()
    assert not debian.lists_are_old(tmp_path)
    long_ago = time.time() - 8 * 24 * 3600
    os.utime(found, (long_ago, long_ago))
    assert debian.lists_are_old(tmp_path)
