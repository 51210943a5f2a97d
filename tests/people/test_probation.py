"""Probation by the law's table (劳动合同法 art. 19)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.people.probation import contract_ends_on, longest_probation, months_after, probation_ends_on


@pytest.mark.parametrize(
    ("contract_months", "longest"),
    [(1, 0), (2, 0), (3, 1), (11, 1), (12, 2), (35, 2), (36, 6), (60, 6), (None, 6)],
)
def test_the_contract_term_limits_the_probation(contract_months: int | None, longest: int) -> None:
    assert longest_probation(contract_months) == longest


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2026, 3, 10), 2, date(2026, 5, 9)),
        (date(2026, 1, 1), 6, date(2026, 6, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 11, 9), 3, date(2027, 2, 8)),
    ],
)
def test_probation_ends_the_day_before_its_anniversary(start: date, months: int, last: date) -> None:
    assert probation_ends_on(start, months) == last


def test_no_probation_has_no_end_and_an_open_contract_neither() -> None:
    assert probation_ends_on(date(2026, 1, 1), 0) is None
    assert contract_ends_on(date(2026, 1, 1), None) is None
    assert contract_ends_on(date(2026, 1, 1), 36) == date(2028, 12, 31)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_a_probation_lasts_its_months_and_never_more(start: date, months: int) -> None:
    last = probation_ends_on(start, months)
    assert last is not None
    assert start <= last < months_after(start, months) + timedelta(days=1)
    assert last >= months_after(start, months) - timedelta(days=1)
