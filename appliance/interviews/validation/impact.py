"""Impact ratios: how often each declared group, and each intersection of two, was selected and scored high.

Selection rate and impact ratio after the four-fifths rule (29 CFR 1607.4 D); scoring rate, the share of a group above
the median score of everybody scored, after New York City's rules for automated employment decision tools (6 RCNY
5-300). The ratio's 95 % interval is Katz's on the logarithm (1978), with a half added to each count where one is 0.
Groups below the smallest cell are shown with their count alone and take part in no comparison.
"""

import csv
import hashlib
import io
import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

SMALLEST_CELL = 10
FOUR_FIFTHS = 0.8
NORMAL_95 = 1.96
VALID_MONTHS = 12
METHOD = (
    "selection rate = taken further by a person / decided by a person; "
    "scoring rate = share above the median match of all scored; "
    "impact ratio = rate / highest rate among groups of the same kind; 95 % interval: Katz log; "
    "four-fifths rule: 29 CFR 1607.4 D; scoring rate: 6 RCNY 5-300"
)
CSV_COLUMNS = (
    "kind", "attributes", "group", "count", "suppressed", "with_outcome", "rate", "ratio", "ratio_low", "ratio_high",
    "below_four_fifths",
)  # fmt: skip


class Outcome(Struct, frozen=True, kw_only=True):
    """One assessed candidate: the declared groups, whether a person took them further (None before anybody decided),
    the match (0 to 10) or None."""

    groups: Mapping[str, str]
    selected: bool | None
    match: float | None


class RateKind(StrEnum):
    """What is compared."""

    SELECTION = "selection"
    SCORING = "scoring"


class Cell(Struct, frozen=True, kw_only=True):
    """One group. With `suppressed`, `count` is all that is told. `ratio` is None for the group with the highest
    rate's own comparison when every rate is 0. `below_four_fifths` is None where there is no ratio; `certain` tells
    whether the whole interval lies below four fifths."""

    kind: RateKind
    attributes: tuple[str, ...]
    values: tuple[str, ...]
    count: int
    suppressed: bool
    hits: int | None = None
    rate: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    below_four_fifths: bool | None = None
    certain: bool = False


class Impact(Struct, frozen=True, kw_only=True):
    """An impact report as it is kept and exported. `hash` is over everything else in it; `undeclared` candidates
    have no declared group."""

    made_at: datetime
    expires_on: date
    since: date
    candidates: int
    undeclared: int
    smallest_cell: int
    method: str
    calibrators: tuple[str, ...]
    cells: tuple[Cell, ...]
    hash: str = ""


def cells_of(outcomes: Sequence[Outcome]) -> tuple[Cell, ...]:
    """Every group and every intersection of two attributes, for both rates."""
    attributes = sorted({name for one in outcomes for name in one.groups})
    kinds = [(name,) for name in attributes] + list(itertools.combinations(attributes, 2))
    scored = [one for one in outcomes if one.match is not None]
    decided = [one for one in outcomes if one.selected is not None]
    median = statistics.median(one.match or 0.0 for one in scored) if scored else 0.0
    found: list[Cell] = []
    for names in kinds:
        selection = {
            key: [bool(one.selected) for one in mine] for key, mine in _split(decided, names).items()
        }
        scoring = {
            key: [(one.match or 0.0) > median for one in mine] for key, mine in _split(scored, names).items()
        }
        found += _cells(RateKind.SELECTION, names, selection)
        found += _cells(RateKind.SCORING, names, scoring)
    return tuple(found)


def impact_of(
    outcomes: Sequence[Outcome], *, made_at: datetime, today: date, since: date, calibrators: Sequence[str]
) -> Impact:
    """The report of these candidates, valid for twelve months from today."""
    made = Impact(
        made_at=made_at,
        expires_on=months_after(today, VALID_MONTHS),
        since=since,
        candidates=len(outcomes),
        undeclared=sum(not one.groups for one in outcomes),
        smallest_cell=SMALLEST_CELL,
        method=METHOD,
        calibrators=tuple(calibrators),
        cells=cells_of(outcomes),
    )
    return msgspec.structs.replace(made, hash=_hash_of(made))


def is_whole(impact: Impact) -> bool:
    """Whether the hash is that of the content."""
    return _hash_of(impact) == impact.hash


def to_csv(impact: Impact) -> str:
    """The cells as CSV, one a line; dates and hash stand in the first lines as comments."""
    out = io.StringIO()
    out.write(f"# made {impact.made_at.isoformat()}, expires {impact.expires_on.isoformat()}\n")
    out.write(f"# sha256 of the report {impact.hash}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for one in impact.cells:
        figures = (one.hits, one.rate, one.ratio, one.ratio_low, one.ratio_high, one.below_four_fifths)
        row = (one.kind, "+".join(one.attributes), "+".join(one.values), one.count, one.suppressed, *figures)
        writer.writerow([_cell_text(value) for value in row])
    return out.getvalue()


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _split(outcomes: Sequence[Outcome], names: tuple[str, ...]) -> dict[tuple[str, ...], list[Outcome]]:
    """Candidates by their values, of those who have all of these attributes."""
    found: dict[tuple[str, ...], list[Outcome]] = {}
    for one in outcomes:
        if all(name in one.groups for name in names):
            found.setdefault(tuple(one.groups[name] for name in names), []).append(one)
    return dict(sorted(found.items()))


def _cells(
    kind: RateKind, names: tuple[str, ...], outcomes: Mapping[tuple[str, ...], Sequence[bool]]
) -> list[Cell]:
    shown = {key: (sum(hits), len(hits)) for key, hits in outcomes.items() if len(hits) >= SMALLEST_CELL}
    best = max(shown.values(), key=lambda one: one[0] / one[1], default=None)
    cells = []
    for values, hits in outcomes.items():
        base = Cell(
            kind=kind, attributes=names, values=values, count=len(hits), suppressed=values not in shown
        )
        cells.append(base if base.suppressed or best is None else _compared(base, sum(hits), best))
    return cells


def _compared(cell: Cell, hits: int, best: tuple[int, int]) -> Cell:
    rate, best_rate = hits / cell.count, best[0] / best[1]
    if not best_rate:
        return msgspec.structs.replace(cell, hits=hits, rate=rate)
    ratio = rate / best_rate
    low, high = (1.0, 1.0) if (hits, cell.count) == best else ratio_interval((hits, cell.count), best)
    return msgspec.structs.replace(
        cell,
        hits=hits,
        rate=round(rate, 4),
        ratio=round(ratio, 4),
        ratio_low=round(low, 4),
        ratio_high=round(high, 4),
        below_four_fifths=ratio < FOUR_FIFTHS,
        certain=high < FOUR_FIFTHS,
    )


def ratio_interval(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float]:
    """95 % interval of the ratio of two rates, each (hits, count) with a count above 0."""
    half = 0.0 if one[0] and other[0] else 0.5
    hits, count = one[0] + half, one[1] + half
    other_hits, other_count = other[0] + half, other[1] + half
    ratio = (hits / count) / (other_hits / other_count)
    error = math.sqrt(max(1 / hits - 1 / count + 1 / other_hits - 1 / other_count, 0.0))
    reach = math.exp(NORMAL_95 * error)
    return ratio / reach, ratio * reach


def _hash_of(impact: Impact) -> str:
    """SHA-256 of the report as JSON with an empty hash: keys sorted, no spaces, UTF-8."""
    plain = msgspec.structs.replace(impact, hash="")
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _cell_text(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
