"""Groups that HR declares of candidates, for impact ratios and agreement by group; nothing else reads them.

They come in a table that HR fills in: one line a candidate, one column an attribute. They never reach a model, a
score or a report on a person; pages show them as counts and rates of groups alone.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from appliance.kernel.errors import N_, Invalid, Message

CANDIDATE_COLUMN = "candidate"
MOST_ATTRIBUTES = 6
MOST_LINES = 20_000
_NAME = re.compile(r"[\w .()（）/-]{1,40}")


def read_groups(text: str) -> dict[str, dict[str, str]]:
    """Attribute and value by candidate id. Raises `Invalid` naming the line."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        lines = [[cell.strip() for cell in row] for row in reader]
    except csv.Error:
        raise _wrong(N_("This is not a table of comma-separated values."), {}) from None
    filled = [(number, row) for number, row in enumerate(lines, 1) if any(row)]
    if not filled:
        raise _wrong(
            N_("The table is empty. Download the list of candidates, fill in its columns and send it."), {}
        )
    if len(filled) > MOST_LINES:
        raise _wrong(N_("At most %(limit)d lines at once."), {"limit": MOST_LINES})
    attributes = _attributes(filled[0][1])
    found: dict[str, dict[str, str]] = {}
    for number, row in filled[1:]:
        if len(row) != len(attributes) + 1:
            message = N_("Line %(line)d has %(found)d cells; the first line has %(wanted)d.")
            raise _wrong(message, {"line": number, "found": len(row), "wanted": len(attributes) + 1})
        if row[0] in found:
            raise _wrong(N_("Line %(line)d names a candidate for the second time."), {"line": number})
        for value in row[1:]:
            if value and not _NAME.fullmatch(value):
                message = N_("Line %(line)d: a group's name has at most 40 letters, digits or spaces.")
                raise _wrong(message, {"line": number})
        found[row[0]] = dict(zip(attributes, row[1:], strict=True))
    return found


def template(candidate_ids: Sequence[str], known: Mapping[str, Mapping[str, str]]) -> str:
    """The table to fill in, with what is declared already; without any, columns to start with."""
    attributes = sorted({name for one in known.values() for name in one}) or ["sex", "age_band"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([CANDIDATE_COLUMN, *attributes])
    for candidate_id in candidate_ids:
        declared = known.get(candidate_id, {})
        writer.writerow([candidate_id, *(declared.get(name, "") for name in attributes)])
    return out.getvalue()


def _attributes(head: Sequence[str]) -> list[str]:
    if head[0] != CANDIDATE_COLUMN or len(head) < 2:
        message = N_("The first line names the columns: “%(column)s” first, then one for each attribute.")
        raise _wrong(message, {"column": CANDIDATE_COLUMN})
    names = list(head[1:])
    if len(names) > MOST_ATTRIBUTES:
        raise _wrong(N_("At most %(limit)d attributes."), {"limit": MOST_ATTRIBUTES})
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise _wrong(N_("Give each column a name of its own, with at most 40 letters, digits or spaces."), {})
    return names


def _wrong(message: str, params: Mapping[str, object]) -> Invalid:
    return Invalid({"table": Message(message, params)})
