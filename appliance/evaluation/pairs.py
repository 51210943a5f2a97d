"""The list of face pairs: a CSV whose first two columns are pictures."""

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from appliance.evaluation.errors import BadInput

LABEL_COLUMNS = ("same", "decision")
VERDICTS = {"yes": True, "1": True, "true": True, "same": True}
VERDICTS |= {"no": False, "0": False, "false": False, "different": False}
PICTURE_FOLDER = "img"
"""Where some sets of pairs keep their pictures below the root."""


class Pair(Struct, frozen=True):
    """One row: the pictures as the file names them, where they should lie, and the label where it has one."""

    a: str
    b: str
    path_a: Path
    path_b: Path
    same: bool | None


def read_rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of every row of a CSV that is not blank; :class:`BadInput` names the line."""
    if not file.is_file():
        raise BadInput(f"There is no file {file}.")
    line = 1
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened, strict=True)
            for row in reader:
                if any(field.strip() for field in row):
                    yield line, row
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}, from line {line} on, is not UTF-8. Save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise BadInput(f"{file}, line {line}: {error}.") from error
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}).") from error


def read_pairs(file: Path, root: Path) -> list[Pair]:
    """The rows in the file's order. The first line is a header, unless its first two fields are pictures that
    exist; a header's column ``same`` or ``Decision`` holds labels. Raises :class:`BadInput`."""
    if not root.is_dir():
        raise BadInput(f"There is no folder {root}. Name the folder below which the pictures lie.")
    rows = list(read_rows(file))
    find = _finder(file, root)
    label_at = None
    if rows and not _is_data(rows[0], find):
        label_at = _label_column(rows[0][1])
        rows = rows[1:]
    if not rows:
        raise BadInput(f"{file} lists no pairs. It needs a header and two columns of pictures: a,b.")
    return [_pair(file, line, row, label_at, find) for line, row in rows]


def _is_data(row: tuple[int, list[str]], find: Callable[[int, str], Path]) -> bool:
    line, fields = row
    return len(fields) >= 2 and all(find(line, field.strip()).is_file() for field in fields[:2])


def _label_column(header: Sequence[str]) -> int | None:
    names = [name.strip().lower() for name in header]
    return next((at for at, name in enumerate(names) if at >= 2 and name in LABEL_COLUMNS), None)


def _pair(
    file: Path, line: int, row: Sequence[str], label_at: int | None, find: Callable[[int, str], Path]
) -> Pair:
    if len(row) < 2 or not row[0].strip() or not row[1].strip():
        raise BadInput(f"{file}, line {line}: two columns with pictures are needed, there is {row!r}.")
    a, b = row[0].strip(), row[1].strip()
    label = row[label_at].strip().lower() if label_at is not None and label_at < len(row) else ""
    if label and label not in VERDICTS:
        raise BadInput(f"{file}, line {line}: {label!r} is no label. Use Yes or No, or 1 or 0.")
    return Pair(a, b, find(line, a), find(line, b), VERDICTS.get(label))


def _finder(file: Path, root: Path) -> Callable[[int, str], Path]:
    top = root.resolve()

    def find(line: int, name: str) -> Path:
        """Where the picture lies below the root, or would lie; links are followed before it is compared."""
        if "\0" in name:
            raise BadInput(f"{file}, line {line}: a name holds a zero byte.")
        for place in (root / name, root / PICTURE_FOLDER / name):
            try:
                inside = place.resolve().is_relative_to(top)
            except (OSError, RuntimeError) as error:
                raise BadInput(f"{file}, line {line}: {name!r} cannot be looked up ({error}).") from error
            if not inside:
                raise BadInput(
                    f"{file}, line {line}: {name!r} lies outside {root}. Pictures must be below --root."
                )
            if place.is_file():
                return place
        return root / name

    return find
