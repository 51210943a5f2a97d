"""The rules behind the validation: a line that only rises, even samples, control limits, impact ratios."""

import csv
import hashlib
import io
import json
import math
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.interviews.validation.drift import drift_points
from appliance.interviews.validation.fitting import fit_monotone, left_out_scores, score_at
from appliance.interviews.validation.gate import decide, fitted
from appliance.interviews.validation.groups import read_groups, template
from appliance.interviews.validation.impact import (
    SMALLEST_CELL,
    Outcome,
    RateKind,
    cells_of,
    impact_of,
    is_whole,
    months_after,
    ratio_interval,
    to_csv,
)
from appliance.interviews.validation.model import (
    FittedCalibrator,
    GateState,
    Instrument,
    Item,
    RatedItem,
    Round,
    RoundKind,
    WhyNot,
)
from appliance.interviews.validation.sample import advice, stratified
from appliance.kernel.errors import Invalid, Message

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
level = st.floats(1, 5)
score = st.floats(0, 10)


def item(number: int, *, level: float, competency: str = "team_work", language: str = "zh") -> Item:
    return Item(
        id=f"item-{number}",
        round_id="round",
        interview_id=f"interview-{number}",
        candidate_id=f"candidate-{number}",
        answer_id=f"answer-{number}",
        competency_id=competency,
        language=language,
        machine_level=level,
        length_units=80,
        instrument=Instrument("rubric", "prompts", "model"),
    )


# the calibrator's line


@settings(deadline=None)
@given(st.lists(st.tuples(level, score), min_size=1, max_size=40), st.lists(level, min_size=2, max_size=6))
def test_a_higher_level_never_gives_a_lower_score(
    points: list[tuple[float, float]], asked: list[float]
) -> None:
    knots = fit_monotone([one for one, _ in points], [other for _, other in points])
    scores = [score_at(knots, one) for one in sorted(asked)]
    assert all(0 <= one <= 10 for one in scores)
    assert all(later >= earlier - 1e-3 for earlier, later in zip(scores, scores[1:], strict=False))


def test_many_answers_bend_the_line_to_what_people_gave() -> None:
    levels = [2.0 + 0.5 * (number % 5) for number in range(400)]
    scores = [(number % 5) * 2.5 for number in range(400)]
    knots = fit_monotone(levels, scores)
    for one, wanted in ((2.0, 0.0), (3.0, 5.0), (4.0, 10.0)):
        assert score_at(knots, one) == pytest.approx(wanted, abs=0.3)
    assert score_at(knots, 5.0) >= score_at(knots, 4.0)


def test_levels_that_run_against_people_give_everybody_about_the_mean() -> None:
    levels = [1.0 + number % 5 for number in range(50)]
    knots = fit_monotone(levels, [10 - 2.5 * (one - 1) for one in levels])
    assert score_at(knots, 1.0) == pytest.approx(5.0, abs=0.01)
    assert score_at(knots, 5.0) == pytest.approx(5.0, abs=0.01)


def test_no_answer_is_predicted_from_its_own_candidate() -> None:
    groups = [f"candidate-{number // 4}" for number in range(80)]
    scores = [10.0 if name == "candidate-7" else 0.0 for name in groups]
    found = left_out_scores([3.0] * 80, scores, groups)
    assert all(one == 0.0 for one, name in zip(found, groups, strict=True) if name == "candidate-7")
    with pytest.raises(ValueError, match="two candidates"):
        left_out_scores([3.0] * 4, [1.0] * 4, ["one"] * 4)


# the gate


