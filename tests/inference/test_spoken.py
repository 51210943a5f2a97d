"""Writing differs, what was said does not: the normaliser behind every error rate."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.spoken import normalise, simplified, tokens


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("我2016年毕业。", "我二零一六年毕业"),
        ("二〇一六年", "2016 年"),
        ("電話是13473821368", "电话是幺三四七三八二幺三六八"),
        ("120个客户", "一百二十个客户"),
        ("105路", "一百零五路"),
        ("10月12日", "十月十二日"),
        ("两万块", "20000块"),
        ("3.5万元", "三万五元"),
        ("1,200元", "一千二百元"),
        ("增长了30%", "增长了百分之三十"),
        ("3.14", "三点一四"),
        ("我用 Java 写", "我用java写"),
        ("嗯，我们，呃，去了", "我们去了"),
        ("軟體與網絡", "软体与网络"),
    ],
)
def test_chinese_is_compared_by_what_was_said(written: str, said: str) -> None:
    assert tokens(written, "zh") == tokens(said, "zh")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("一百二十", "一百三十"),
        ("二零一六", "二零一七"),
        ("三万五", "三万五千零一"),
        ("他去了", "她去了"),
        ("万一", "一万"),
    ],
)
def test_what_was_said_differently_stays_different(one: str, other: str) -> None:
    assert tokens(one, "zh") != tokens(other, "zh")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("10 of clubs, 4 of hearts.", "ten of clubs four of hearts"),
        ("5-5", "five five"),
        ("55", "fifty five"),
        ("It's 1,200 people.", "it is one thousand two hundred people"),
        ("one hundred and five", "105"),
        ("I can't, I won't.", "I cannot I will not"),
        ("Dr. Smith's 2nd job", "doctor smiths second job"),
        ("Um, we - uh - rebuilt it", "we rebuilt it"),
        ("30% more", "thirty percent more"),
        ("twenty twenty one", "20 21"),
        ("two million three hundred thousand", "2300000"),
    ],
)
def test_english_is_compared_by_what_was_said(written: str, said: str) -> None:
    assert tokens(written, "en") == tokens(said, "en")


def test_and_between_words_stays_a_word() -> None:
    assert normalise("two and three", "en") == "2 and 3"


def test_a_shown_text_is_only_simplified() -> None:
    assert simplified("我們2016年，做過12個專案。") == "我们2016年，做过12个专案。"
    assert simplified("plain English") == "plain English"


@given(st.integers(min_value=0, max_value=99_999_999))
@example(20_010)
@example(20_015)
@example(100_010)
def test_every_spoken_chinese_number_is_its_value(value: int) -> None:
    assert tokens(_read_aloud(value), "zh") == tokens(str(value), "zh")
    assert tokens(_read_aloud(value), "zh") != tokens(_read_aloud(value + 1), "zh")


@given(st.text(max_size=60), st.sampled_from(["zh", "en"]))
def test_normal_text_stays_as_it_is(text: str, language: str) -> None:
    once = normalise(text, language)
    assert normalise(once, language).split() == once.split() or language == "zh"
    assert "  " not in once and once == once.strip()


def _read_aloud(value: int) -> str:
    """Standard Mandarin reading of a whole number below 10**8."""
    if value >= 10_000:
        high, low = divmod(value, 10_000)
        joint = "零" if 0 < low < 1000 else ""
        return _read_aloud(high) + "万" + joint + (_read_aloud(low) if low else "")
    digits = "零一二三四五六七八九"
    spoken, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            spoken += ("零" if zero and spoken else "") + digits[digit] + name
            zero = False
        else:
            zero = True
    spoken = spoken or "零"
    return spoken[1:] if spoken.startswith("一十") and value < 20 else spoken
