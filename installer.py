#!/usr/bin/env python3
"""Muster's one command for IT and for everybody who tries it out.

Starts with the standard library alone: it makes the locked environment that a command
needs, executes itself again inside it, and only then imports anything that is installed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.version_info[:2] != (3, 11):
    sys.exit("Muster needs Python 3.11, Debian 12's own. Run it with: /usr/bin/python3 installer.py")

from appliance.install import environments
from appliance.install.errors import SetupError
from appliance.install.progress import Progress

SETUP_COSTS = "MUSTER_SETUP_COSTS"
"""Carries what the first execution built and what it cost into the second."""


def environment_for(arguments: list[str]) -> str:
    """Tests, and the demo with its mail server and browser, need the development layer as well."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    wants_layer = command in {"test", "bench", "demo"}
    return "dev" if wants_layer else "app"


def enter_environment(arguments: list[str]) -> None:
    """Return inside the environment; outside, build it and start again in it."""
    name = environment_for(arguments)
    target = environments.folder(name)
    if Path(sys.prefix) == target:
        return
    progress = Progress()
    environments.build(name, progress)
    interpreter = str(target / "bin" / "python")
    os.environ[SETUP_COSTS] = progress.as_json()
    os.execv(interpreter, [interpreter, str(Path(__file__).resolve()), *arguments])


def main(arguments: list[str]) -> int:
    """0 done, 1 failed, 2 bad input."""
    try:
        if arguments[:2] == ["locks", "update"] and "--help" not in arguments:
            # Works without any environment: it is how the first lock comes to be.
            from appliance.install import locks

            return locks.command(arguments[2:])
        enter_environment(arguments)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    from appliance.install.commands import start

    return start(arguments, Progress.from_json(os.environ.pop(SETUP_COSTS, "")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
