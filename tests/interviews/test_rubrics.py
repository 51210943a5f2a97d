"""The shipped rubrics are whole, and a broken one is refused with its place."""

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


def test_every_competency_has_questions_and_the_bank_has_at_least_twelve() -> None:
    library = load_rubrics(SHIPPED)
    assert len(library.questions) >= 12
    for competency_id in library.competencies:
        assert len(library.questions_for(competency_id)) >= 2
        assert library.questions_for(competency_id, family="hospital")


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
    ],
)
def test_a_broken_file_is_refused_with_its_name(tmp_path: Path, name: str, text: str, says: str) -> None:
    source = (SHIPPED / "learning.toml").read_text(encoding="utf-8")
    if text == "four":
        first = source.index("[[competency.levels]]")
        source = source[:first] + source[source.index("[[competency.levels]]", first + 1) :]
    elif text == "typo":
        source = source.replace("restated =", "restatet =", 1)
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
