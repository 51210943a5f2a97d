"""How well scores agree with the people who rated, and these people with each other."""

from collections.abc import Sequence
from itertools import combinations

from appliance.interviews.validation.agreement import Agreement, Estimate, Scale, agreement

SHARES = Scale(0.0, 1.0)
"""Shares of full marks."""

Figures = dict[str, object]


def compare(values: Sequence[float], targets: Sequence[float], groups: Sequence[str]) -> Figures:
    """Pearson, Spearman and the mean absolute error (share of full marks) over all answers, each with its 95 %
    interval, and the mean of each question's own Pearson: over several questions a score could look right by
    telling the questions apart."""
    whole = agreement(values, targets, SHARES)
    own = [_of_group(values, targets, groups, group).pearson.value for group in dict.fromkeys(groups)]
    known = [value for value in own if value is not None]
    return {
        "answers": whole.answers,
        "pearson": _shown(whole.pearson),
        "pearson_within_questions": round(sum(known) / len(known), 4) if known else None,
        "spearman": _shown(whole.spearman),
        "mae_share": _shown(whole.mae_share),
    }


def people(shares: Sequence[dict[str, float]]) -> Figures | None:
    """The same of each pair of raters, and their mean; ``None`` where nobody rated an answer with another."""
    raters = sorted({rater for given in shares for rater in given})
    found = []
    for first, second in combinations(raters, 2):
        pair = agreement(
            [given.get(first) for given in shares], [given.get(second) for given in shares], SHARES
        )
        if pair.answers:
            found.append({
                "raters": [first, second],
                "answers": pair.answers,
                "pearson": _shown(pair.pearson),
                "icc": _shown(pair.icc_single),
                "mae_share": _shown(pair.mae_share),
            })  # fmt: skip
    return {"pairs": found} if found else None


def _of_group(
    values: Sequence[float], targets: Sequence[float], groups: Sequence[str], group: str
) -> Agreement:
    places = [place for place, label in enumerate(groups) if label == group]
    return agreement([values[place] for place in places], [targets[place] for place in places], SHARES)


def _shown(estimate: Estimate) -> Figures:
    if estimate.value is None:
        return {"value": None, "reason": estimate.reason}
    interval = (
        None
        if estimate.low is None or estimate.high is None
        else [round(estimate.low, 4), round(estimate.high, 4)]
    )
    return {"value": round(estimate.value, 4), "interval": interval}
