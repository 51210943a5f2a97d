"""Error rates, verification figures and RTTM against values worked out by hand or by definition."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.evaluation import references, rttm
from appliance.evaluation.error_rate import Errors, errors
from appliance.evaluation.errors import BadInput
from appliance.evaluation.verification import Judged, figures
from inference.ports import SpeakerTurn


def slowly(said: Sequence[str], heard: Sequence[str]) -> Errors:
    """The textbook's table; a cell holds (edits, insertions and deletions, deletions)."""
    table = [[(i + j, i + j, i) for j in range(len(heard) + 1)] for i in range(len(said) + 1)]
    for i in range(1, len(said) + 1):
        for j in range(1, len(heard) + 1):
            differ = said[i - 1] != heard[j - 1]
            edits, unpaired, deleted = table[i - 1][j - 1]
            up, left = table[i - 1][j], table[i][j - 1]
            table[i][j] = min(
                (edits + differ, unpaired, deleted),
                (up[0] + 1, up[1] + 1, up[2] + 1),
                (left[0] + 1, left[1] + 1, left[2]),
            )
    edits, unpaired, deleted = table[-1][-1]
    return Errors(edits - unpaired, deleted, unpaired - deleted, len(said))


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_edits_are_those_of_the_textbook(said: str, heard: str) -> None:
    assert errors(said, heard) == slowly(said, heard)


def test_edits_of_known_sentences() -> None:
    assert errors(["the", "cat", "sat"], ["the", "hat", "sat", "down"]) == Errors(1, 0, 1, 3)
    assert errors("今天天气很好", "今天天器好") == Errors(1, 1, 0, 6)
    assert errors([], ["a"]).rate is None
    assert errors(["a"], []).rate == 1.0


def test_an_hour_of_speech_is_compared_in_bounded_memory() -> None:
    words = random.Random(3).choices(["yes", "no", "perhaps", "never"], k=9_000)
    heard = words[:4_000] + words[4_010:] + ["so"] * 5
    assert errors(words, heard) == Errors(0, 10, 5, 9_000)


def lower(text: str, language: str) -> str:
    return text.lower()


def test_chinese_is_counted_by_character_and_english_by_word() -> None:
    said = {"a.wav": "你 好", "b.wav": "Good morning everybody"}
    scored = references.score_transcripts(
        {"x/a.wav": "你 号", "y/b.wav": "good evening everybody", "c.wav": "hm"}, said, None, lower
    )
    assert scored["error_rates"] == {
        "en": figures_of(1, 3),
        "zh": figures_of(1, 2),
    }
    assert scored["without_reference"] == 1
    assert "error_rate" not in scored


def figures_of(substitutions: int, units: int) -> dict[str, object]:
    return {
        "error_rate": round(substitutions / units, 5),
        "substitutions": substitutions,
        "deletions": 0,
        "insertions": 0,
        "reference_units": units,
    }


def test_a_recording_without_transcript_is_counted_apart_and_one_language_stands_at_the_top() -> None:
    said = {"a.wav": "one two", "b.wav": "three"}
    scored = references.score_transcripts({"a.wav": "one", "b.wav": None}, said, "en", lower)
    assert (scored["error_rate"], scored["deletions"], scored["without_transcript"]) == (0.5, 1, 1)


def test_a_bare_name_is_found_only_where_it_is_the_only_one() -> None:
    said = {"a.wav": "yes"}
    twice = references.score_transcripts({"x/a.wav": "yes", "y/a.wav": "no"}, said, "en", lower)
    assert twice["without_reference"] == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,text\na.wav,x\n", "line 1: the columns file and text"),
        ("file,text\na.wav\n", "line 2"),
        ("file,text\na.wav,x\na.wav,y\n", r"line 3: a\.wav has another text"),
        ("", "is empty"),
    ],
)
def test_a_reference_that_is_none_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(BadInput, match=message):
        references.read_transcripts(tmp_path / "r.csv")


def judged(*pairs: tuple[float, bool]) -> list[Judged]:
    return [Judged(distance, distance <= 0.07, same) for distance, same in pairs]


def test_verification_figures_by_hand() -> None:
    found = figures(judged((0.02, True), (0.05, True), (0.09, True), (0.06, False), (0.2, False)))
    assert found["accuracy"] == 0.6
    assert found["far"] == 0.5
    assert found["frr"] == pytest.approx(1 / 3, abs=1e-5)
    assert found["auc"] == pytest.approx(5 / 6, abs=1e-5)


def test_ties_count_half_and_a_share_without_base_is_none() -> None:
    assert figures(judged((0.1, True), (0.1, False)))["auc"] == 0.5
    alone = figures(judged((0.02, True)))
    assert (alone["auc"], alone["far"], alone["frr"]) == (None, None, 0.0)


def test_turns_are_written_in_order_with_three_decimals() -> None:
    turns = [SpeakerTurn(1, 2.0004, 3.5), SpeakerTurn(0, 0.25, 1.0), SpeakerTurn(0, 4.0, 4.0004)]
    text = rttm.render(rttm.uri("first answer"), turns)
    assert text == (
        "SPEAKER first_answer 1 0.250 0.750 <NA> <NA> speaker0 <NA> <NA>\n"
        "SPEAKER first_answer 1 2.000 1.500 <NA> <NA> speaker1 <NA> <NA>\n"
    )
    assert rttm.parse(text, "x") == {"first_answer": [(0.25, 0.75, "speaker0"), (2.0, 1.5, "speaker1")]}
    assert rttm.render("quiet", []) == ""


@pytest.mark.parametrize(
    "line", ["SPEAKER a 1 x 1.0 <NA> <NA> b", "SPEAKER a 1 0.0", "SPEAKER a 1 0 nan <NA> <NA> b <NA> <NA>"]
)
def test_a_broken_rttm_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "r.rttm").write_text(f";; comment\nSPKR-INFO a 1 <NA>\n{line}\n")
    with pytest.raises(BadInput, match=r"r\.rttm, line 3"):
        rttm.read(tmp_path / "r.rttm")
