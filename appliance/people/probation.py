"""How long a probation may be, and when it ends (劳动合同法 art. 19)."""

import calendar
from datetime import date, timedelta
from typing import Final

LONGEST_PROBATION: Final[tuple[tuple[int, int], ...]] = ((36, 6), (12, 2), (3, 1))
"""(contract of at least this many months, longest probation in months), longest contract first."""

OPEN_ENDED_LIMIT: Final = 6
"""Months, for a contract without a fixed term."""


def longest_probation(contract_months: int | None) -> int:
    """Most months of probation for a contract of this length; None is an open-ended contract.

    Under three months: none; under a year: one; under three years: two; from three years or open-ended: six.
    """
    if contract_months is None:
        return OPEN_ENDED_LIMIT
    for at_least, longest in LONGEST_PROBATION:
        if contract_months >= at_least:
            return longest
    return 0


def months_after(day: date, months: int) -> date:
    """The same day of the month ``months`` later, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def probation_ends_on(start_on: date, probation_months: int) -> date | None:
    """The last day of the probation; None without one.

    A probation of two months that starts on 10 March ends on 9 May; on 31 December it ends on the last of
    February.
    """
    if probation_months == 0:
        return None
    after = months_after(start_on, probation_months)
    # Starting on the 31st, the shorter month's last day is still inside the period (民法典 art. 202).
    return after if after.day < start_on.day else after - timedelta(days=1)


def contract_ends_on(start_on: date, contract_months: int | None) -> date | None:
    """The last day of a fixed-term contract; None for an open-ended one."""
    return None if contract_months is None else probation_ends_on(start_on, contract_months)
