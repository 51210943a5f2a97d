"""The shipped rubrics are whole, and a broken one is refused with its place."""

import itertools
import re
from pathlib import Path

import pytest

from appliance.interviews.analysis.transcript import units
from appliance.interviews.plans.rubrics import LEVELS, RubricInvalid, load_rubrics

SHIPPED = Path(__file__).parents[2] / "config" / "rubrics"


def test_shipped_rubrics_have_eight_competencies_with_five_different_anchors_in_both_languages() -> None:
    library = load_rubrics(SHIPPED)
    assert len(library.competencies) >= 8
    for competency in library.competencies.values():
        for language in ("zh", "en"):
            assert len({anchor.get(language) for anchor in competency.levels}) == LEVELS
            assert competency.wordings(language)[0] != competency.wordings(language)[1]


def test_every_competency_has_questions_for_each_of_its_families() -> None:
    library = load_rubrics(SHIPPED)
    for competency in library.competencies.values():
        for family in competency.families:
            assert library.questions_for(competency.id, family=family), (competency.id, family)
        for question in library.questions_for(competency.id):
            assert set(question.families) <= set(competency.families), question.id


def test_every_question_has_follow_ups_after_two_intents_in_both_languages() -> None:
    for question in load_rubrics(SHIPPED).questions.values():
        assert len({one.intent for one in question.follow_ups}) >= 2, question.id
        for text in (question.text, question.good_evidence, *(one.text for one in question.follow_ups)):
            assert re.search("[\u4e00-\u9fff]", text.zh), question.id
            assert not re.search("[\u4e00-\u9fff]", text.en), question.id


def test_no_two_questions_say_nearly_the_same() -> None:
    questions = list(load_rubrics(SHIPPED).questions.values())
    for language in ("zh", "en"):
        texts = {question.id: _shingles(question.text.get(language)) for question in questions}
        for one, other in itertools.combinations(texts, 2):
            shared = len(texts[one] & texts[other]) / len(texts[one] | texts[other])
            assert shared < 0.6, (one, other)


def test_no_question_asks_for_a_protected_attribute() -> None:
    asks = re.compile(
        "您的?(年龄|性别|婚姻|民族|籍贯|宗教|信仰|健康|病史)|您.{0,4}(结婚|怀孕|生育|孩子)"
        "|\\byour (age|sex|gender|marri|child|religion|origin|health|illness)|are you (married|pregnant)",
        re.IGNORECASE,
    )
    assert asks.search("您结婚了吗？") and asks.search("What is your religion?")
    for question in load_rubrics(SHIPPED).questions.values():
        for text in (question.text, *(one.text for one in question.follow_ups)):
            assert not asks.search(text.zh) and not asks.search(text.en), question.id


def test_the_bank_is_searched_by_seniority_and_by_words_of_either_language() -> None:
    library = load_rubrics(SHIPPED)
    found = library.questions_for("communication", seniority="lead", words="HANDOVER")
    assert [question.id for question in found] == ["communication.handover"]
    assert library.questions_for("communication", words="交接") == found
    assert not library.questions_for("problem_solving", seniority="entry", words="procedure")


def _shingles(text: str) -> set[str]:
    return {text[start : start + 4] for start in range(len(text) - 3)}


def test_anchors_are_short_enough_for_a_small_model_to_read_five_of_them() -> None:
    for competency in load_rubrics(SHIPPED).competencies.values():
        for language in ("zh", "en"):
            assert sum(units(anchor.get(language)) for anchor in competency.levels) < 200


def test_a_changed_word_changes_the_hash_and_only_its_own(tmp_path: Path) -> None:
    for path in SHIPPED.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    before = load_rubrics(tmp_path)
    changed = tmp_path / "learning.toml"
    changed.write_text(changed.read_text(encoding="utf-8").replace("学习能力", "学习"), encoding="utf-8")
    after = load_rubrics(tmp_path)
    assert after.competency_hash("learning") != before.competency_hash("learning")
    assert after.competency_hash("team_work") == before.competency_hash("team_work")
    assert after.hash != before.hash


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("four_levels.toml", "four", "levels"),
        ("typo.toml", "typo", "unknown field"),
        ("not_toml.toml", "= =", "not_toml.toml"),
        ("seniority.toml", "senior", "seniority"),
        ("one_intent.toml", "intent", "learning.criticism: its follow_ups all have one intent"),
    ],
)
def test_a_broken_file_is_refused_with_its_name(tmp_path: Path, name: str, text: str, says: str) -> None:
    source = (SHIPPED / "learning.toml").read_text(encoding="utf-8")
    if text == "four":
        first = source.index("[[competency.levels]]")
        source = source[:first] + source[source.index("[[competency.levels]]", first + 1) :]
    elif text == "typo":
        source = source.replace("restated =", "restatet =", 1)
    elif text == "senior":
        source = source.replace('["entry", "experienced", "lead"]', '["chief"]', 1)
    elif text == "intent":
        last = source.rindex('intent = "result"')
        source = source[:last] + source[last:].replace('"result"', '"situation"', 1)
    else:
        source = text
    (tmp_path / name).write_text(source, encoding="utf-8")
    with pytest.raises(RubricInvalid, match=name) as refused:
        load_rubrics(tmp_path)
    assert says in str(refused.value)


def test_one_competency_in_two_files_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RubricInvalid, match="no rubric files"):
        load_rubrics(tmp_path)
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(
            (SHIPPED / "learning.toml").read_text(encoding="utf-8"), encoding="utf-8"
        )
    with pytest.raises(RubricInvalid, match="already defined"):
        load_rubrics(tmp_path)


def test_the_library_is_as_large_as_is_promised() -> None:
    library = load_rubrics(SHIPPED)
    assert len(library.competencies) >= 24
    assert len(library.questions) >= 200
