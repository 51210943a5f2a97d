"""A correction puts right what was misheard; it does not become another answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.interviews.rights.correction import checked_correction, corrected_words, distance, units_of
from appliance.kernel.errors import Invalid
from inference.ports import Word

LONG = "去年夜班缺人,我和李护士长商量换班,先问了每个人的难处,再排出一张新的表,最后一个月里没有一次差错。"


def test_a_misheard_name_is_put_right() -> None:
    text, share = checked_correction(LONG, LONG.replace("李护士长", "黎护士长"))
    assert "黎护士长" in text
    assert 0 < share < 0.05


def test_a_new_answer_is_refused_and_says_how_much_may_change() -> None:
    with pytest.raises(Invalid) as refused:
        checked_correction(LONG, "我带领团队在三个月里把差错降低了百分之九十," + LONG)
    message = refused.value.fields["text"]
    assert not isinstance(message, str)
    assert message.params["allowed"] == len(units_of(LONG)) // 5
    assert message.params["changed"] == 21


def test_short_answers_too_may_have_a_name_corrected() -> None:
    assert checked_correction("I asked Leigh for help.", "I asked Li for help.")[1] == 0.2
    with pytest.raises(Invalid):
        checked_correction("I asked Leigh for help.", "Nobody helped us at all then.")


@pytest.mark.parametrize("text", ["", "  \n ", "。。。", "\u200b\u202e"])
def test_nothing_left_is_no_correction(text: str) -> None:
    with pytest.raises(Invalid):
        checked_correction(LONG, text)


def test_hidden_characters_do_not_count_as_a_change_and_do_not_stay() -> None:
    with pytest.raises(Invalid):
        checked_correction(LONG, LONG[:5] + "\u202e\u200b" + LONG[5:])
    text, _ = checked_correction(LONG, LONG.replace("李", "黎") + "\u202e\u0000")
    assert "\u202e" not in text and "\u0000" not in text


def test_a_text_of_a_megabyte_is_refused_at_once() -> None:
    with pytest.raises(Invalid):
        checked_correction(LONG, "好" * 1_000_000)


units = st.lists(st.sampled_from("abcd"), max_size=12)


@given(units, units)
def test_the_distance_is_a_metric_between_its_bounds(one: list[str], other: list[str]) -> None:
    found = distance(one, other)
    assert found == distance(other, one)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))
    assert (found == 0) == (one == other)


@given(units, units, units)
def test_a_detour_is_never_shorter(one: list[str], other: list[str], third: list[str]) -> None:
    assert distance(one, third) <= distance(one, other) + distance(other, third)


def test_words_that_stayed_keep_their_times_and_changed_ones_share_what_they_replace() -> None:
    heard = [
        Word("I", 0.0, 0.2, 0.9),
        Word(" asked", 0.2, 0.6, 0.9),
        Word(" lie", 0.8, 1.2, 0.4),
        Word(" first.", 1.3, 1.8, 0.9),
    ]
    words = corrected_words(heard, "I asked Li Wei first.")
    assert [word.text for word in words] == ["I", " asked", " Li", " Wei", " first."]
    assert [word.start_s for word in words] == pytest.approx([0.0, 0.2, 0.8, 1.0, 1.3])
    assert words[3].end_s == pytest.approx(1.2)


@given(
    st.lists(st.sampled_from(["我", "们", "ok", "。", "9"]), min_size=1, max_size=20),
    st.text("我们好ok。, ", max_size=30),
)
def test_times_never_run_backwards(heard: list[str], text: str) -> None:
    words = [Word(one, float(place), place + 0.5, 0.9) for place, one in enumerate(heard)]
    times = [moment for word in corrected_words(words, text) for moment in (word.start_s, word.end_s)]
    assert times == sorted(times)
