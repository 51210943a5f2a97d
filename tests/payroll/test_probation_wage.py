"""The wage on probation by the law's three floors (劳动合同法 art. 20)."""

from decimal import Decimal

import pytest

from appliance.payroll.figures import Source
from appliance.payroll.probation_wage import probation_wage
from appliance.payroll.rulebook import Rule

FLOOR = Rule(Decimal("0.80"), Source("劳动合同法", "第二十条"))


@pytest.mark.parametrize(
    ("wage", "share", "lowest_of_post", "minimum", "expected"),
    [
        ("10000", "0.80", None, "2740", "8000.00"),
        ("10000", "0.50", None, "2740", "8000.00"),
        ("10000", "0.90", "8500", "2740", "9000.00"),
        ("10000", "0.80", "8500", "2740", "8500.00"),
        ("10000", "0.80", "11000", "2740", "10000.00"),
        ("3000", "0.80", None, "2740", "2740.00"),
        ("2500", "0.80", None, "2740", "2740.00"),
        ("10000.01", "0.80", None, None, "8000.01"),
        ("10000", "1.00", "8500", "2740", "10000.00"),
    ],
)
def test_the_highest_of_the_three_floors_holds(
    wage: str, share: str, lowest_of_post: str | None, minimum: str | None, expected: str
) -> None:
    figure = probation_wage(
        wage=Decimal(wage),
        agreed_share=Decimal(share),
        share_floor=FLOOR,
        lowest_of_post=None if lowest_of_post is None else Decimal(lowest_of_post),
        minimum_wage=None if minimum is None else Rule(Decimal(minimum), Source("通知", confirm=True)),
    )
    assert figure.value == Decimal(expected)
    assert figure.to_confirm is (minimum is not None)


def test_an_unknown_minimum_wage_is_said_and_not_guessed() -> None:
    figure = probation_wage(
        wage=Decimal(9000),
        agreed_share=Decimal("0.8"),
        share_floor=FLOOR,
        lowest_of_post=None,
        minimum_wage=None,
    )
    last = figure.inputs[-1]
    assert (last.key, last.value) == ("minimum_wage", None)
    assert last.missing is not None
