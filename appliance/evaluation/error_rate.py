"""Word and character error rates."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct


class Errors(Struct, frozen=True):
    """Edits that turn what was said into what was heard; ``units`` are the words or characters that were said."""

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    units: int = 0

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            self.units + other.units,
        )

    @property
    def rate(self) -> float | None:
        """Edits over units; may exceed 1. ``None`` where nothing was said."""
        edits = self.substitutions + self.deletions + self.insertions
        return edits / self.units if self.units else None


def errors(said: Sequence[str], heard: Sequence[str]) -> Errors:
    """The fewest edits (Wagner and Fischer, 1974), and among those alignments one with the most substitutions.

    One row of the table at a time, each as a vector. An edit costs ``weight`` and an insertion or a deletion one
    more, so that the cheapest way tells the edits and how many of them are no substitutions. An insertion's
    dependence on its left neighbour is a running minimum once the cost of getting there is taken off.
    """
    weight = len(said) + len(heard) + 1
    step = weight + 1
    numbers: dict[str, int] = {}
    said_at = [numbers.setdefault(unit, len(numbers)) for unit in said]
    heard_at = np.array([numbers.setdefault(unit, len(numbers)) for unit in heard], dtype=np.int64)
    slope = np.arange(len(heard) + 1, dtype=np.int64) * step
    row = slope.copy()
    for unit in said_at:
        following = row + step
        np.minimum(following[1:], row[:-1] + weight * (heard_at != unit), out=following[1:])
        row = np.minimum.accumulate(following - slope) + slope
    edits, unpaired = divmod(int(row[-1]), weight)
    deletions = (unpaired + len(said) - len(heard)) // 2
    return Errors(edits - unpaired, deletions, unpaired - deletions, len(said))
