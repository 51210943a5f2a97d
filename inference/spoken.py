"""Two texts of the same speech made comparable: what stays is what was said, not how it is written.

A recogniser writes "2016年" or "二〇一六年", "10 of clubs" or "ten of clubs", 軟體 or 软体; none of these is an error.
``normalise`` folds script, numbers, case, punctuation, contractions and hesitation sounds into one form for counting
errors and comparing answers. It is never shown: a transcript on a page keeps its usual form.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Literal

Language = Literal["zh", "en"]

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"


def normalise(text: str, language: str) -> str:
    """``text`` as comparable tokens separated by single spaces: for ``zh`` Chinese characters, digits and Latin
    words; for every other language lower-case words and digits. Numbers are digits in both."""
    folded = unicodedata.normalize("NFKC", text).lower()
    if language == "zh":
        return " ".join(_chinese_tokens(folded))
    return " ".join(_english_tokens(folded))


def tokens(text: str, language: str) -> list[str]:
    """The units of an error rate: characters for Chinese (a Latin word counts by its letters), else words."""
    normal = normalise(text, language)
    return [unit for unit in normal if unit != " "] if language == "zh" else normal.split()


@functools.cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Chinese text in simplified script, which is what a mainland site reads and writes; other text unchanged."""
    if not re.search(f"[{_HAN}]", text):
        return text
    converted: str = _converter().convert(text)
    return converted


# --- Chinese ----------------------------------------------------------------------------------------------

_DIGITS = {character: str(value) for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "幺": "1",
    "两": "2",
}
"""幺 is how 1 is said in telephone and room numbers, 两 how 2 is said before a measure word."""

