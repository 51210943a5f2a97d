"""What rated answers teach about the others, and what no answer gains by."""

import math

import numpy as np
import pytest

from appliance.interviews.calibration import baselines
from appliance.interviews.calibration.calibrator import Calibrator, Portrait, uncalibrated
from appliance.interviews.calibration.coverage import Coverage, Yardstick, length, tokens
from appliance.interviews.calibration.process import GaussianProcess
from appliance.interviews.scoring.marks import Marks


def portrait(mark: float, *, group: str = "q", novel: float = 2.0) -> Portrait:
    return Portrait(group, Marks(mark, mark, 0.0), Coverage(novel, 2.0, 0.0, 0.3, 0.3))


def rated(number: int, slope: float = 1.0, group: str = "q") -> tuple[list[Portrait], list[float]]:
    marks = [place / (number - 1) for place in range(number)]
    return [portrait(mark, group=group) for mark in marks], [0.5 + slope * (mark - 0.5) for mark in marks]


# coverage


def test_a_thing_said_twice_covers_no_more_than_said_once() -> None:
    yardstick = Yardstick("How do you count a till?", "counts twice, writes it down", "I count it twice.")
    once = yardstick.measure(["I counted the till twice and wrote 350 in the book."])
    again = yardstick.measure(["I counted the till twice and wrote 350 in the book."] * 3)
    assert again == once


def test_repeating_the_question_covers_nothing_new() -> None:
    yardstick = Yardstick("你怎么核对库存", "先盘点,再登记", "")
    assert yardstick.measure(["你怎么核对库存"]).novel == 0.0
    assert yardstick.measure(["我先盘点三遍"]).novel > 0.0


def test_figures_and_the_rubrics_words_are_counted_in_both_languages() -> None:
    english = Yardstick("", "average response time", "the average is 133.33").measure(
        ["average is 133.33, -1"]
    )
    chinese = Yardstick("", "双人复核", "双人复核后登记").measure(["我们双人复核,共12笔"])
    assert english.figures == pytest.approx(math.log(3))
    assert english.rubric == pytest.approx(1 / 3)
    assert english.reference == pytest.approx(1.0)
    assert chinese.rubric == pytest.approx(1.0)
    assert chinese.figures == pytest.approx(math.log(2))


def test_full_width_letters_and_hidden_characters_are_the_same_words() -> None:
    assert tokens("ＡＢＣ\u200b１２") == tokens("abc12")


def test_nothing_is_covered_by_nothing() -> None:
    assert Yardstick("", "", "").measure([]) == Coverage(0.0, 0.0, 0.0, 0.0, 0.0)
    assert length([]) == 0.0


# the process


def test_the_predictions_that_leave_an_answer_out_are_those_of_a_process_that_never_saw_it() -> None:
    generator = np.random.default_rng(3)
    features, targets = generator.normal(size=(12, 4)), generator.uniform(size=12)
    groups = ["a", "b"] * 6
    whole = GaussianProcess(features, groups, targets, (0, 1))
    others = np.arange(12) != 5
    without = GaussianProcess(features, groups, targets, (0, 1))
    # Means and scales are those of all rated answers in both: what is left out is the answer's own rating.
    kernel = whole._kernel(whole._rated, np.array(groups))
    residual = whole._residual
    inverse = np.linalg.inv(kernel[np.ix_(others, others)] + 0.4 * np.eye(11))
    mean = whole._before(whole._rated)[5] + kernel[5, others] @ inverse @ residual[others]
    expected = min(max(whole._level + whole._scale * mean, 0.0), 1.0)
    assert without.left_out()[5].mean == pytest.approx(expected)


def test_what_raters_reward_in_one_question_need_not_count_in_another() -> None:
    up, rising = rated(12, 1.0, "up")
    down, falling = rated(12, -1.0, "down")
    calibrator = Calibrator([*up, *down], [*rising, *falling])
    better, worse = (calibrator.score(portrait(0.9, group=group)).mean for group in ("up", "down"))
    assert better > worse


