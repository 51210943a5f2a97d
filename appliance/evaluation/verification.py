"""How well distances between faces tell the same person from another."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct


class Judged(Struct, frozen=True):
    """A compared pair with a label: the distance, the product's verdict, and the truth."""

    distance: float
    accepted: bool
    same: bool


def figures(judged: Sequence[Judged]) -> dict[str, object]:
    """Accuracy, false accepts over pairs of different people (FAR) and false rejects over pairs of the same person
    (FRR) at the shipped threshold; the area under the ROC curve needs none. ``None`` where a share has no base."""
    same = [pair for pair in judged if pair.same]
    different = [pair for pair in judged if not pair.same]
    right = sum(pair.accepted == pair.same for pair in judged)
    return {
        "labelled": len(judged),
        "labelled_same": len(same),
        "accuracy": _share(right, len(judged)),
        "far": _share(sum(pair.accepted for pair in different), len(different)),
        "frr": _share(sum(not pair.accepted for pair in same), len(same)),
        "auc": _auc([pair.distance for pair in same], [pair.distance for pair in different]),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 5) if whole else None


def _auc(same: Sequence[float], different: Sequence[float]) -> float | None:
    """The probability that a pair of the same person is nearer than one of two people, ties counted half (Mann
    and Whitney, 1947)."""
    if not same or not different:
        return None
    others = np.sort(np.array(different))
    nearer = len(others) - np.searchsorted(others, same, side="right")
    tied = np.searchsorted(others, same, side="right") - np.searchsorted(others, same, side="left")
    return round(float((nearer + 0.5 * tied).sum()) / (len(same) * len(others)), 5)
