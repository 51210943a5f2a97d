"""What earlier runs have finished, so that the same command again does only the rest.

A hidden file beside the output, named after it, one JSON object a line: first the run (command, options, models, code),
then for each finished item the SHA-256 of what went in and of what came out. It holds no result. A line is written
before its result, and a result counts only while its bytes are those that the line tells: whatever a power failure
leaves behind is done again.
"""

import fcntl
import hashlib
from pathlib import Path
from types import TracebackType

import msgspec
from msgspec import Struct

from appliance.evaluation.appending import Appender
from appliance.evaluation.errors import BadInput


class Done(Struct, frozen=True):
    """One finished item. ``seconds`` is the length of its recording, ``reason`` why it gave no result."""

    key: str
    input: str
    output: str
    seconds: float = 0.0
    reason: str = ""


class _Run(Struct, frozen=True):
    run: str


def digest(text: str | None) -> str:
    """SHA-256 of a result's text; empty for no result."""
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()


class Worklog:
    """Held by one process at a time. ``run`` is the fingerprint of all that decides a result but the input: what
    another run finished does not count. ``written`` are all items that any earlier run wrote, ``None`` where there
    was none."""

    def __init__(self, path: Path, run: str) -> None:
        self._path = path
        self._run = run
        self.finished: dict[str, Done] = {}
        self.written: set[str] | None = None
        self._same_run = False

    def __enter__(self) -> "Worklog":
        try:
            self._file = Appender(self._path)
        except OSError as error:
            raise BadInput(
                f"{self._path} cannot be written ({error.strerror}). Choose another --out."
            ) from error
        try:
            fcntl.flock(self._file.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise BadInput(
                f"Another evaluation is writing here ({self._path}). Wait for it, or name another --out."
            ) from None
        self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _read(self) -> None:
        self._file.file.seek(0)
        head, *lines = self._file.file.readall().split(b"\n")
        try:
            self._same_run = msgspec.json.decode(head, type=_Run).run == self._run
        except msgspec.DecodeError:
            return
        self.written = set()
        for line in lines:
            try:
                done = msgspec.json.decode(line, type=Done)
            except msgspec.DecodeError:
                continue
            self.written.add(done.key)
            if self._same_run:
                self.finished[done.key] = done

    def begin(self) -> None:
        """Make the log this run's. That of the same run goes on: a later line about an item counts, and so does
        only what the output still holds."""
        if not self._same_run:
            self._file.empty()
            self._file.add(msgspec.json.encode(_Run(self._run)) + b"\n")
            self._same_run = True

    def add(self, done: Done) -> None:
        """Called before the result is written."""
        self._file.add(msgspec.json.encode(done) + b"\n")