def test_equal_ratings_do_not_break_the_process() -> None:
    portraits, _ = rated(6)
    scores = [Calibrator(portraits, [0.8] * 6).score(portrait(mark)) for mark in (0.0, 1.0)]
    assert all(0.0 <= score.low <= score.mean <= score.high <= 1.0 for score in scores)


def test_two_answers_are_the_least_that_can_be_learnt_from() -> None:
    with pytest.raises(ValueError, match="two rated answers"):
        GaussianProcess(np.zeros((1, 2)), ["q"], np.zeros(1), (0,))


# the calibrator


def test_a_score_is_on_the_raters_scale_and_rises_with_the_marks() -> None:
    portraits, targets = rated(20)
    calibrator = Calibrator(portraits, [0.5 + 0.5 * target for target in targets])
    low, high = (calibrator.score(portrait(mark)) for mark in (0.1, 0.9))
    assert low.mean == pytest.approx(0.55, abs=0.08)
    assert high.mean == pytest.approx(0.95, abs=0.08)
    assert low.low < low.mean < low.high


def test_the_same_answer_has_the_same_score_whatever_else_is_scored() -> None:
    calibrator = Calibrator(*rated(10))
    alone = calibrator.score(portrait(0.4))
    for mark in (0.0, 0.9, 1.0):
        calibrator.score(portrait(mark))
    assert calibrator.score(portrait(0.4)) == alone


def test_being_stranger_than_any_rated_answer_earns_nothing_more() -> None:
    portraits, targets = rated(12)
    spread = [
        Portrait(one.group, one.marks, Coverage(2.0 + place / 10, 2.0, 0.0, 0.3, 0.3))
        for place, one in enumerate(portraits)
    ]
    calibrator = Calibrator(spread, targets)
    long, longer = (calibrator.score(portrait(0.5, novel=novel)).mean for novel in (6.0, 60.0))
    assert longer == pytest.approx(long, abs=1e-6)


def test_too_few_ratings_and_impossible_features_are_refused() -> None:
    portraits, targets = rated(4)
    with pytest.raises(ValueError, match="at least 5"):
        Calibrator(portraits, targets)
    calibrator = Calibrator(*rated(6))
    with pytest.raises(ValueError, match="finite"):
        calibrator.score(portrait(float("nan")))


def test_other_ratings_give_another_hash() -> None:
    portraits, targets = rated(6)
    same, other = Calibrator(portraits, targets), Calibrator(portraits, [*targets[:-1], 0.9])
    assert same.hash == Calibrator(*rated(6)).hash != other.hash


def test_before_anybody_rated_the_mark_stands_with_a_wide_interval() -> None:
    score = uncalibrated(Marks(0.5, 0.9, 2.0))
    assert score.mean == 0.5
    assert score.high - score.low == pytest.approx(0.8)


# what a score must beat


def test_length_alone_finds_a_line_where_ratings_follow_length() -> None:
    lengths = [1.0, 2.0, 3.0, 4.0, 5.0]
    found = baselines.by_length(lengths, [0.1, 0.2, 0.3, 0.4, 0.5], ["q"] * 5)
    assert found == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_words_alone_tell_answers_apart_that_use_other_words() -> None:
    texts = ["alpha beta gamma", "alpha beta delta", "omega sigma tau", "omega sigma rho"] * 2
    found = baselines.by_words(texts, [1.0, 1.0, 0.0, 0.0] * 2, ["q"] * 8)
    assert min(found[0], found[1]) > 0.7 > 0.3 > max(found[2], found[3])


def test_baselines_survive_one_answer_and_equal_lengths() -> None:
    assert baselines.by_words(["one"], [0.4], ["q"]) == pytest.approx([0.4])
    assert baselines.by_length([2.0] * 4, [0.0, 1.0, 0.0, 1.0], ["q"] * 4) == pytest.approx(
        [2 / 3, 1 / 3, 2 / 3, 1 / 3]
    )
