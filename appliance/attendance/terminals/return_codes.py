"""Return codes of commands in words that IT can act on (the ZKTeco PUSH protocol)."""

from collections.abc import Mapping
from typing import Final

from appliance.kernel.errors import N_, Message

WORDS: Final[Mapping[int, str]] = {
    0: N_("Done"),
    -1: N_("The terminal did not understand a value"),
    -2: N_("The terminal read another photo size than was sent"),
    -3: N_("The terminal could not read or write its storage"),
    -4: N_("The terminal holds nothing that matches"),
    -5: N_("The terminal is full"),
    -6: N_("The terminal says the data is not valid"),
    -9: N_("The terminal read another template size than was sent"),
    -10: N_("The terminal does not know this PIN"),
    -11: N_("The terminal cannot use this template"),
    -12: N_("The terminal cannot use this template"),
    -22: N_("The terminal could not do this and does not say why"),
    -30: N_("The terminal uses another version of the face algorithm"),
    -1001: N_("The terminal is full"),
    -1002: N_("The terminal does not know this command"),
    -1003: N_("The terminal ran out of time"),
    -1004: N_("The terminal is configured for something else"),
    -1005: N_("The terminal was busy"),
    -1006: N_("The command was too long for the terminal"),
    -1007: N_("The terminal ran out of memory"),
    -1008: N_("The terminal could not fetch the photo"),
}

RETRY_HELPS: Final = frozenset({-3, -1003, -1005, -1007, -1008})
"""Codes that speak of the moment, not of the data."""

WRONG_PHOTO_SIZE: Final = -2
UNKNOWN_PIN: Final = -10

NO_CODE: Final = N_("The terminal answered without a result that can be read")
NO_ANSWER: Final = N_("The terminal never answered")
PHOTO_GONE: Final = N_("The photo is no longer there")


TROUBLE_WORDS: Final[Mapping[str, str]] = {
    "no_code": NO_CODE,
    "no_answer": NO_ANSWER,
    "photo_gone": PHOTO_GONE,
    "D01E0001": N_("The terminal finds no face in the photo"),
    "D01E0002": N_("The terminal cannot use this photo"),
    "D01E0003": N_("The terminal cannot use this photo"),
    "D01E0004": N_("The terminal cannot use this photo"),
    "D01E0005": N_("The terminal cannot use this photo"),
    "D01E0006": N_("The terminal cannot use this photo"),
}
"""Troubles without a return code; the manual settles only D01E0001 (no face), the others speak of the
photo.
"""


def trouble_in_words(trouble: str) -> Message:
    """What a trouble means."""
    words = TROUBLE_WORDS.get(trouble)
    return Message(words) if words else Message(N_("The terminal reported %(code)s"), {"code": trouble})


def in_words(code: int | None) -> Message:
    """What a return code means; None is an answer without a readable code."""
    if code is None:
        return Message(NO_CODE)
    words = WORDS.get(code)
    return Message(words) if words else Message(N_("The terminal answered %(code)d"), {"code": code})
