"""What a score must beat, so that nobody is fooled: the length of an answer alone, and its words alone.

Both are taught by the same rated answers as the calibrator and, like it, predict each from the others.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.interviews.calibration.coverage import tokens

Array = NDArray[Any]

RIDGE = 1.0
LEAST_FOR_A_LINE = 3


def by_length(lengths: Sequence[float], targets: Sequence[float], groups: Sequence[str]) -> list[float]:
    """A straight line over the logarithm of the number of words for each question."""
    return _by_group(_line_left_out, [[value] for value in lengths], targets, groups)


def by_words(texts: Sequence[str], targets: Sequence[float], groups: Sequence[str]) -> list[float]:
    """Ridge regression over which words occur how often (term frequency, inverse document frequency)."""
    counts = [Counter(tokens(text)) for text in texts]
    return _by_group(_ridge_left_out, counts, targets, groups)


def _by_group(
    predict: Any, inputs: Sequence[Any], targets: Sequence[float], groups: Sequence[str]
) -> list[float]:
    found = [0.0] * len(targets)
    for group in dict.fromkeys(groups):
        places = [place for place, label in enumerate(groups) if label == group]
        values = predict([inputs[place] for place in places], np.array([targets[place] for place in places]))
        for place, value in zip(places, values, strict=True):
            found[place] = min(max(float(value), 0.0), 1.0)
    return found


def _line_left_out(inputs: Sequence[Sequence[float]], targets: Array) -> Array:
    lengths = np.array([row[0] for row in inputs])
    found = np.empty(len(targets))
    for place in range(len(targets)):
        others = np.arange(len(targets)) != place
        if others.sum() < LEAST_FOR_A_LINE or lengths[others].std() == 0.0:
            found[place] = targets[others].mean() if others.any() else 0.5
        else:
            found[place] = np.polyval(np.polyfit(lengths[others], targets[others], 1), lengths[place])
    return found


def _ridge_left_out(counts: Sequence[Counter[str]], targets: Array) -> Array:
    if len(targets) < LEAST_FOR_A_LINE:
        return np.full(len(targets), float(targets.mean()))
    documents = Counter(word for count in counts for word in count)
    places = {word: place for place, word in enumerate(documents)}
    matrix = np.zeros((len(counts), len(places)))
    for row, count in enumerate(counts):
        for word, number in count.items():
            rarity = math.log((1 + len(counts)) / (1 + documents[word])) + 1.0
            matrix[row, places[word]] = (1 + math.log(number)) * rarity
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    kernel = matrix @ matrix.T
    found = np.empty(len(targets))
    for place in range(len(targets)):
        others = np.arange(len(targets)) != place
        mean = targets[others].mean()
        inverse = np.linalg.inv(kernel[np.ix_(others, others)] + RIDGE * np.eye(int(others.sum())))
        found[place] = mean + kernel[place, others] @ inverse @ (targets[others] - mean)
    return found
