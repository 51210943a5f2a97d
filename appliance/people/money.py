"""Exact money: fractions while a figure is made, half up to the fen where it is named."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

FEN: Final = Decimal("0.01")
ZERO: Final = Decimal("0.00")


def to_fen(amount: Decimal | Fraction) -> Decimal:
    """The amount rounded half up to the fen; exact for fractions of any size."""
    if isinstance(amount, Decimal):
        return amount.quantize(FEN, rounding=ROUND_HALF_UP)
    hundredths = abs(amount) * 100
    whole = (2 * hundredths.numerator + hundredths.denominator) // (2 * hundredths.denominator)
    return (Decimal(whole) if amount >= 0 else -Decimal(whole)).scaleb(-2)


def fen_count(amount: Decimal) -> int:
    """The amount as whole fen, for storage. Raises ``ValueError`` when it has parts of a fen."""
    hundredths = amount.scaleb(2)
    if hundredths != hundredths.to_integral_value():
        raise ValueError("an amount to store has parts of a fen")
    return int(hundredths)


def from_fen(count: int) -> Decimal:
    """Whole fen as an amount with two places."""
    return Decimal(count).scaleb(-2)
