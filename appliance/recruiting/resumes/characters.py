"""Characters as they come out of files, made plain: compatibility forms, ligatures, invisible marks."""

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_COMPATIBLE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\ufb00-\ufb06]")
_SPACES = re.compile("[\u00a0\u2002-\u200a\u3000]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")

RADICAL_FORMS = {
    "⻓": "长",
    "⻔": "门",
    "⻚": "页",
    "⻛": "风",
    "⻢": "马",
    "⻋": "车",
    "⻅": "见",
    "⻉": "贝",
    "⺠": "民",
}
"""CJK radical supplements that Unicode gives no compatibility mapping, as PDF producers emit them."""


def plain(text: str) -> str:
    """``text`` with full-width letters, radical forms and ligatures in their ordinary form, exotic spaces as
    spaces, and characters without a visible form removed. Chinese punctuation stays as it is."""
    text = _INVISIBLE.sub("", text)
    text = _SPACES.sub(" ", text)
    for radical, usual in RADICAL_FORMS.items():
        text = text.replace(radical, usual)
    return _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)


def is_han(character: str) -> bool:
    """Whether ``character`` is a Chinese character."""
    return bool(_HAN.match(character))


def tidy(text: str) -> str:
    """Lines without trailing blanks, at most one empty line in a row, none at the ends."""
    lines = [re.sub(r"[ ]{2,}", " ", line).strip(" \t") for line in text.replace("\r\n", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
