"""Runs a command as a child that cannot outlive its parent.

``python child.py [--private-memory] PARENT_PID COMMAND...`` asks the kernel for SIGTERM when the parent's thread ends
(prctl(2), PR_SET_PDEATHSIG; kept across exec), forbids core dumps, which would hold candidates' data in clear, and
becomes the command. A program of its own, because code between fork and exec is unsafe in a threaded parent.

With ``--private-memory`` the command gets a /dev/shm that only its own processes see and that the kernel frees with
the last of them. Triton and vLLM pass sound, pictures and texts through segments there, readable by every user, and
leave them behind when they are killed: for as long as the machine runs.
"""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

PRIVATE_MEMORY = "--private-memory"
SHARED_MEMORY = Path("/dev/shm")

PR_SET_PDEATHSIG = 1
CLONE_NEWNS = 0x20000
CLONE_NEWUSER = 0x10000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000

libc = ctypes.CDLL(None, use_errno=True)


def main(parent: int, argv: list[str], private_memory: bool) -> None:
    """Does not return."""
    if private_memory:
        os.umask(0o077)
        try:
            make_memory_private(SHARED_MEMORY)
        except OSError as error:
            # Goes into the engine's log. The segments are then at least no other user's to read.
            print(
                f"shared memory is not private here ({error}); killed engines leave segments in it",
                flush=True,
            )
    # After the namespaces: changing one's user namespace would take the request back.
    _check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit("the parent ended before its child began")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execvpe(argv[0], argv, os.environ)


def make_memory_private(place: Path) -> None:
    """Covers ``place`` by an empty tmpfs in a mount namespace of this process (mount_namespaces(7)). Folders in it
    stay: segments are files, and a deployment may keep its own folder in memory. ``OSError`` where the kernel
    allows no namespace; then nothing is changed."""
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _check(libc.unshare(CLONE_NEWNS), "unshare")
    else:
        _check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount("none", Path("/"), "", MS_REC | MS_PRIVATE)
    folders = {entry: os.open(entry, os.O_PATH) for entry in place.iterdir() if entry.is_dir()}
    here = Path.cwd()
    _mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700")
    for folder, held in folders.items():
        folder.mkdir()
        _mount(f"/proc/self/fd/{held}", folder, "", MS_BIND | MS_REC)
        os.close(held)
    os.chdir(here)


def _mount(source: str, target: Path, kind: str, flags: int, data: str = "") -> None:
    done = libc.mount(source.encode(), bytes(target), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _check(done, f"mount on {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    wanted = sys.argv[1] == PRIVATE_MEMORY
    parent_pid, *command = sys.argv[2:] if wanted else sys.argv[1:]
    main(int(parent_pid), command, wanted)
