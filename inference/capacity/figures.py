"""Figures with their range and origin, how capacity files are read, and the one error."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

Positive = Annotated[float, Meta(gt=0, le=1e12)]
NotNegative = Annotated[float, Meta(ge=0, le=1e12)]
Share = Annotated[float, Meta(ge=0, le=1)]

Document = TypeVar("Document")


class CapacityInvalid(ValueError):
    """An input with which nothing can be planned; ``field`` names it, the message says what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.reason = message


class Basis(StrEnum):
    """Where a figure comes from. Only ``MEASURED`` was measured with the product's own engines."""

    MEASURED = "measured"
    ASSUMED = "assumed"


class Case(StrEnum):
    """Which end of the stated ranges a plan is made with."""

    BEST = "best"
    EXPECTED = "expected"
    WORST = "worst"


class Figure(Struct, frozen=True, forbid_unknown_fields=True):
    """A number with the range in which it is believed to lie and where it was read or measured."""

    value: NotNegative
    low: NotNegative
    high: NotNegative
    basis: Basis
    source: Annotated[str, Meta(min_length=1)]

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"low {self.low:g} <= value {self.value:g} <= high {self.high:g} does not hold")

    def cost(self, case: Case) -> float:
        """The figure as a cost: the best case is the low end."""
        return {Case.BEST: self.low, Case.EXPECTED: self.value, Case.WORST: self.high}[case]

    def rate(self, case: Case) -> float:
        """The figure as a rate or an efficiency: the best case is the high end."""
        return {Case.BEST: self.high, Case.EXPECTED: self.value, Case.WORST: self.low}[case]

    def times(self, factor: float) -> Figure:
        """The same figure, ``factor`` as large."""
        return msgspec.structs.replace(
            self, value=self.value * factor, low=self.low * factor, high=self.high * factor
        )


def read(path: Path, document: type[Document]) -> Document:
    """A capacity file. :class:`CapacityInvalid` names the file and the field that is wrong."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=document)
    except FileNotFoundError:
        raise CapacityInvalid(path.name, f"there is no file {path}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CapacityInvalid(path.name, f"{path} cannot be used: {error}") from error


def within(field: str, value: float, least: float, most: float, unit: str) -> float:
    """``value``, or :class:`CapacityInvalid` when it is no number from ``least`` to ``most``."""
    if not math.isfinite(value) or not least <= value <= most:
        raise CapacityInvalid(field, f"{value:g} is not possible; give {least:g} to {most:g} {unit}")
    return value
