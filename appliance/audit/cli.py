"""`installer.py audit verify`: recompute the ledger of a data folder, with the app stopped or running."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.audit.ledger import Verdict
from appliance.audit.ledger import verify as verify_file
from appliance.kernel.clock import SystemClock
from appliance.kernel.databases import PROFILES
from appliance.kernel.db import Database
from appliance.kernel.keys import KeyRing


def verify(data: Path, keys: KeyRing) -> int:
    """Check every file's chain and print one line each. 0 sound, 1 broken (and at which row)."""
    clock = SystemClock(ZoneInfo("UTC"))
    sound = True
    for name, profile in PROFILES.items():
        path = data / f"{name}.db"
        if not path.exists():
            sys.stderr.write(f"{path} is missing.\n")
            return 1
        database = Database(name, path, keys.file_key(name), clock, profile)
        try:
            verdict = verify_file(database)
        finally:
            database.close()
        sound = sound and verdict.broken_at is None
        sys.stdout.write(line(verdict) + "\n")
    return 0 if sound else 1


def line(verdict: Verdict) -> str:
    """The verdict on one file, for people and for a receipt."""
    if verdict.broken_at is None:
        return f"{verdict.database}: sound, {verdict.rows} rows, head {verdict.head}"
    return (
        f"{verdict.database}: BROKEN at row {verdict.broken_at}; the {verdict.rows} rows before it are sound. "
        "Keep this data folder as it is and compare with the last backup."
    )
