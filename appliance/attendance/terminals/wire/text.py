"""Text on the wire: which encoding a terminal speaks, and values that cannot break out of their field."""

import re
from enum import StrEnum

NAME_BYTES = 24
"""What a terminal's name field holds (the ZKTeco PUSH protocol)."""

CHINESE_LANGUAGE = "83"
"""``language=`` of a terminal set to simplified Chinese."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


class NameEncoding(StrEnum):
    """How a terminal writes and expects names. GB18030 gives the same bytes as GBK for all of GBK."""

    UTF8 = "utf-8"
    GB18030 = "gb18030"


def decode(raw: bytes, *, chinese: bool = False) -> tuple[str, NameEncoding] | None:
    """``raw`` as text with the encoding that fitted, or None where neither does (keep the bytes then).

    Strict UTF-8 first, then GB18030. Some GBK words are valid UTF-8 by accident (two Cyrillic letters for two
    Han characters); from a terminal that speaks Chinese, a reading with Han characters wins over one without.
    """
    try:
        as_utf8 = raw.decode("utf-8")
    except UnicodeDecodeError:
        as_utf8 = None
    if as_utf8 is not None and (as_utf8.isascii() or _HAN.search(as_utf8) or not chinese):
        return as_utf8, NameEncoding.UTF8
    try:
        as_gb = raw.decode("gb18030")
    except UnicodeDecodeError:
        as_gb = None
    if as_gb is not None and (as_utf8 is None or _HAN.search(as_gb)):
        return as_gb, NameEncoding.GB18030
    return None if as_utf8 is None else (as_utf8, NameEncoding.UTF8)


def clean(value: str) -> str:
    """``value`` as one field: no TAB, CR, LF or other control character.

    A LF in a name would start a new ``C:`` line, a TAB a new field: a command chosen by whoever chose the
    name.
    """
    return _CONTROL.sub(" ", value).strip()


def encode_name(name: str, encoding: NameEncoding, limit: int = NAME_BYTES) -> bytes:
    """``name`` for a terminal: cleaned, in its encoding, at most ``limit`` bytes, cut between characters."""
    encoded = b""
    for character in clean(name):
        piece = character.encode(encoding.value, errors="ignore")
        if len(encoded) + len(piece) > limit:
            break
        encoded += piece
    return encoded.rstrip(b" ")
