"""Debian packages: what is needed for what, what is missing, and who installs it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from appliance.install.errors import SetupError
from appliance.install.progress import Progress

PACKAGES: dict[str, dict[str, str]] = {
    "environments": {"python3-venv": "virtual environments with Debian's own Python"},
    "inference": {"libpython3.11": "Triton's python backend is linked against it"},
    "browser": {
        "chromium": "the browser that tests and the demo drive",
        "fonts-noto-cjk": "Chinese text in the browser's pictures and in test documents",
    },
    "demo": {"flite": "the voice of the demo's candidate"},
}
"""Purpose → package → why."""

LISTS = Path("/var/lib/apt/lists")
LISTS_GROW_OLD_AFTER_S = 7 * 24 * 3600


def installed(package: str) -> bool:
    """Whether dpkg has the package, installed and configured."""
    command = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SetupError(
            "dpkg-query is not on this machine. Muster sets itself up on Debian 12; elsewhere provide "
            f"{package} yourself and put a dpkg-query that answers 'installed' on the path."
        ) from error
    return asked.stdout.strip() == "installed"


def missing(*purposes: str) -> dict[str, str]:
    """The packages that these purposes need and the machine has not, with the reason."""
    wanted = {name: why for purpose in purposes for name, why in PACKAGES[purpose].items()}
    return {name: why for name, why in wanted.items() if not installed(name)}


def ensure(purpose: str, progress: Progress, *more: str) -> None:
    """Install what is missing when this is root; else say in one message what IT should run."""
    absent = missing(purpose, *more)
    if not absent:
        return
    if os.geteuid() != 0:
        reasons = "\n".join(f"  {name}: {why}" for name, why in absent.items())
        raise SetupError(
            f"These Debian packages are missing, and only root may install them:\n{reasons}\n"
            f"Ask IT to run: apt-get install --yes --no-install-recommends {' '.join(absent)}"
        )
    with progress.step(f"Debian packages {', '.join(absent)}"):
        if lists_are_old(LISTS):
            _apt_get("update")
        _apt_get("install", "--yes", "--no-install-recommends", *absent)


def lists_are_old(lists: Path) -> bool:
    """Whether apt has no package lists, or none that is younger than a week."""
    times = [found.stat().st_mtime for found in lists.glob("*_Packages*")]
    return not times or time.time() - max(times) > LISTS_GROW_OLD_AFTER_S


def _apt_get(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "--quiet", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise SetupError(f"{' '.join(command)} failed with code {done.returncode}:\n{said}")
