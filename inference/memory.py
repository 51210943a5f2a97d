"""Memory: what the machine can give before a start, and what an engine takes while it runs."""

from pathlib import Path

from msgspec import Struct

from inference.errors import InferenceUnavailable
from inference.profile import ALL, Part, Profile

MEMINFO = Path("/proc/meminfo")
OWN_GROUPS = Path("/proc/self/cgroup")
CGROUPS = Path("/sys/fs/cgroup")

_UNLIMITED = 2**62
"""Control groups of version 1 write "no limit" as the largest multiple of a page below 2**63."""


class Available(Struct, frozen=True):
    """Memory that can be taken, GiB, and what bounds it."""

    gib: float
    bound: str


def available(meminfo: Path = MEMINFO, own_groups: Path = OWN_GROUPS, cgroups: Path = CGROUPS) -> Available:
    """The least of what the machine has left and what each control group around this process still allows.
    The files are those of proc(5) and of the kernel's cgroup-v2 and cgroup-v1 memory controllers."""
    bounds = [_machine(meminfo)]
    for folder, limit, usage, cache in _own_folders(own_groups, cgroups):
        bounds += _group(folder, limit, usage, cache)
    return min(bounds, key=lambda bound: bound.gib)


def check(profile: Profile, parts: frozenset[Part] = ALL, found: Available | None = None) -> None:
    """Refuses to start what does not fit into ``found`` (this machine's memory where none is given)."""
    found = found or available()
    needed_gib = profile.memory_of(parts)
    if found.gib < needed_gib:
        raise InferenceUnavailable(
            f"profile {profile.name} needs {needed_gib:.1f} GiB of memory and {found.gib:.1f} GiB are "
            f"available ({found.bound}): end other programs, allow more, or choose a smaller profile"
        )


def _machine(meminfo: Path) -> Available:
    """``MemAvailable``, in KiB: what programs can take without swapping."""
    for line in meminfo.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return Available(int(line.split()[1]) / 2**20, "MemAvailable of this machine")
    raise InferenceUnavailable(f"{meminfo} does not say MemAvailable: this kernel is not supported")


def _own_folders(own_groups: Path, cgroups: Path) -> list[tuple[Path, str, str, str]]:
    """The control groups around this process from its own up to the root, each with the names of its limit,
    its usage and its reclaimable cache. Inside a container the path may not exist under the mount; what of
    it exists counts."""
    found = []
    for line in own_groups.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            top, names = cgroups, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top = cgroups / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        own = top / path.lstrip("/")
        around = [folder for folder in (own, *own.parents) if folder.is_relative_to(top)]
        found += [(folder, *names) for folder in around]
    return found


def _group(folder: Path, limit: str, usage: str, cache: str) -> list[Available]:
    """What ``folder`` still allows, nothing where it sets no limit. Cached file pages are given back when
    memory is short, so they count as free."""
    if not (folder / limit).is_file():
        return []
    allowed = (folder / limit).read_text().strip()
    if allowed == "max" or int(allowed) >= _UNLIMITED:
        return []
    statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    used = int((folder / usage).read_text()) - int(statistics.get(cache, 0))
    bound = f"control group {folder} allows {int(allowed) / 2**30:.1f} GiB and uses {used / 2**30:.1f} GiB"
    return [Available(max(0, int(allowed) - used) / 2**30, bound)]


class Meter:
    """Follows one engine's memory against its budget. Bytes in, GiB out."""

    def __init__(self, budget_gib: float, restart_over: float | None) -> None:
        self.budget_gib = budget_gib
        self.now_gib = 0.0
        self.peak_gib = 0.0
        self._restart_over = restart_over

    def read(self, memory_bytes: int) -> str:
        """Takes a reading. Returns why the engine must be restarted, empty where it need not."""
        self.now_gib = memory_bytes / 2**30
        self.peak_gib = max(self.peak_gib, self.now_gib)
        if self._restart_over is None or self.now_gib <= self.budget_gib * self._restart_over:
            return ""
        return (
            f"it took {self.now_gib:.1f} GiB of memory, more than {self._restart_over:g} times its budget of "
            f"{self.budget_gib:.1f} GiB"
        )

    @property
    def over(self) -> bool:
        """Whether the engine has more than its budget at present."""
        return self.now_gib > self.budget_gib