_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_NUMERAL = "".join([*_DIGITS, *_UNITS, *_MYRIADS])
_DIGIT_RUN = re.compile(f"[{''.join(_DIGITS)}]+")
_NUMBER_ZH = re.compile(f"[{_NUMERAL}]+(?:点[{''.join(_DIGITS)}]+)?")
_PERCENT_ZH = re.compile(rf"百分之([{_NUMERAL}点]+)")
_FRACTION_ZH = re.compile(rf"([{_NUMERAL}]+)分之([{_NUMERAL}]+)")
_ARABIC_MYRIAD = re.compile(r"(\d+(?:\.\d+)?)\s*([万亿])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_FILLERS_ZH = re.compile(r"[嗯呃额啊哦唔]+(?=[\W_]|$)")
_TOKEN_ZH = re.compile(rf"[{_HAN}]|\d|%|[a-z]+|\.(?=\d)")


def _chinese_tokens(text: str) -> Iterator[str]:
    text = _FILLERS_ZH.sub("", simplified(text))
    text = _THOUSANDS.sub("", text)
    text = _ARABIC_MYRIAD.sub(_spread_myriad, text)
    text = _PERCENT_ZH.sub(lambda found: f"{_arabic(found[1])}%", text)
    text = _FRACTION_ZH.sub(lambda found: f"{_arabic(found[2])}/{_arabic(found[1])}", text)
    text = _NUMBER_ZH.sub(lambda found: _arabic(found[0]), text)
    text = re.sub(r"(?<![\d.])\d+", _in_myriads, text)
    for found in _TOKEN_ZH.finditer(text):
        yield found[0]


def _spread_myriad(found: re.Match[str]) -> str:
    """3.5万 as 35000; what is no whole number stays as it is."""
    value = float(found[1]) * _MYRIADS[found[2]]
    return str(int(value)) if value == int(value) and value < 1e15 else found[0]


def _arabic(numeral: str) -> str:
    """A Chinese numeral in digits: 二零一六 and 2016 are read digit by digit, 一百二十 as a value."""
    whole, _, fraction = numeral.partition("点")
    if fraction:
        return f"{_arabic(whole)}.{''.join(_DIGITS.get(character, character) for character in fraction)}"
    if _DIGIT_RUN.fullmatch(whole):
        return "".join(_DIGITS[character] for character in whole)
    return _value(whole)


def _value(numeral: str) -> str:
    """The value of a numeral with units; one that is no number (百万 alone in a name, 千万 as "by all means") keeps
    its characters, on both sides of a comparison alike."""
    total, section, digit, seen_digit = 0, 0, 0, False
    smallest = 0
    for character in numeral:
        if character in _DIGITS:
            if seen_digit and digit and smallest == 0:
                return numeral
            digit, seen_digit = int(_DIGITS[character]), True
        elif character in _UNITS:
            if not digit and character != "十":
                return numeral
            # 十 needs no 一 before it, also behind a 零 that only bridges: 二万零十五 is 20,015.
            section += (digit or 1) * _UNITS[character]
            smallest, digit, seen_digit = _UNITS[character], 0, False
        else:
            if not seen_digit and section == 0:
                return numeral
            total = (total + section + digit) * _MYRIADS[character]
            smallest, section, digit, seen_digit = _MYRIADS[character], 0, 0, False
    # 一百二 is 120, 三万五 is 35,000: a last digit without unit counts the unit below the one before it.
    spoken_short = seen_digit and smallest >= 100 and numeral[-2] in {**_UNITS, **_MYRIADS}
    tail = digit * (smallest // 10) if spoken_short else digit
    return str(total + section + tail)


def _in_myriads(found: re.Match[str]) -> str:
    """20000 as 2万, 10000000000 as 100亿: as it is said, so that one misheard digit is one error and not ten."""
    digits = found[0]
    for name, zeros in (("亿", 8), ("万", 4)):
        if len(digits) > zeros and digits.endswith("0" * zeros) and digits[0] != "0":
            return digits[:-zeros] + name
    return digits


# --- English ----------------------------------------------------------------------------------------------

_ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_ORDINALS = {
    "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth", "6th": "sixth",
    "7th": "seventh", "8th": "eighth", "9th": "ninth", "10th": "tenth", "11th": "eleventh", "12th": "twelfth",
}  # fmt: skip
_CONTRACTIONS = [
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"\b(it|that|there|what|who|he|she|where|here)'s\b"), r"\1 is"),
    (re.compile(r"\bgonna\b"), "going to"),
    (re.compile(r"\bwanna\b"), "want to"),
]
_TITLES = {"mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint", "okay": "ok"}
_FILLERS_EN = frozenset({"um", "uh", "erm", "er", "hmm", "mm", "mhm", "uhm"})
_WORD_EN = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+|[^\W\d_]+")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def _english_tokens(text: str) -> Iterator[str]:
    text = text.replace("\u2019", "'").replace("&", " and ")
    for pattern, spelled in _CONTRACTIONS:
        text = pattern.sub(spelled, text)
    text = _POINT.sub(" point ", _THOUSANDS.sub("", text.replace("%", " percent ")))
    text = re.sub(r"'s\b", "s", text).replace("'", "")
    words = [_ORDINALS.get(word, _TITLES.get(word, word)) for word in _WORD_EN.findall(text)]
    for word in _numbers_as_digits([word for word in words if word not in _FILLERS_EN]):
        # Each digit is a unit of its own: "5-5" was said as two words, and 55 written for it is no error.
        yield from word if word.isdigit() else (word,)


def _numbers_as_digits(words: list[str]) -> Iterator[str]:
    """Runs of number words replaced by their digits; all other words as they are."""
    at = 0
    while at < len(words):
        value, after = _read_number(words, at)
        if after == at:
            yield words[at]
            at += 1
        else:
            yield str(value)
            at = after


def _read_number(words: list[str], at: int) -> tuple[int, int]:
    """(value, index after the number) of the longest number phrase that begins at ``at``; ``at`` itself where none
    does. "five five" is two numbers, "twenty one" and "one hundred and five" are one each."""
    total, section, last = 0, 0, ""
    begin = at
    while at < len(words):
        word = words[at]
        if word in _TENS and last in ("", "scale"):
            section, last = section + _TENS[word], "tens"
        elif word in _ONES and (last in ("", "scale") or (last == "tens" and 0 < _ONES[word] < 10)):
            section, last = section + _ONES[word], "ones"
        elif word in _SCALES and last in ("ones", "tens", "scale"):
            if word == "hundred":
                section *= 100
            else:
                total, section = total + section * _SCALES[word], 0
            last = "scale"
        elif (
            word == "and" and last == "scale" and at + 1 < len(words) and words[at + 1] in {**_ONES, **_TENS}
        ):
            pass
        else:
            break
        at += 1
    return total + section, at if last else begin
