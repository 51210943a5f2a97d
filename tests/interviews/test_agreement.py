"""Agreement figures are those of the published formulas, and say so when they have no meaning."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.interviews.validation.agreement import (
    LEVELS_1_TO_5,
    Bootstrap,
    Reason,
    Scale,
    agreement,
    icc_2_1,
    icc_2_k,
)

# Shrout, P. E. and Fleiss, J. L. (1979): Intraclass correlations: uses in assessing rater reliability.
# Psychological Bulletin 86, 420-428, table 2: six targets, four judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=np.float64
)
levels = st.integers(1, 5)


def test_the_intraclass_correlations_are_those_of_shrout_and_fleiss() -> None:
    assert icc_2_1(SHROUT_FLEISS) == pytest.approx(0.2898, abs=5e-5)  # the paper prints .29
    assert icc_2_k(SHROUT_FLEISS) == pytest.approx(0.6201, abs=5e-5)  # and .62


def test_quadratic_weighted_kappa_is_that_of_the_table_of_counts() -> None:
    first, second = [1, 2, 2, 3, 4, 5, 5, 3, 2, 4], [1, 2, 3, 3, 5, 5, 4, 2, 2, 4]
    # By hand: squared differences add up to 4 (mean 0.4); both margins have counts 1, 3, 2, 2, 2, hence mean 3.1
    # and variance 11.3 - 9.61 = 1.69, so the expectation is 3.38.
    assert agreement(first, second).qwk.value == pytest.approx(1 - 0.4 / 3.38)
    assert agreement(first, second).qwk.value == pytest.approx(kappa_of_counts(first, second))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(levels, levels), min_size=3, max_size=40))
def test_kappa_equals_the_one_from_counts_for_any_ratings(pairs: list[tuple[int, int]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    found = agreement(first, second, bootstrap=Bootstrap(resamples=0)).qwk
    if len({*first, *second}) == 1:
        assert (found.value, found.reason) == (None, Reason.CONSTANT)
    else:
        assert found.value == pytest.approx(kappa_of_counts(first, second))


def kappa_of_counts(first: list[int], second: list[int]) -> float:
    """The textbook way: observed and expected table, weights (i - j)^2."""
    answers = len(first)
    observed = sum((one - other) ** 2 for one, other in zip(first, second, strict=True)) / answers
    expected = sum((one - other) ** 2 for one, other in product(first, second)) / answers**2
    return 1 - observed / expected


def test_correlations_and_distances_by_hand() -> None:
    found = agreement([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    assert found.pearson.value == pytest.approx(0.8)  # 8 / 10
    assert found.spearman.value == pytest.approx(0.8)  # 1 - 6 * 4 / (5 * 24)
    assert found.mae.value == pytest.approx(0.8)
    assert found.mae_share.value == pytest.approx(0.2)
    assert found.exact is not None
    assert found.exact.value == pytest.approx(0.2)
    assert found.adjacent is not None
    assert found.adjacent.value == pytest.approx(1.0)


def test_equal_values_share_their_mean_rank() -> None:
    # Ranks 1, 2.5, 2.5, 4 and 1.5, 1.5, 3, 4: sum of products 3.75, of squares 4.5 and 4.5 (by hand).
    found = agreement([1, 2, 2, 5], [1, 1, 3, 4], bootstrap=Bootstrap(resamples=0))
    assert found.spearman.value == pytest.approx(3.75 / 4.5)


def test_ranks_do_not_see_a_monotone_bend_and_pearson_does() -> None:
    scale = Scale(0, 10_000)
    found = agreement([1, 2, 3, 4, 5, 6], [math.exp(one) for one in range(1, 7)], scale)
    assert found.spearman.value == pytest.approx(1.0)
    assert found.pearson.value is not None
    assert found.pearson.value < 0.95
    assert found.exact is None


def test_a_rater_who_never_differs_gives_no_correlation_but_a_reason() -> None:
    found = agreement([3, 3, 3, 3, 3, 3], [1, 2, 3, 4, 5, 3])
    assert (found.pearson.value, found.pearson.reason) == (None, Reason.CONSTANT)
    assert (found.spearman.value, found.spearman.reason) == (None, Reason.CONSTANT)
    assert found.qwk.value == pytest.approx(0.0)
    assert found.mae.value == pytest.approx(1.0)


def test_two_raters_who_always_say_the_same_one_thing_have_nothing_to_agree_about() -> None:
    found = agreement([4] * 8, [4] * 8)
    assert found.qwk.reason is found.icc_single.reason is found.icc_average.reason is Reason.CONSTANT
    assert (found.mae.value, found.mae.low, found.mae.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("pairs", [0, 1, 2])
def test_too_few_answers_give_no_figure(pairs: int) -> None:
    found = agreement([1, 5][:pairs], [2, 4][:pairs])
    assert found.answers == pairs
    assert (found.qwk.value, found.qwk.reason) == (None, Reason.TOO_FEW)
    assert found.icc_single.reason is found.pearson.reason is Reason.TOO_FEW
    assert (found.mae.value is None) == (pairs == 0)


def test_a_pair_without_a_value_is_left_out_and_counted() -> None:
    whole = agreement([1, 2, 3, 4, 5], [1, 3, 3, 4, 4])
    found = agreement([1, None, 2, 3, 4, 5, 2], [1, 4, 3, 3, 4, 4, None])
    assert (found.answers, found.left_out) == (5, 2)
    assert found.qwk == whole.qwk


def test_four_answers_have_a_figure_and_no_interval() -> None:
    found = agreement([1, 2, 4, 5], [1, 3, 4, 5]).qwk
    assert found.value is not None
    assert (found.low, found.high, found.reason) == (None, None, Reason.INTERVAL_TOO_FEW)


def test_values_between_levels_are_rounded_for_kappa_alone() -> None:
    found = agreement([1.4, 2.5, 3.0, 4.9, 5.0], [1, 3, 3, 5, 5], bootstrap=Bootstrap(resamples=0))
    assert found.qwk.value == pytest.approx(1.0)
    assert found.mae.value == pytest.approx((0.4 + 0.5 + 0 + 0.1 + 0) / 5)


def test_the_interval_holds_the_figure_narrows_with_answers_and_is_the_same_again() -> None:
    generator = np.random.default_rng(3)
    truth = generator.uniform(1, 5, 400)
    first, second = (
        [float(value) for value in np.clip(np.round(truth + generator.normal(0, 0.7, 400)), 1, 5)]
        for _ in range(2)
    )
    few, many = agreement(first[:30], second[:30]), agreement(first, second)
    for few_one, many_one in ((few.qwk, many.qwk), (few.pearson, many.pearson), (few.mae, many.mae)):
        assert few_one.low is not None and few_one.high is not None and few_one.value is not None
        assert many_one.low is not None and many_one.high is not None
        assert few_one.low < few_one.value < few_one.high
        assert many_one.high - many_one.low < few_one.high - few_one.low
    assert agreement(first, second) == many


def test_the_interval_covers_what_is_true_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(11)
    noise, answers, draws = 1.0, 60, 120
    true = 1 / (1 + noise**2)  # of two raters who hear the same signal of variance 1 with noise of their own
    hits = 0
    for _ in range(draws):
        signal = generator.normal(0, 1, answers)
        first, second = (list(signal + generator.normal(0, noise, answers)) for _ in range(2))
        found = agreement(first, second, Scale(-99, 99), Bootstrap(resamples=200)).pearson
        assert found.low is not None and found.high is not None
        hits += found.low <= true <= found.high
    assert 0.87 <= hits / draws <= 0.99


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.none() | levels, st.none() | levels), max_size=12))
def test_nothing_is_ever_nan_or_outside_of_its_bounds(pairs: list[tuple[int | None, int | None]]) -> None:
    found = agreement([one for one, _ in pairs], [other for _, other in pairs], bootstrap=Bootstrap(40))
    for one in (found.qwk, found.icc_single, found.icc_average, found.pearson, found.spearman, found.mae):
        assert (one.value is None) <= (one.reason is not None)
        for figure in (one.value, one.low, one.high):
            assert figure is None or math.isfinite(figure)
    assert found.pearson.value is None or -1 <= found.pearson.value <= 1


def test_ratings_outside_of_the_scale_or_of_different_number_are_refused() -> None:
    with pytest.raises(ValueError, match="outside of the scale"):
        agreement([1, 6], [1, 2], LEVELS_1_TO_5)
    with pytest.raises(ValueError, match="stand against"):
        agreement([1, 2, 3], [1, 2])
