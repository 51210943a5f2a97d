"""Sites for tests without the cost of making each: one empty, migrated site a session, copied for whoever asks."""

import atexit
import copy
import functools
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import PROFILES, Databases
from appliance.kernel.keys import KeyRing

PASSPHRASE = "correct horse"


def fresh_keys(folder: Path) -> KeyRing:
    """Put an empty site's files into `folder` and return its opened keys (passphrase: `PASSPHRASE`)."""
    template, keys = _template()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("keys.json", *(f"{name}.db" for name in PROFILES)):
        shutil.copy(template / name, folder / name)
    # Unsealing would cost a tenth of a second of Argon2 each time; the opened keys are the same.
    return KeyRing(folder / "keys.json", copy.deepcopy(keys._document), keys._master)


@functools.cache
def _template() -> tuple[Path, KeyRing]:
    folder = Path(tempfile.mkdtemp(prefix="muster-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    keys = KeyRing.create(folder / "keys.json", PASSPHRASE)
    Databases.open(folder, keys, FixedClock(datetime(2026, 1, 1, tzinfo=UTC))).close()
    return folder, keys
