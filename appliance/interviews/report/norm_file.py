"""Reading a norm file of the trade: TOML or CSV, checked line by line before anything is kept.

TOML:

    source = "Survey of branch offices"
    date = 2026-06-30
    [[norm]]
    competency = "teamwork"
    size = 1240
    quantiles = { "10" = 2.8, "25" = 4.1, "50" = 5.6, "75" = 7.0, "90" = 8.2 }

A norm may name a `source` and `date` of its own. CSV has the columns competency, size, date, source and one
`pNN` for each quantile (p10, p25, p50 ...); an empty cell is a quantile that this line does not have.
"""

import csv
import io
import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from appliance.interviews.report.model import Quantile, TradeNorm
from appliance.kernel.errors import N_, Invalid, Message

MOST_BYTES = 256 << 10
MOST_NORMS = 500
LEAST_QUANTILES = 3
LEAST_SIZE = 20
FULL = 10.0
CSV_COLUMNS = ("competency", "size", "date", "source")
LONGEST_SOURCE = 200


def read_norms(filename: str, data: bytes, known: Collection[str], today: date) -> tuple[TradeNorm, ...]:
    """The norms of a file, by its name's ending. Raises `Invalid` naming the entry and what is wrong with it;
    nothing is taken from a file with one fault."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _fault(N_("The file is not UTF-8 text. Save it as UTF-8 and choose it again.")) from None
    ending = filename.rpartition(".")[2].lower()
    if ending == "toml":
        entries = _toml_entries(text)
    elif ending == "csv":
        entries = _csv_entries(text)
    else:
        raise _fault(N_("A norm file is a .toml or a .csv file."))
    if not entries:
        raise _fault(N_("The file holds no norm."))
    if len(entries) > MOST_NORMS:
        raise _fault(N_("The file holds more than %(most)d norms."), most=MOST_NORMS)
    norms = tuple(_norm(place, entry, known, today) for place, entry in entries)
    _refuse_doubles(norms, [place for place, _entry in entries])
    return norms


def _toml_entries(text: str) -> list[tuple[Message, Mapping[str, Any]]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise _fault(N_("The file is not valid TOML: %(problem)s"), problem=str(problem)) from None
    listed = content.get("norm", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise _fault(N_("Each norm stands under a heading of its own: [[norm]]."))
    shared = {name: content[name] for name in ("source", "date") if name in content}
    return [
        (Message(N_("Norm %(number)d"), {"number": number}), shared | one)
        for number, one in enumerate(listed, 1)
    ]


def _csv_entries(text: str) -> list[tuple[Message, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text))
    columns = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in CSV_COLUMNS if name not in columns]
    if missing:
        raise _fault(N_("The first line lacks the column %(column)s."), column=missing[0])
    entries: list[tuple[Message, Mapping[str, Any]]] = []
    try:
        for row in reader:
            place = Message(N_("Line %(number)d"), {"number": reader.line_num})
            if None in row:
                raise _fault(N_("%(place)s: there are more cells than columns."), place=place)
            cells = {name.strip(): (value or "").strip() for name, value in row.items()}
            if any(cells.values()):
                entries.append((place, _csv_entry(cells)))
    except csv.Error as problem:
        raise _fault(N_("The file is not valid CSV: %(problem)s"), problem=str(problem)) from None
    return entries


def _csv_entry(cells: Mapping[str, str]) -> Mapping[str, Any]:
    quantiles = {name[1:]: value for name, value in cells.items() if name[:1] == "p" and value}
    return {name: cells[name] for name in CSV_COLUMNS} | {"quantiles": quantiles}


def _norm(place: Message, entry: Mapping[str, Any], known: Collection[str], today: date) -> TradeNorm:
    competency = str(entry.get("competency", "")).strip()
    if competency not in known:
        raise _fault(
            N_("%(place)s: the competency library has no “%(competency)s”."),
            place=place,
            competency=competency[:80],
        )
    size = _whole(entry.get("size"))
    if size is None or size < LEAST_SIZE:
        raise _fault(
            N_("%(place)s: size is a whole number of people, at least %(least)d."),
            place=place,
            least=LEAST_SIZE,
        )
    as_of = _day(entry.get("date"))
    if as_of is None or as_of > today:
        raise _fault(N_("%(place)s: date is a day that has been, such as 2026-06-30."), place=place)
    source = str(entry.get("source", "")).strip()
    if not source or len(source) > LONGEST_SOURCE:
        raise _fault(
            N_("%(place)s: name the source, in at most %(most)d characters."),
            place=place,
            most=LONGEST_SOURCE,
        )
    return TradeNorm(
        competency_id=competency,
        size=size,
        as_of=as_of,
        source=source,
        quantiles=_quantiles(place, entry.get("quantiles")),
    )


def _quantiles(place: Message, found: object) -> tuple[Quantile, ...]:
    if not isinstance(found, Mapping) or len(found) < LEAST_QUANTILES:
        raise _fault(
            N_("%(place)s: a norm has at least %(least)d quantiles."), place=place, least=LEAST_QUANTILES
        )
    quantiles = []
    for percent_text, score_text in found.items():
        percent, score = _figure(percent_text), _figure(score_text)
        if percent is None or not 0 < percent < 100:
            raise _fault(
                N_("%(place)s: a quantile is named by a per cent between 0 and 100, such as 25."), place=place
            )
        if score is None or not 0 <= score <= FULL:
            raise _fault(N_("%(place)s: the score of a quantile lies between 0 and 10."), place=place)
        quantiles.append(Quantile(percent, score))
    quantiles.sort(key=lambda one: one.percent)
    if any(left.percent == right.percent or left.score > right.score for left, right in pairwise(quantiles)):
        raise _fault(N_("%(place)s: scores must not fall while the per cent rise."), place=place)
    return tuple(quantiles)


def _refuse_doubles(norms: tuple[TradeNorm, ...], places: list[Message]) -> None:
    seen: set[str] = set()
    for norm, place in zip(norms, places, strict=True):
        if norm.competency_id in seen:
            raise _fault(
                N_("%(place)s: the competency %(competency)s stands in the file twice."),
                place=place,
                competency=norm.competency_id,
            )
        seen.add(norm.competency_id)


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _figure(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _day(value: object) -> date | None:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def _fault(text: str, **params: object) -> Invalid:
    return Invalid({"file": Message(text, params)})
