"""What fits is started, what outgrows its budget is seen."""

import subprocess
import sys
from pathlib import Path

import pytest

from inference import memory, processes
from inference.errors import InferenceUnavailable
from inference.memory import Available, Meter
from inference.profile import load
from tests.inference.test_profiles import PROFILES

GIB = 2**30


def machine(folder: Path, groups: str = "0::/\n", available_gib: int = 16) -> tuple[Path, Path, Path]:
    """meminfo, the process' control groups, and an empty control group file system."""
    (folder / "meminfo").write_text(f"MemTotal: 33554432 kB\nMemAvailable: {available_gib * 2**20} kB\n")
    (folder / "own").write_text(groups)
    (folder / "groups").mkdir()
    return folder / "meminfo", folder / "own", folder / "groups"


def limit(folder: Path, names: tuple[str, str, str], allowed: str, used_gib: float, cache_gib: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{allowed}\n")
    (folder / names[1]).write_text(f"{int(used_gib * GIB)}\n")
    (folder / "memory.stat").write_text(f"anon 1\n{names[2]} {int(cache_gib * GIB)}\n")


SECOND = ("memory.max", "memory.current", "inactive_file")
FIRST = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def test_without_limits_the_machine_bounds(tmp_path: Path) -> None:
    meminfo, own, groups = machine(tmp_path, "0::/service\n4:memory:/service\n")
    limit(groups / "service", SECOND, "max", 1, 0)
    limit(groups / "memory" / "service", FIRST, "9223372036854771712", 1, 0)
    assert memory.available(meminfo, own, groups) == Available(16.0, "MemAvailable of this machine")


def test_the_narrowest_group_around_the_process_bounds_and_its_cache_counts_as_free(tmp_path: Path) -> None:
    meminfo, own, groups = machine(tmp_path, "0::/system/muster\n")
    limit(groups / "system", SECOND, str(8 * GIB), 5, 1)
    limit(groups / "system" / "muster", SECOND, "max", 2, 0)
    found = memory.available(meminfo, own, groups)
    assert found.gib == 4.0
    assert found.bound == f"control group {groups}/system allows 8.0 GiB and uses 4.0 GiB"


def test_version_1_groups_bound_too_and_a_full_one_leaves_nothing(tmp_path: Path) -> None:
    meminfo, own, groups = machine(tmp_path, "9:name=systemd:/\n4:cpu,memory:/a/b\n0::/\n")
    limit(groups / "memory" / "a", FIRST, str(6 * GIB), 7, 0)
    assert memory.available(meminfo, own, groups).gib == 0.0


def test_the_refusal_names_need_what_there_is_and_the_bound() -> None:
    profile = load(PROFILES / "eval-cpu.toml")
    with pytest.raises(InferenceUnavailable, match=r"needs 11\.0 GiB.*4\.0 GiB.*\(control group /x"):
        memory.check(profile, found=Available(4.0, "control group /x allows 8.0 GiB and uses 4.0 GiB"))
    memory.check(profile, found=Available(profile.memory_gib, "exactly enough"))


def test_this_machine_has_memory() -> None:
    assert 0.0 < memory.available().gib < 100_000.0


def test_a_meter_keeps_the_peak_and_restarts_only_where_told() -> None:
    reported, strict = Meter(1.0, None), Meter(1.0, 1.5)
    assert [reported.read(size) for size in (GIB // 2, 3 * GIB, GIB)] == ["", "", ""]
    assert (reported.now_gib, reported.peak_gib, reported.over) == (1.0, 3.0, False)
    assert strict.read(int(1.5 * GIB)) == "" and strict.over
    assert strict.read(2 * GIB) == ("it took 2.0 GiB of memory, more than 1.5 times its budget of 1.0 GiB")


def test_a_groups_memory_is_that_of_all_its_processes() -> None:
    """Each takes 40 MiB that nobody shares."""
    takes = "import time; b = b'x' * (40 * 2**20); print('taken', flush=True); time.sleep(600)"
    child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {takes!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", f"{child}; {takes}"], stdout=subprocess.PIPE, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        said = [parent.stdout.readline() for _ in range(2)]
        pids = processes.group_members(parent.pid)
        mib = processes.memory_bytes(pids) / 2**20
        alone = processes.memory_bytes([parent.pid]) / 2**20
        processes.end(pids, patience_s=5)
    assert said == [b"taken\n"] * 2 and len(pids) == 2
    assert 80 < mib < 160 and 40 < alone < 100