def rows(spread: float, answers: int = 60) -> np.ndarray:
    generator = np.random.default_rng(5)
    truth = np.tile([1.0, 2.0, 3.0, 4.0, 5.0], answers // 5)
    second = np.where(np.arange(answers) % 4 == 0, np.maximum(truth - 1, 1), truth)
    machine = np.clip(truth + generator.normal(0, spread, answers), 1, 5)
    return np.column_stack([truth, second, machine])


def test_the_gate_opens_within_five_hundredths_and_not_beyond() -> None:
    opened, closed = decide(rows(0.3)), decide(rows(1.5))
    assert opened.gap is not None and closed.gap is not None
    assert (opened.state, opened.gap <= 0.05) == (GateState.VALIDATED, True)
    assert (closed.state, closed.reason, closed.gap > 0.05) == (GateState.ADVISORY, WhyNot.BELOW_RATERS, True)
    assert closed.gap_low is not None and closed.gap_high is not None
    assert closed.gap_low < closed.gap < closed.gap_high


def test_raters_who_never_differ_open_no_gate() -> None:
    gate = decide(np.full((40, 3), 3.0))
    assert (gate.state, gate.reason, gate.human) == (GateState.ADVISORY, WhyNot.UNDEFINED, None)


# samples


def test_a_sample_is_even_over_strata_and_the_same_for_a_seed() -> None:
    pool = [
        item(number, level=1.5 if number % 10 else 4.5, competency="team_work" if number % 3 else "integrity")
        for number in range(300)
    ]
    chosen = stratified(pool, 40, random.Random(1))
    counts = Counter((one.competency_id, (one.machine_level or 0) > 3.5) for one in chosen)
    assert sorted(counts.values()) == [10, 10, 10, 10]
    assert chosen == stratified(pool, 40, random.Random(1))
    assert len({one.id for one in stratified(pool, 500, random.Random(2))}) == 300


def test_more_answers_are_advised_to_give_a_narrower_interval() -> None:
    found = advice()
    widths = [one.high - one.low for one in found]
    assert widths == sorted(widths, reverse=True)
    # Fisher's interval of r = 0.7 with n = 50: tanh(0.8673 -+ 1.96 / sqrt 47), by hand 0.52 to 0.82.
    fifty = next(one for one in found if one.answers == 50)
    assert (round(fifty.low, 2), round(fifty.high, 2)) == (0.52, 0.82)


# drift


def calibrator() -> FittedCalibrator:
    items = [
        RatedItem(item(number, level=2.0 + 0.5 * (number % 5 + 1)), _levels(number)) for number in range(60)
    ]
    return fitted(items, calibrator_id="one", number=1, at=NOW, by="hr")


def _levels(number: int) -> tuple[int, int]:
    given = number % 5 + 1
    return given, given if number % 4 else max(given - 1, 1)


def month(
    place: int, shift: float, answers: int, kind: RoundKind = RoundKind.DRIFT
) -> list[tuple[Round, RatedItem]]:
    made = Round(
        id=f"2027-{place:02}", kind=kind, drawn_at=NOW + timedelta(days=31 * place), drawn_by="hr",
        due_on=date(2027, 1, 1), seed=1,
    )  # fmt: skip
    return [
        (
            made,
            RatedItem(
                item(1000 * place + number, level=2.0 + 0.5 * (number % 5 + 1) + shift), _levels(number)
            ),
        )
        for number in range(answers)
    ]


@pytest.mark.parametrize(("shift", "answers", "alarm"), [(0.0, 20, False), (0.6, 20, True), (0.6, 4, False)])
def test_a_month_outside_of_its_limits_raises_the_alarm_unless_it_has_too_few_answers(
    shift: float, answers: int, alarm: bool
) -> None:
    made = calibrator()
    rated = month(1, shift, answers)
    points = drift_points(rated, {("team_work", "zh"): made}, {rated[0][0].id: rated[0][0].id})
    assert [(one.answers, one.alarm) for one in points] == [(answers, alarm)]
    assert points[0].limit == pytest.approx(3 / math.sqrt(answers), abs=1e-3)


def test_what_the_calibrator_was_fitted_on_and_other_instruments_tell_nothing_of_drift() -> None:
    made = calibrator()
    known = {("team_work", "zh"): made}
    before, validation = month(-1, 0.0, 9), month(1, 0.0, 9, RoundKind.VALIDATION)
    months = {one.id: one.id for one, _item in [*before, *validation]}
    assert drift_points([*before, *validation], known, months) == []
    other = msgspec.structs.replace(made, instrument=Instrument("a", "b", "c"))
    later = month(2, 0.0, 9)
    assert drift_points(later, {("team_work", "zh"): other}, {later[0][0].id: "2027-01"}) == []


# impact


def outcomes(selected: dict[str, tuple[int, int]]) -> list[Outcome]:
    """Hits and count by group."""
    return [
        Outcome(groups={"sex": name}, selected=number < hits, match=9.0 if number < hits else 1.0)
        for name, (hits, count) in selected.items()
        for number in range(count)
    ]


def test_the_impact_ratio_is_that_of_the_rule_and_small_groups_tell_their_count_alone() -> None:
    # 29 CFR 1607.4 D by hand: 48 of 80 and 12 of 40 are 60 % and 30 %, a ratio of 0.5.
    cells = cells_of(outcomes({"a": (48, 80), "b": (12, 40), "c": (9, SMALLEST_CELL - 1)}))
    found = {one.values[0]: one for one in cells if one.kind is RateKind.SELECTION}
    assert found["b"].ratio == pytest.approx(0.5)
    assert found["b"].below_four_fifths
    assert (found["a"].ratio, found["a"].below_four_fifths) == (1.0, False)
    small = found["c"]
    assert (small.suppressed, small.count, small.hits, small.rate, small.ratio) == (True, 9, None, None, None)


def test_the_interval_of_a_ratio_is_that_of_katz() -> None:
    # By hand: ratio 0.5, standard error of its logarithm sqrt(1/12 - 1/40 + 1/48 - 1/80) = 0.2582.
    low, high = ratio_interval((12, 40), (48, 80))
    assert low == pytest.approx(0.5 * math.exp(-1.96 * 0.2582), abs=1e-3)
    assert high == pytest.approx(0.5 * math.exp(1.96 * 0.2582), abs=1e-3)
    assert all(math.isfinite(one) for one in ratio_interval((0, 40), (48, 80)))


def test_intersections_are_compared_and_the_undecided_are_not_counted_as_refused() -> None:
    people = [
        Outcome(
            groups={"sex": "f" if number % 2 else "m", "age": "old" if number % 4 < 2 else "young"},
            selected=None if number >= 80 else number % 2 == 0,
            match=None if number % 5 == 0 else number / 20,
        )
        for number in range(160)
    ]
    cells = cells_of(people)
    crossed = [one for one in cells if one.kind is RateKind.SELECTION and one.attributes == ("age", "sex")]
    assert [(one.values, one.count) for one in crossed] == [
        (("old", "f"), 20), (("old", "m"), 20), (("young", "f"), 20), (("young", "m"), 20),
    ]  # fmt: skip
    assert [one.ratio for one in crossed] == [0.0, 1.0, 0.0, 1.0]
    assert (
        sum(one.count for one in cells if one.kind is RateKind.SCORING and one.attributes == ("sex",)) == 128
    )


def test_an_impact_report_expires_after_twelve_months_and_an_auditor_can_recompute_its_hash() -> None:
    made = impact_of(
        outcomes({"a": (30, 60), "=b": (5, 30)}), made_at=NOW, today=date(2028, 2, 29), since=date(2027, 3, 1),
        calibrators=["0" * 64],
    )  # fmt: skip
    assert made.expires_on == date(2029, 2, 28)
    assert is_whole(made)
    assert not is_whole(msgspec.structs.replace(made, candidates=made.candidates + 1))
    loaded = json.loads(msgspec.json.encode(made)) | {"hash": ""}
    canonical = json.dumps(loaded, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == made.hash
    text = to_csv(made)
    assert made.hash in text.splitlines()[1]
    table = list(csv.DictReader(io.StringIO("\n".join(text.splitlines()[2:]))))
    assert len(table) == len(made.cells)
    assert {one["group"] for one in table} == {"a", "'=b"}, "no cell starts a formula"


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 30))
def test_months_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


# declared groups


def test_a_filled_table_is_read_as_it_was_downloaded() -> None:
    text = template(["c-1", "c-2"], {"c-1": {"sex": "女"}})
    assert text.splitlines()[0] == "candidate,sex"
    assert read_groups("\ufeff" + text) == {"c-1": {"sex": "女"}, "c-2": {"sex": ""}}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "empty"),
        ("name,sex\na,b", "first line names"),
        ("candidate\na", "first line names"),
        ("candidate,sex\na", "has %(found)d cells"),
        ("candidate,sex\na,f\na,m", "second time"),
        ("candidate,sex\na,<b>", "at most 40"),
        ("candidate,sex,sex\na,f,f", "name of its own"),
        ("candidate," + ",".join("abcdefg"), "attributes"),
    ],
)
def test_a_table_that_cannot_be_taken_says_which_line(table: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_groups(table)
    message = refused.value.fields["table"]
    assert isinstance(message, Message)
    assert says in message.text
