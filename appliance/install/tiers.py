"""The test suite by tier: static checks first, then pytest, then nothing left running."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import psutil

from appliance.install.environments import REPOSITORY, python
from appliance.install.progress import Progress

MARKERS = {
    "all": "",
    "fast": "not inference and not browser and not slow",
    "browser": "browser and not inference",
    "inference": "inference and not browser",
}
CHECKED_TIERS = ("all", "fast")
PR_SET_CHILD_SUBREAPER = 36
GRACE_S = 10.0
MEMORY = Path("/dev/shm")
TEMPORARY_ROOT = "PYTEST_DEBUG_TEMPROOT"
"""Where pytest puts its folders. The tests make hundreds of small sites and wait for the disk at every commit; what
they prove about durability does not depend on which file system answers."""


def split_arguments(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The tier (``all`` unless the first word is one) and what goes to pytest."""
    if arguments and arguments[0] in MARKERS:
        return arguments[0], list(arguments[1:])
    return "all", list(arguments)


def run(tier: str, pytest_arguments: Sequence[str], progress: Progress) -> int:
    """0 when the static checks and the tests of the tier pass, else 1.

    pytest's closing line is the last line written, whatever else failed.
    """
    adopt_orphans()
    signal.signal(signal.SIGTERM, _leave)
    interpreter = str(python("dev"))
    failed = []
    if tier in CHECKED_TIERS:
        for name, command in static_checks(interpreter).items():
            with progress.step(name):
                done = subprocess.run(command, cwd=REPOSITORY, stdout=sys.stderr, check=False)
            if done.returncode != 0:
                failed.append(name)
    if not os.environ.get(TEMPORARY_ROOT) and os.access(MEMORY, os.W_OK | os.X_OK):
        os.environ[TEMPORARY_ROOT] = str(MEMORY)
    selection = ["-m", MARKERS[tier]] if MARKERS[tier] else []
    with progress.step(f"tests, {tier}"):
        code, closing = pass_through([interpreter, "-m", "pytest", *selection, *pytest_arguments])
    progress.summary()
    for name in failed:
        progress.say(f"✗ {name} found what is listed above")
    print(closing, flush=True)
    return 1 if failed or code != 0 else 0


def static_checks(interpreter: str) -> dict[str, list[str]]:
    """The checks that read the code without running it."""
    lint_imports = "from importlinter.cli import lint_imports_command as check; check()"
    return {
        "ruff": [interpreter, "-m", "ruff", "check", "."],
        "mypy": [interpreter, "-m", "mypy"],
        "import-linter": [interpreter, "-c", lint_imports],
    }


def pass_through(command: Sequence[str]) -> tuple[int, str]:
    """Run to the end with its output passed on, except the last line, which is returned.

    Whatever the command started is ended before this returns, also on SIGTERM and Ctrl-C.
    """
    closing = ""

    def pass_on() -> None:
        nonlocal closing
        assert process.stdout is not None
        for line in process.stdout:
            if closing:
                print(closing, flush=True)
            closing = line.rstrip("\n")

    try:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        reader = threading.Thread(target=pass_on, daemon=True)
        reader.start()
        code = wait_and_reap(process)
    finally:
        # Only then can the pipe reach its end: a server left behind would hold it open.
        end_descendants()
    reader.join()
    return code, closing


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent dies, so that none escapes the end."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_and_reap(process: subprocess.Popen[str]) -> int:
    """The exit code of ``process``; adopted orphans that die meanwhile do not stay as zombies.

    A test that looks for what an engine left behind would count them.
    """
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode


def end_descendants() -> None:
    """Ask every process below this one to end, and after a grace period make it."""
    below = psutil.Process().children(recursive=True)
    for process in below:
        _signal(process, signal.SIGTERM)
    _, still = psutil.wait_procs(below, timeout=GRACE_S)
    for process in still:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(still, timeout=GRACE_S)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
