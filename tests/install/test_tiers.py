"""``installer.py test`` passes pytest's closing line through and leaves nothing running."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from appliance.install import tiers
from appliance.install.environments import REPOSITORY


@pytest.mark.parametrize(
    ("words", "tier", "rest"),
    [
        ([], "all", []),
        (["fast"], "fast", []),
        (["fast", "-k", "lock"], "fast", ["-k", "lock"]),
        (["-k", "lock"], "all", ["-k", "lock"]),
        (["tests/install"], "all", ["tests/install"]),
    ],
)
def test_the_first_word_is_a_tier_and_the_rest_is_for_pytest(
    words: list[str], tier: str, rest: list[str]
) -> None:
    assert tiers.split_arguments(words) == (tier, rest)


def in_a_process(code: str) -> subprocess.Popen[str]:
    """Run code that uses ``tiers`` in a process of its own, which may end its descendants."""
    prelude = "from appliance.install import tiers; import sys; tiers.adopt_orphans()\n"
    return subprocess.Popen(
        [sys.executable, "-c", prelude + textwrap.dedent(code)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_the_last_line_is_kept_back_and_the_exit_code_is_told() -> None:
    process = in_a_process("""
        inner = "print('one'); print('two'); print('3 passed'); raise SystemExit(5)"
        print(tiers.pass_through([sys.executable, "-c", inner]))
    """)
    out, _ = process.communicate(timeout=60)
    assert out.splitlines() == ["one", "two", "(5, '3 passed')"]


def test_a_server_that_a_test_left_in_its_own_session_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    process = in_a_process(f"""
        server = "import time; time.sleep(600)"
        inner = f'''
        import subprocess, sys
        left = subprocess.Popen([sys.executable, "-c", "{{server}}"], start_new_session=True)
        open({str(note)!r}, "w").write(str(left.pid))
        print("1 passed")
        '''
        import textwrap
        print(tiers.pass_through([sys.executable, "-c", textwrap.dedent(inner)]))
    """)
    out, _ = process.communicate(timeout=60)
    assert out.splitlines() == ["(0, '1 passed')"]
    assert not alive(int(note.read_text()))


def test_an_orphan_that_dies_while_the_tests_run_leaves_no_zombie() -> None:
    process = in_a_process("""
        inner = '''
        import psutil, subprocess, time
        # A shell that goes away at once and leaves a child that lives a moment longer.
        command = "sleep 0.3 & echo $!"
        told = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(0.7)
        print(psutil.pid_exists(int(told.stdout.split()[0])))
        '''
        import textwrap
        print(tiers.pass_through([sys.executable, "-c", textwrap.dedent(inner)]))
    """)
    out, _ = process.communicate(timeout=60)
    assert out.splitlines() == ["(0, 'False')"]


def test_sigterm_ends_what_was_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    process = in_a_process(f"""
        import signal
        signal.signal(signal.SIGTERM, tiers._leave)
        inner = '''
        import os, time
        open({str(note)!r}, "w").write(str(os.getpid()))
        time.sleep(600)
        '''
        import textwrap
        tiers.pass_through([sys.executable, "-c", textwrap.dedent(inner)])
    """)
    until = time.monotonic() + 30
    while not (note.exists() and note.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 128 + 15
    assert not alive(int(note.read_text()))


def test_the_tiers_cover_every_marker_between_them() -> None:
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
    assert set(tiers.MARKERS) == {"all", "fast", "browser", "inference"}
    assert tiers.MARKERS["all"] == ""
    for marker in ("inference", "browser", "slow"):
        assert f"not {marker}" in tiers.MARKERS["fast"]
