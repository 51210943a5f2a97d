"""What the search box finds in recruiting, by what the reader may open; skills in the reader's words."""

import msgspec
import pytest

from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor
from appliance.recruiting.finding import RecruitingSearch
from tests.recruiting.house import HR, VOCABULARY, House
from tests.recruiting.web import client


def allowed(*permissions: Permission) -> Actor:
    return msgspec.structs.replace(HR, permissions=frozenset(str(each) for each in permissions))


def test_candidates_are_found_by_name_and_openings_by_either_title(house: House) -> None:
    candidate_id = house.screened()
    search = RecruitingSearch(house.recruiting)
    reader = allowed(Permission.CANDIDATES_READ, Permission.OPENINGS_READ)
    assert [hit.path for hit in search(reader, "测试甲")] == [f"/candidates/{candidate_id}"]
    opening_id = house.recruiting.openings.listed()[0].id
    assert [hit.path for hit in search(reader, "java DEV")] == [f"/openings/{opening_id}"]
    assert search(reader, "nobody is called this") == []


def test_what_a_reader_may_not_open_is_not_found(house: House) -> None:
    house.screened()
    search = RecruitingSearch(house.recruiting)
    assert search(allowed(), "测试甲") == search(allowed(), "java") == []
    assert search(allowed(Permission.OPENINGS_READ), "测试甲") == []
    assert search(allowed(Permission.CANDIDATES_READ), "java dev") == []


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [("护理", "nursing"), ("JDK", "Java"), ("护士执业证", "Nurse licence"), ("某个新词", "某个新词")],
)
def test_a_term_typed_in_either_language_is_searched_by_its_canonical_name(
    typed: str, canonical: str
) -> None:
    assert VOCABULARY.canonical(typed) == canonical


def test_requirements_speak_the_readers_language_and_survive_an_edit(house: House) -> None:
    opening = house.opening("大专及以上护理专业；持有护士执业证书；2年以上临床护理经验")
    with client(house, language="zh") as browser:
        shown = browser.get(f"/openings/{opening.id}").text
        form = browser.get(f"/openings/{opening.id}/edit").text
    assert "护理 · 2 年" in shown and "nursing" not in shown
    assert 'value="护理"' in form and 'value="护士执业资格"' in form
    with client(house, language="en") as browser:
        assert "nursing · 2 years" in browser.get(f"/openings/{opening.id}").text
    fields = {
        "post_id": house.post.id,
        "description": opening.description,
        "kind-0": "skill",
        "terms-0": "护理，JDK",
        "years-0": "2",
    }
    with client(house, language="zh") as browser:
        assert browser.post(f"/openings/{opening.id}/edit", data=fields).status_code in (200, 303)
    kept = house.recruiting.openings.get(opening.id).requirements
    assert [item.terms for item in kept] == [["nursing", "Java"]]
