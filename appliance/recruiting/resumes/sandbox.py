"""Reading in a process of its own, so that a hostile file can exhaust only that process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from appliance.recruiting.resumes.answer import Answer
from appliance.recruiting.resumes.document import Problem, ResumeText, Unreadable

WALL_SECONDS = 40.0
_ROOT = Path(__file__).resolve().parents[3]
_OUT_OF_TIME = frozenset({-signal.SIGXCPU, -signal.SIGKILL})


def read_in_sandbox(data: bytes, *, wall_seconds: float = WALL_SECONDS) -> ResumeText:
    """The text of a resume; raises ``Unreadable``. ``data`` goes over a pipe: nothing is written to disk."""
    command = [sys.executable, "-s", "-m", "appliance.recruiting.resumes.child"]
    environment = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
    try:
        done = subprocess.run(  # noqa: S603 - fixed command, no shell
            command,
            input=data,
            capture_output=True,
            cwd=_ROOT,
            env=environment,
            timeout=wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(Problem.too_slow) from error
    if done.returncode in _OUT_OF_TIME:
        raise Unreadable(Problem.too_slow)
    if done.returncode != 0:
        memory = b"MemoryError" in done.stderr or b"bad_alloc" in done.stderr
        raise Unreadable(Problem.too_much_memory if memory else Problem.reader_failed)
    try:
        answer = msgspec.msgpack.decode(done.stdout, type=Answer)
    except msgspec.DecodeError as error:
        raise Unreadable(Problem.reader_failed) from error
    if answer.text is None:
        refusal = answer.refusal
        raise Unreadable(
            refusal.problem if refusal else Problem.reader_failed, refusal.found if refusal else ""
        )
    return answer.text
