"""How a score lies among others: this post's candidates here, and a norm of the trade.

A percentile is the share of people with a lower score, those with the same score counted half (mid-rank), so
that equal people get equal places. It is told for both ends of the score's interval: a place that looks exact
and is not would be worse than none. Scores are compared only with scores on the same scale and rubric.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from msgspec import Struct

from appliance.interviews.report.model import NormFile, TradeNorm
from appliance.interviews.report.report import Band, CompetencyOut
from appliance.interviews.report.store import ScoredReport

LEAST_PEOPLE = 20
"""Fewer people than this say nothing about a place among them, and a place would point at persons."""


class PlaceHere(Struct, frozen=True):
    """The place among this post's candidates: `people` have a score that can be compared, `missing` more are
    needed before a place is shown; `place` holds shares of 0 to 1."""

    people: int
    missing: int
    place: Band | None


class PlaceInTrade(Struct, frozen=True):
    """The place in a norm of the trade; shares of 0 to 1. `beyond` tells that the norm's outermost quantile
    was passed, so that the true share lies further out."""

    norm: TradeNorm
    place: Band
    beyond: bool


class Places(Struct, frozen=True):
    """Both places of one competency."""

    here: PlaceHere
    trade: PlaceInTrade | None


def places_of(
    competency: CompetencyOut, scale: str, peers: Iterable[ScoredReport], files: Sequence[NormFile]
) -> Places | None:
    """The places of a competency's score; None where no number is shown."""
    score = competency.score
    if score is None:
        return None
    others = [
        scored.score.value
        for report in peers
        if report.scale == scale
        for scored in report.competencies
        if scored.id == competency.id
        and scored.rubric_hash == competency.rubric_hash
        and scored.score is not None
    ]
    missing = max(0, LEAST_PEOPLE - len(others))
    place = None if missing else _each(score, lambda value: rank(value, others))
    norm = newest_norm(files, competency.id)
    return Places(PlaceHere(len(others), missing, place), _in_trade(score, norm) if norm else None)


def newest_norm(files: Sequence[NormFile], competency_id: str) -> TradeNorm | None:
    """The norm of the latest day; among equal days that of the file imported last (files come newest
    first)."""
    found = [norm for file in files for norm in file.norms if norm.competency_id == competency_id]
    latest: date | None = max((norm.as_of for norm in found), default=None)
    return next((norm for norm in found if norm.as_of == latest), None)


def rank(value: float, others: Sequence[float]) -> float:
    """The mid-rank share (0 to 1) of `value` among `others` (at least one)."""
    below = sum(other < value for other in others)
    equal = sum(other == value for other in others)
    return (below + equal / 2) / len(others)


def quantile_share(value: float, norm: TradeNorm) -> float:
    """The share (0 to 1) of a norm's people below `value`, straight lines between its quantiles; at most as
    far out as its outermost ones, for nothing is known beyond."""
    points = norm.quantiles
    if value <= points[0].score:
        return points[0].percent / 100
    for left, right in zip(points, points[1:], strict=False):
        if value <= right.score:
            if right.score == left.score:
                return (left.percent + right.percent) / 200
            way = (value - left.score) / (right.score - left.score)
            return (left.percent + way * (right.percent - left.percent)) / 100
    return points[-1].percent / 100


def _in_trade(score: Band, norm: TradeNorm) -> PlaceInTrade:
    beyond = not norm.quantiles[0].score <= score.value <= norm.quantiles[-1].score
    return PlaceInTrade(norm, _each(score, lambda value: quantile_share(value, norm)), beyond)


def _each(score: Band, share: Callable[[float], float]) -> Band:
    return Band(share(score.value), share(score.low), share(score.high))
