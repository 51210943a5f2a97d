"""Averages, intervals and the gate."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.interviews.scoring.levels import (
    AnchorOrder,
    GatePolicy,
    LevelRun,
    PersonReason,
    Phrasing,
    Wording,
    average,
    combine,
    deviation_of,
    digit_distribution,
    expected_level,
    gate_level,
    gate_text,
    score_of,
)
from inference.ports import TokenAlternative

POLICY = GatePolicy()
shares = st.lists(st.floats(0.001, 1.0), min_size=5, max_size=5).map(
    lambda weights: tuple(weight / math.fsum(weights) for weight in weights)
)


def run(probabilities: tuple[float, ...], mass: float = 1.0) -> LevelRun:
    return LevelRun(AnchorOrder.ASCENDING, Wording.DEFINITION, Phrasing.PLAIN, probabilities, mass)


@given(st.lists(shares, min_size=1, max_size=6), st.randoms())
def test_the_average_does_not_depend_on_the_order_of_the_runs(
    distributions: list[tuple[float, ...]], random: object
) -> None:
    shuffled = list(distributions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert average(distributions) == average(shuffled)
    assert math.isclose(math.fsum(average(distributions)), 1.0)


@given(shares)
def test_a_level_lies_between_one_and_five_and_its_score_between_zero_and_ten(
    distribution: tuple[float, ...],
) -> None:
    assert 1.0 <= expected_level(distribution) <= 5.0 + 1e-9
    assert 0.0 <= deviation_of(distribution) <= 2.0 + 1e-9
    assert 0.0 <= score_of(expected_level(distribution)) <= 10.0


@given(st.floats(1.0, 5.0), st.floats(1.0, 5.0))
def test_a_higher_level_never_gets_a_lower_score(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert score_of(low) <= score_of(high)


def test_the_scale_is_two_and_a_half_points_a_level() -> None:
    assert (score_of(1.0), score_of(3.0), score_of(5.0)) == (0.0, 5.0, 10.0)


def test_digits_are_read_with_or_without_a_space_and_nothing_else_counts() -> None:
    tokens = [
        TokenAlternative(text, math.log(share))
        for text, share in (("4", 0.4), (" 4", 0.2), ("5", 0.2), ("The", 0.2))
    ]
    distribution, mass = digit_distribution(tokens)
    assert distribution == pytest.approx((0, 0, 0, 0.75, 0.25))
    assert mass == pytest.approx(0.8)


def test_an_answer_without_any_digit_says_nothing_and_is_held_back() -> None:
    distribution, mass = digit_distribution([TokenAlternative("Sorry", -0.1), TokenAlternative("6", -3.0)])
    assert (distribution, mass) == ((0.2,) * 5, 0.0)
    assert (
        gate_level(POLICY, combine("team_work", "hash", [run(distribution, mass)])) is PersonReason.NO_LEVEL
    )


def test_runs_that_disagree_are_held_back_and_runs_that_agree_pass() -> None:
    low, high = run((0.1, 0.8, 0.1, 0.0, 0.0)), run((0.0, 0.0, 0.1, 0.8, 0.1))
    apart = combine("team_work", "hash", [low, high])
    assert apart.spread == pytest.approx(2.0)
    assert gate_level(POLICY, apart) is PersonReason.UNSTABLE
    assert gate_level(POLICY, combine("team_work", "hash", [high, high])) is None


@pytest.mark.parametrize(
    ("length", "spoken", "reason"),
    [
        (0, True, PersonReason.SILENT),
        (0, False, PersonReason.TOO_SHORT),
        (POLICY.minimum_units - 1, True, PersonReason.TOO_SHORT),
        (POLICY.minimum_units, True, None),
        (POLICY.maximum_units + 1, False, PersonReason.TOO_LONG),
    ],
)
def test_too_little_or_too_much_text_goes_to_a_person(
    length: int, spoken: bool, reason: PersonReason | None
) -> None:
    assert gate_text(POLICY, length, spoken=spoken) is reason
