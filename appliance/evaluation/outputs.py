"""Where results go: lines of one file, or one file each in a folder.

While a run goes on results are appended whole, so that what is there can be used whenever it stops; at its
end the output is put in the inputs' order.
"""

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from appliance.evaluation.appending import Appender
from appliance.evaluation.errors import BadInput
from appliance.evaluation.worklog import digest
from appliance.install.errors import SetupError

Results = Sequence[tuple[str, str]]
"""(key, text) in the inputs' order."""


class Output(Protocol):
    """What a run writes to. A text is what an item's result adds to the output."""

    def existing(self) -> dict[str, str]:
        """The texts that are there, by key; what cannot be read as a result is not."""
        ...

    def strangers(self, written: set[str] | None) -> Path | None:
        """A file that a run would overwrite and that is not among what earlier runs have ``written``."""
        ...

    def settle(self, results: Results) -> None:
        """Make the output hold exactly these results, in this order."""
        ...

    def add(self, key: str, text: str) -> None: ...

    def close(self) -> None: ...


Split = Callable[[str], Iterator[tuple[str, str]]]
"""Cuts a file's text behind its header into (key, text)."""


class LineFile:
    """One file. ``repeat`` turns the results into the finished file's order, where one item has several lines."""

    def __init__(
        self,
        path: Path,
        split: Split,
        header: str = "",
        repeat: Callable[[Mapping[str, str]], Iterator[str]] | None = None,
    ) -> None:
        self._path = path
        self._split = split
        self._header = header
        self._repeat = repeat or (lambda results: iter(results.values()))
        self._open: Appender | None = None

    def existing(self) -> dict[str, str]:
        try:
            text = self._path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return {}
        return dict(self._split(text.removeprefix(self._header)))

    def strangers(self, written: set[str] | None) -> Path | None:
        empty = not self._path.exists() or self._path.read_bytes() in (b"", self._header.encode())
        return None if empty or written is not None else self._path

    def settle(self, results: Results) -> None:
        self.close()
        replace(self._path, self._header + "".join(self._repeat(dict(results))))

    def add(self, key: str, text: str) -> None:
        if self._open is None:
            self._open = Appender(self._path)
        self._open.add(text.encode())

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class FileEach:
    """One file for each key, by the names in ``places``."""

    def __init__(self, places: Mapping[str, Path]) -> None:
        self._places = places

    def existing(self) -> dict[str, str]:
        found = {}
        for key, path in self._places.items():
            with suppress(FileNotFoundError):
                found[key] = path.read_bytes().decode("utf-8", "replace")
        return found

    def strangers(self, written: set[str] | None) -> Path | None:
        others = (path for key, path in self._places.items() if key not in (written or ()))
        return next((path for path in others if path.exists()), None)

    def settle(self, results: Results) -> None:
        """Removes what an earlier run wrote for an item that has no result now."""
        wanted = dict(results)
        there = self.existing()
        for key, path in self._places.items():
            if key not in wanted:
                path.unlink(missing_ok=True)
            elif digest(there.get(key)) != digest(wanted[key]):
                replace(path, wanted[key])

    def add(self, key: str, text: str) -> None:
        replace(self._places[key], text)

    def close(self) -> None:
        return


def replace(path: Path, text: str) -> None:
    """Put ``text`` in the place of the file in one step."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_bytes(text.encode())
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """A full disk or a folder that became read-only is told in one message with the way out."""
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"The results could not be written at {place} ({error.strerror}). What was written before stays; "
            "put that right and run the same command again."
        ) from error


def state_beside(output: Path) -> Path:
    """The hidden file that remembers what is finished of ``output``."""
    return output.with_name(f".{output.name}.state.jsonl")


def csv_row(fields: Sequence[str]) -> str:
    """One row in CSV with a plain newline."""
    memory = io.StringIO()
    csv.writer(memory, lineterminator="\n").writerow(fields)
    return memory.getvalue()


def check_file(path: Path) -> None:
    """Refuse a place where no file can be written, before anything else is done."""
    if path.is_dir():
        raise BadInput(f"--out {path} is a folder; name a file.")
    if not path.parent.is_dir():
        raise BadInput(f"There is no folder {path.parent} for --out {path.name}. Make it first.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise BadInput(f"Nothing can be written in {path.parent}. Choose another --out.")


def make_folder(path: Path) -> None:
    """Make the folder of the results, or say why it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"--out {path} cannot be made a folder ({error.strerror}).") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadInput(f"Nothing can be written in {path}. Choose another --out.")
