"""What an engine keeps in shared memory is nobody else's, and ends with it however it ends."""

import os
import resource
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference import child

KEEPS_A_SEGMENT = """
import sys, time
from pathlib import Path
Path('/dev/shm', sys.argv[1]).write_text('what somebody said')
print(sorted(entry.name for entry in Path('/dev/shm').iterdir() if entry.is_file()), flush=True)
print(Path(sys.argv[2]).read_text(), oct(Path('/dev/shm', sys.argv[1]).stat().st_mode & 0o777), flush=True)
time.sleep(600)
"""
NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A deployment's folder in memory, which must not be covered, with a file that anybody may read."""
    place = child.SHARED_MEMORY / f"deployment-{uuid.uuid4().hex}"
    place.mkdir(mode=0o755)
    (place / "settings").write_text("still here")
    yield place
    (place / "settings").unlink()
    place.rmdir()


def engine(name: str, folder: Path, user: int) -> subprocess.Popen[str]:
    """The segment's keeper as a guarded child, run by a Python that every user may execute."""
    command = ["/usr/bin/python3", child.__file__, child.PRIVATE_MEMORY, str(os.getpid())]
    command += ["/usr/bin/python3", "-c", KEEPS_A_SEGMENT, name, str(folder / "settings")]
    copied = child.SHARED_MEMORY / folder.name / "child.py"
    copied.write_text(Path(child.__file__).read_text())
    command[1] = str(copied)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/", user=user)


def users() -> list[int]:
    return [os.getuid(), NOBODY] if os.getuid() == 0 else [os.getuid()]


@pytest.mark.parametrize("user", users())
def test_a_killed_engine_leaves_no_segment_and_nobody_ever_saw_one(folder: Path, user: int) -> None:
    name = f"segment-{uuid.uuid4().hex}"
    with engine(name, folder, user) as keeper:
        assert keeper.stdout is not None
        try:
            seen, settings = keeper.stdout.readline(), keeper.stdout.readline()
            if "not private here" in seen:
                pytest.skip(f"this kernel allows no namespaces: {seen.strip()}")
            assert seen == f"['{name}']\n"
            assert settings == "still here 0o600\n"
            assert not (child.SHARED_MEMORY / name).exists()
        finally:
            keeper.send_signal(signal.SIGKILL)
            (folder / "child.py").unlink()
    assert not (child.SHARED_MEMORY / name).exists()


def test_without_the_wish_memory_is_shared_as_ever(folder: Path) -> None:
    name = f"segment-{uuid.uuid4().hex}"
    program = f"open('/dev/shm/{name}', 'w').write('pip has no secrets')"
    command = [sys.executable, child.__file__, str(os.getpid()), sys.executable, "-c", program]
    subprocess.run(command, check=True)
    segment = child.SHARED_MEMORY / name
    assert segment.read_text() == "pip has no secrets"
    segment.unlink()


def test_where_no_namespace_is_allowed_the_engine_starts_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(place: Path) -> None:
        raise PermissionError(1, "unshare: Operation not permitted")

    started: list[list[str]] = []
    masks: list[int] = []
    monkeypatch.setattr(child, "make_memory_private", refuse)
    monkeypatch.setattr(child, "_check", lambda result, what: None)
    monkeypatch.setattr(child.libc, "prctl", lambda *asked: 0)
    monkeypatch.setattr(os, "umask", masks.append)
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: None)
    monkeypatch.setattr(os, "execvpe", lambda file, argv, environment: started.append(argv))
    child.main(os.getppid(), ["engine"], private_memory=True)
    assert started == [["engine"]] and masks == [0o077]
    assert "not private here" in capsys.readouterr().out
