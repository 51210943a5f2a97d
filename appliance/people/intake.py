"""What the room accepts about a person, a post or a department; everything typed or imported is checked
here.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from appliance.kernel.errors import N_, Invalid, Message
from appliance.people.model import NewEmployee
from appliance.people.probation import longest_probation

_NAME_LENGTH: Final = 80
_EMAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,190}")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{4,22}")
_CARD: Final = re.compile(r"[0-9]{1,19}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_SHIFT: Final = re.compile(r"[A-Za-z0-9_.-]{0,32}")
_HIGHEST_WAGE: Final = Decimal(10_000_000)
_LONGEST_CONTRACT: Final = 600

Problems = dict[str, str | Message]


def check_employee(new: NewEmployee) -> None:
    """Raises ``Invalid`` with every field that cannot be taken."""
    problems: Problems = {}
    if not _is_text(new.name):
        problems["name"] = N_("Write the name as on the identity card, at most 80 characters.")
    if new.email and not _EMAIL.fullmatch(new.email):
        problems["email"] = N_("Write an address such as name@hospital.example.")
    if new.phone and not _PHONE.fullmatch(new.phone):
        problems["phone"] = N_("Write digits, with + in front for a country code.")
    if new.card_number is not None and not _CARD.fullmatch(new.card_number):
        problems["card_number"] = N_("A card number has 1 to 19 digits.")
    if new.number is not None and not _NUMBER.fullmatch(new.number):
        problems["number"] = N_("An employee number has 1 to 9 digits and does not begin with 0.")
    problems |= _contract_problems(new)
    if problems:
        raise Invalid(problems)


def _contract_problems(new: NewEmployee) -> Problems:
    problems: Problems = {}
    if not is_amount(new.monthly_wage) or new.monthly_wage <= 0:
        problems["monthly_wage"] = N_("Write the monthly wage in yuan with at most two decimals.")
    if new.contract_months is not None and not 1 <= new.contract_months <= _LONGEST_CONTRACT:
        problems["contract_months"] = N_("Write the contract's length in months, or leave it open-ended.")
    longest = longest_probation(new.contract_months)
    if not 0 <= new.probation_months <= longest:
        problems["probation_months"] = Message(
            N_(
                "A contract of this length allows at most %(months)d months of probation "
                "(Labour Contract Law, art. 19)."
            ),
            {"months": longest},
        )
    if new.probation_share is not None and not Decimal("0.8") <= new.probation_share <= 1:
        problems["probation_share"] = N_("Between 0.80 and 1.00 of the wage (Labour Contract Law, art. 20).")
    if not date(1950, 1, 1) <= new.start_on <= date(2100, 1, 1):
        problems["start_on"] = N_("Choose the first day of work.")
    return problems


def check_department(code: str, name_zh: str, name_en: str) -> None:
    """Raises ``Invalid`` with every field that cannot be taken."""
    problems: Problems = {}
    if not _CODE.fullmatch(code):
        problems["code"] = N_("A code has letters, digits, dot, dash or underscore, at most 32.")
    problems |= _names("name_zh", name_zh, "name_en", name_en)
    if problems:
        raise Invalid(problems)


def check_post(title_zh: str, title_en: str, wage_floor: Decimal | None, default_shift_code: str) -> None:
    """Raises ``Invalid`` with every field that cannot be taken."""
    problems: Problems = _names("title_zh", title_zh, "title_en", title_en)
    if wage_floor is not None and not is_amount(wage_floor):
        problems["wage_floor"] = N_("Write the lowest monthly pay in yuan with at most two decimals.")
    if not _SHIFT.fullmatch(default_shift_code):
        problems["default_shift_code"] = N_("A shift code has letters, digits, dot, dash or underscore.")
    if problems:
        raise Invalid(problems)


def is_amount(amount: Decimal) -> bool:
    """Whether the amount is money the site may pay a month: no parts of a fen, not negative, not absurd."""
    if not amount.is_finite() or not 0 <= amount <= _HIGHEST_WAGE:
        return False
    return amount == amount.quantize(Decimal("0.01"))


def _names(zh_field: str, zh: str, en_field: str, en: str) -> Problems:
    problems: Problems = {}
    if not zh and not en:
        problems[zh_field] = N_("Write the name in Chinese, in English, or in both.")
    for field, text in ((zh_field, zh), (en_field, en)):
        if text and not _is_text(text):
            problems[field] = N_("At most 80 characters on one line.")
    return problems


def _is_text(text: str) -> bool:
    return 0 < len(text) <= _NAME_LENGTH and text == text.strip() and text.isprintable()
