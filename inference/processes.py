"""What the kernel says about an engine's processes (proc(5)): which there are, and what they use."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")

# Places in /proc/<pid>/stat after the command's closing parenthesis; proc(5) numbers them from 3 there.
_STATE, _GROUP, _USER_TICKS, _SYSTEM_TICKS, _STARTED_TICKS = 0, 2, 11, 12, 19

_GONE = (FileNotFoundError, ProcessLookupError)
"""A process may end between two looks at it."""


def _stat(pid: int) -> list[str] | None:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except _GONE:
        return None


def started_ticks(pid: int) -> int:
    """When process ``pid`` started, in clock ticks since boot; 0 where there is none."""
    stat = _stat(pid)
    return int(stat[_STARTED_TICKS]) if stat else 0


def uptime_s(pid: int) -> float:
    """How long process ``pid`` has been running, seconds; 0 where there is none."""
    ticks = started_ticks(pid)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / _TICKS_PER_S if ticks else 0.0


def all_pids() -> Iterator[int]:
    """Every process of the machine."""
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def group_members(group: int) -> list[int]:
    """The processes of a process group that have not ended (zombies have)."""
    found = []
    for pid in all_pids():
        stat = _stat(pid)
        if stat and int(stat[_GROUP]) == group and stat[_STATE] != "Z":
            found.append(pid)
    return sorted(found)


def started_with(setting: str) -> list[int]:
    """The processes of this user that began with ``setting`` (``NAME=value``) in their environment."""
    found = []
    for pid in all_pids():
        with suppress(PermissionError, *_GONE):
            stat = _stat(pid)
            environment = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
            if stat and stat[_STATE] != "Z" and setting.encode() in environment:
                found.append(pid)
    return sorted(found)


def arguments(pid: int) -> list[str]:
    """The command line of ``pid``; empty where there is no such process."""
    try:
        return (PROC / str(pid) / "cmdline").read_text(errors="replace").split("\0")
    except _GONE:
        return []


def memory_bytes(pids: Iterable[int]) -> int:
    """Memory of the processes together: the proportional set size, which counts what they share once; the
    resident set size of those whose pages this user may not see."""
    return sum(_memory_bytes(pid) for pid in pids)


def _memory_bytes(pid: int) -> int:
    for file, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with suppress(PermissionError, *_GONE):
            for line in (PROC / str(pid) / file).read_text().splitlines():
                if line.startswith(field):
                    return int(line.split()[1]) * 1024
    return 0


def worked_s(pids: Iterable[int]) -> float:
    """Seconds of processor time that the processes have used, and that their threads have waited for a
    processor: on a crowded machine a working process is one that wants to run."""
    return sum(_used_s(pid) + _waited_s(pid) for pid in pids)


def _used_s(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[_USER_TICKS]) + int(stat[_SYSTEM_TICKS])) / _TICKS_PER_S if stat else 0.0


def _waited_s(pid: int) -> float:
    """The second field of each thread's schedstat, nanoseconds (the kernel's scheduler/sched-stats)."""
    waited_ns = 0
    with suppress(*_GONE):
        for task in (PROC / str(pid) / "task").iterdir():
            with suppress(*_GONE):
                waited_ns += int((task / "schedstat").read_text().split()[1])
    return waited_ns / 1e9


_LISTENING = "0A"
_LOOPBACK_HEX = "0100007F"


def listen(pids: Iterable[int], port: int) -> bool:
    """Whether one of the processes listens on the loopback ``port`` (the sockets of /proc/net/tcp)."""
    sockets = set()
    for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == f"{_LOOPBACK_HEX}:{port:04X}" and fields[3] == _LISTENING:
            sockets.add(f"socket:[{fields[9]}]")
    return any(not sockets.isdisjoint(_open_files(pid)) for pid in pids)


def _open_files(pid: int) -> Iterator[str]:
    with suppress(PermissionError, *_GONE):
        for entry in (PROC / str(pid) / "fd").iterdir():
            with suppress(*_GONE):
                yield os.readlink(entry)


def end(pids: Iterable[int], patience_s: float) -> None:
    """Asks the processes to end, waits up to ``patience_s``, and ends those left by force."""
    known = {pid: started_ticks(pid) for pid in pids}
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in _still(known):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        until = time.monotonic() + patience_s
        while _still(known) and time.monotonic() < until:
            time.sleep(0.05)


def _still(known: dict[int, int]) -> list[int]:
    """Those of ``known`` (process number to start) that run and are no later process of the same number."""
    return [pid for pid, ticks in known.items() if ticks and started_ticks(pid) == ticks and not _ended(pid)]


def _ended(pid: int) -> bool:
    stat = _stat(pid)
    return stat is None or stat[_STATE] == "Z"
