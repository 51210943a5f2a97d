"""`installer.py bench store`: durable commits a second, group commit against raw single commits in the same run.

Every commit writes one row of about 120 bytes. The raw side is one sqlcipher3 connection with the same pragmas that
commits row by row; the other side is `Database.write` from 1, 8, 32 and 128 threads, each waiting for its answer
before it writes again. Prints one JSON object; rates in commits a second, latencies in milliseconds.
"""

import json
import os
import secrets
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.kernel.clock import SystemClock
from appliance.kernel.db import Database, Transaction

CALLERS = (1, 8, 32, 128)
INSERT = "INSERT INTO punch (device, pin, at, status, verify, raw) VALUES (?, ?, ?, 0, 15, ?)"
CREATE = (
    "CREATE TABLE punch (id INTEGER PRIMARY KEY, device TEXT, pin TEXT, at TEXT, status INTEGER, "
    "verify INTEGER, raw TEXT)"
)
ROW = ("SN0000000001", "100001", "2026-11-23 08:00:00", "100001\t2026-11-23 08:00:00\t0\t15\t\t0\t0")


def main(folder: Path | None = None, seconds: float = 4.0) -> dict[str, float]:
    """Run the bench in `folder` (default: a new folder beside the current one, so on a real disk) and print it."""
    with tempfile.TemporaryDirectory(dir=folder or Path.cwd(), prefix=".bench-") as place:
        database = Database(
            "bench", Path(place) / "bench.db", secrets.token_bytes(32), SystemClock(ZoneInfo("UTC"))
        )
        database.write(lambda tx: tx.dbapi.execute(CREATE))
        result: dict[str, float] = {}
        raw_rates = [_raw(database, seconds / 2)]
        for callers in CALLERS:
            rate, latencies = _callers(database, callers, seconds)
            result[f"commits_{callers}_per_s"] = round(rate, 1)
            result[f"p50_{callers}_ms"] = round(statistics.median(latencies) * 1000, 2)
            result[f"p99_{callers}_ms"] = round(latencies[int(len(latencies) * 0.99)] * 1000, 2)
            raw_rates.append(_raw(database, seconds / 4))
        raw = statistics.median(raw_rates)
        result["raw_commits_per_s"] = round(raw, 1)
        result["fsync_ms"] = round(_fsync_ms(Path(place)), 3)
        for callers in CALLERS:
            result[f"ratio_{callers}"] = round(result[f"commits_{callers}_per_s"] / raw, 2)
        database.close()
    sys.stdout.write(json.dumps(result) + "\n")
    return result


def _fsync_ms(folder: Path, times: int = 200) -> float:
    """Median milliseconds of one fsync after 4 KiB: what a commit waits for here, and group commit shares out."""
    taken: list[float] = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def _raw(database: Database, seconds: float) -> float:
    """Commits a second of one connection that commits every row by itself."""
    connection = database.connect_raw()
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(INSERT, ROW)
        connection.execute("COMMIT")
        count += 1
    connection.close()
    return count / seconds


def _callers(database: Database, callers: int, seconds: float) -> tuple[float, list[float]]:
    """Commits a second and sorted latencies (seconds) of `callers` threads that each wait for their answers."""
    stop = threading.Event()
    latencies: list[list[float]] = [[] for _ in range(callers)]

    def write(tx: Transaction) -> None:
        tx.dbapi.execute(INSERT, ROW)

    def call(mine: list[float]) -> None:
        while not stop.is_set():
            began = time.perf_counter()
            database.write(write)
            mine.append(time.perf_counter() - began)

    threads = [threading.Thread(target=call, args=(mine,)) for mine in latencies]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    merged = sorted(latency for mine in latencies for latency in mine)
    return len(merged) / elapsed, merged


if __name__ == "__main__":
    main()
