"""Payroll rules as data: values and tax tables with the dates on which they hold and the notice they come
from.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from appliance.kernel.errors import N_, Message
from appliance.payroll.figures import Figure, Source, Unit

Bracket: TypeAlias = tuple[Decimal | None, Decimal, Decimal]
"""(upper limit in yuan, None for the last; rate; quick deduction in yuan)."""

T = TypeVar("T")


class _SourceText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    url: str = ""


class _ValueText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    value: Decimal
    source: str
    starts: date = msgspec.field(name="from")
    until: date | None = None
    article: str = ""
    confirm: bool = False


class _TableText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    source: str
    brackets: tuple[tuple[str, Decimal, Decimal], ...]
    starts: date = msgspec.field(name="from")
    until: date | None = None
    article: str = ""
    confirm: bool = False


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``config/payroll/<scope>/<year>.toml`` as written."""

    scope: str
    zh: str
    en: str
    sources: dict[str, _SourceText] = {}
    values: tuple[_ValueText, ...] = ()
    tables: tuple[_TableText, ...] = ()
    parent: str | None = None


class Rule(msgspec.Struct, Generic[T], frozen=True):
    """A value that holds on the asked day, and where it comes from."""

    value: T
    source: Source


class _Entry(msgspec.Struct, Generic[T], frozen=True):
    value: T
    starts: date
    until: date | None
    source: Source

    def holds_on(self, day: date) -> bool:
        return self.starts <= day and (self.until is None or day <= self.until)


class RuleBook:
    """All scopes; a city's value comes before its country's."""

    def __init__(self, files: Iterable[RuleFile]) -> None:
        self._parents: dict[str, str | None] = {}
        self._names: dict[str, tuple[str, str]] = {}
        self._values: dict[tuple[str, str], list[_Entry[Decimal]]] = {}
        self._tables: dict[tuple[str, str], list[_Entry[tuple[Bracket, ...]]]] = {}
        for file in files:
            self._add(file)

    @classmethod
    def load(cls, folders: Iterable[Path]) -> "RuleBook":
        """Read ``<folder>/<scope>/<year>.toml``; of equal starting days, the later folder's value (the
        site's) holds.

        Raises ``msgspec.ValidationError`` or ``ValueError`` naming what is wrong with a file.
        """
        return cls(
            msgspec.toml.decode(path.read_bytes(), type=RuleFile)
            for folder in folders
            for path in sorted(folder.glob("*/*.toml"))
        )

    def scopes(self) -> Mapping[str, tuple[str, str]]:
        """Scope code to its names (zh, en)."""
        return self._names

    def value(self, key: str, scope: str, on: date) -> Rule[Decimal] | None:
        """The value that holds on the day in the scope or the nearest scope above it."""
        return self._find(self._values, key, scope, on)

    def table(self, key: str, scope: str, on: date) -> Rule[tuple[Bracket, ...]] | None:
        """The tax table that holds on the day."""
        return self._find(self._tables, key, scope, on)

    def lineage(self, scope: str) -> Iterator[str]:
        """The scope and those above it."""
        current: str | None = scope
        while current is not None:
            yield current
            current = self._parents.get(current)

    def _add(self, file: RuleFile) -> None:
        self._parents[file.scope] = file.parent
        self._names[file.scope] = (file.zh, file.en)
        for text in file.values:
            entry = _Entry(text.value, text.starts, text.until, _source(file, text))
            self._values.setdefault((file.scope, text.key), []).append(entry)
        for table in file.tables:
            brackets = tuple(
                (Decimal(top) if top else None, rate, quick) for top, rate, quick in table.brackets
            )
            if not brackets or brackets[-1][0] is not None:
                raise ValueError(f"{file.scope}: the last bracket of {table.key} must have no upper limit")
            rows = _Entry(brackets, table.starts, table.until, _source(file, table))
            self._tables.setdefault((file.scope, table.key), []).append(rows)

    def _find(
        self, entries: Mapping[tuple[str, str], list[_Entry[T]]], key: str, scope: str, on: date
    ) -> Rule[T] | None:
        for place in self.lineage(scope):
            holding = [entry for entry in entries.get((place, key), ()) if entry.holds_on(on)]
            if holding:
                # max() keeps the first of equals; reversed, that is the one read last: the site's own.
                latest = max(reversed(holding), key=lambda entry: entry.starts)
                return Rule(latest.value, latest.source)
        return None


def _source(file: RuleFile, text: _ValueText | _TableText) -> Source:
    notice = file.sources.get(text.source)
    if notice is None:
        raise ValueError(
            f"{file.scope}: {text.key} names the source {text.source!r}, which the file does not have"
        )
    return Source(
        title=notice.title,
        article=text.article,
        url=notice.url,
        scope=file.scope,
        effective_from=text.starts,
        effective_until=text.until,
        confirm=text.confirm,
    )


LABELS: Final[Mapping[str, str]] = {
    "pay_divisor": N_("Pay days a month"),
    "minimum_wage": N_("Local minimum wage"),
    "probation_wage_floor": N_("Lowest share of the wage on probation"),
    "base_floor": N_("Lowest contribution base"),
    "base_cap": N_("Highest contribution base"),
    "housing_fund_base_floor": N_("Lowest housing fund base"),
    "housing_fund_base_cap": N_("Highest housing fund base"),
    "tax_basic_deduction": N_("Basic deduction a month"),
    "pension.employee": N_("Pension insurance, employee's rate"),
    "medical.employee": N_("Medical insurance, employee's rate"),
    "unemployment.employee": N_("Unemployment insurance, employee's rate"),
    "housing_fund.employee": N_("Housing fund, employee's rate"),
}


def rule_figure(key: str, rule: Rule[Decimal], unit: Unit) -> Figure:
    """A rule's value as an input of a figure."""
    return Figure(key, Message(LABELS.get(key, key)), unit, rule.value, sources=(rule.source,))
