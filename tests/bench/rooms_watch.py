"""What a process and the machine spend while something is measured."""

import threading
import time
from pathlib import Path

import msgspec
import psutil

EVERY_S = 0.25
MIB = 1 << 20


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """CPU in cores (1.0: one core kept busy), memory in MiB (largest resident set of the site), shares of the
    machine's time from 0 to 1, and the largest write-ahead log of the media file in MiB."""

    site_cpu: float
    busiest_thread_cpu: float
    load_cpu: float
    idle: float
    waiting_for_disk: float
    memory_peak_mib: float
    wal_peak_mib: float


class Watch:
    """Looks at both processes from `begin` to `end`."""

    def __init__(self, site_pid: int, load_pid: int, wal: Path) -> None:
        self._site = psutil.Process(site_pid)
        self._load = psutil.Process(load_pid)
        self._wal = wal
        self._over = threading.Event()
        self._memory = self._log = 0
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def begin(self) -> None:
        """The measuring begins."""
        self._at = time.perf_counter()
        self._before = self._counters()
        self._threads = self._thread_seconds()
        self._thread.start()

    def end(self) -> Spent:
        """The measuring is over."""
        seconds = time.perf_counter() - self._at
        site, load, machine = self._counters()
        threads = self._thread_seconds()
        self._over.set()
        self._thread.join()
        passed = {name: after - self._before[2][name] for name, after in machine.items()}
        whole = sum(passed.values()) or 1.0
        share = {name: one / whole for name, one in passed.items()}
        busiest = max(threads[one] - self._threads.get(one, 0.0) for one in threads)
        return Spent(
            site_cpu=round((site - self._before[0]) / seconds, 3),
            busiest_thread_cpu=round(busiest / seconds, 3),
            load_cpu=round((load - self._before[1]) / seconds, 3),
            idle=round(share["idle"], 3),
            waiting_for_disk=round(share.get("iowait", 0.0), 3),
            memory_peak_mib=round(self._memory / MIB, 1),
            wal_peak_mib=round(self._log / MIB, 1),
        )

    def _look(self) -> None:
        while not self._over.is_set():
            self._memory = max(self._memory, self._site.memory_info().rss)
            if self._wal.exists():
                self._log = max(self._log, self._wal.stat().st_size)
            self._over.wait(EVERY_S)

    def _counters(self) -> tuple[float, float, dict[str, float]]:
        site, load = self._site.cpu_times(), self._load.cpu_times()
        return site.user + site.system, load.user + load.system, psutil.cpu_times()._asdict()

    def _thread_seconds(self) -> dict[int, float]:
        return {one.id: one.user_time + one.system_time for one in self._site.threads()}
