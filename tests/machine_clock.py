"""A site whose machine's clock the test sets: `RunningSite(folder, SET_BY_TEST, MUSTER_TEST_CLOCK=<file>)`.

The file holds by how many seconds the machine's clock is wrong, now; the site reads it whenever it asks for
the time.
"""

import functools
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import appliance.app
from appliance.kernel.clock import SystemClock, machine_time
from appliance.serve import main

SET_BY_TEST = "from tests.machine_clock import serve; serve()"


def set_clock(wrong_by: Path, seconds: float) -> None:
    """The machine's clock is wrong by this much from now on; whoever reads meanwhile sees the one or the other."""
    draft = wrong_by.with_suffix(".new")
    draft.write_text(str(seconds))
    draft.replace(wrong_by)


def serve() -> None:
    """Start the site with its clock read through the file."""
    wrong_by = Path(os.environ["MUSTER_TEST_CLOCK"])

    def read() -> datetime:
        return machine_time() + timedelta(seconds=float(wrong_by.read_text()))

    appliance.app.SystemClock = functools.partial(SystemClock, read=read)  # type: ignore[attr-defined, assignment]
    sys.exit(main(Path(sys.argv[1]), 0, 0, True))
