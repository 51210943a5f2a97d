"""What is made of words is preferred to what only sounds the same."""

from pathlib import Path

import pytest

from inference.triton.served.lexicon import Lexicon

WORDS = "授信 300 n\n额度 500 n\n银行 900 n\n受 800 v\n信 700 n\n性 600 n\n额 90 n\n度 200 n\n授 50 v\n"


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    file = tmp_path / "words.txt"
    file.write_text(WORDS, encoding="utf-8")
    return Lexicon(file)


def test_words_are_likelier_than_their_characters(lexicon: Lexicon) -> None:
    assert lexicon.log_probability("授信额度") > lexicon.log_probability("受性额度")
    assert lexicon.preference("授信额度") > lexicon.preference("受信额度")


def test_a_division_is_the_best_of_all(lexicon: Lexicon) -> None:
    whole, parts = lexicon.log_probability("额度"), sum(map(lexicon.log_probability, "额度"))
    assert whole > parts


def test_unknown_characters_cost_and_other_scripts_do_not(lexicon: Lexicon) -> None:
    assert lexicon.log_probability("龘") < lexicon.log_probability("额")
    assert lexicon.log_probability("plain English 123") == 0.0
    assert lexicon.preference("银行 two") > lexicon.preference("银行")


def test_an_empty_list_is_refused_by_name(tmp_path: Path) -> None:
    empty = tmp_path / "words.txt"
    empty.write_text("")
    with pytest.raises(RuntimeError, match="words.txt holds no word counts"):
        Lexicon(empty)
