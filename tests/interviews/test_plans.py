"""HR makes a plan from the bank, a template, another opening; nothing typed is lost, nothing used changes."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from appliance.identity.permissions import Role
from appliance.interviews.assessment.wiring import RUBRICS
from appliance.interviews.model import AnswerKind, FollowUpMode, ListedFollowUp, Question
from appliance.interviews.plans.bank import BankFilter, competencies_with, search
from appliance.interviews.plans.drafts import (
    MOST_QUESTIONS,
    QuestionDraft,
    draft_of,
    from_bank,
)
from appliance.interviews.plans.forms import Row, drafts_of, moved, read_rows, row_of, total_s
from appliance.interviews.plans.rubrics import (
    Bilingual,
    FollowUp,
    RubricLibrary,
    load_rubrics,
)
from appliance.interviews.plans.service import PlanChanged, Plans, mark
from appliance.interviews.plans.starters import FAMILIES, starter
from appliance.interviews.plans.timing import PROMISED_S, plan_s
from appliance.interviews.plans.versions import compare
from appliance.kernel.errors import Invalid
from appliance.kernel.forms import Form
from tests.interviews.house import RECRUITER, House

LIBRARY = load_rubrics(RUBRICS)
DISAGREEMENT = LIBRARY.question("team_work.disagreement").text
LISTED = ListedFollowUp(intent="result", text_zh="最后结果怎样？", text_en="How did it turn out?")


def draft(**change: object) -> QuestionDraft:
    values: dict[str, object] = {
        "id": "own.question",
        "kind": AnswerKind.VOICE,
        "text_zh": "测试题",
        "text_en": "A test question",
        "competencies": ("team_work",),
    }
    return QuestionDraft(**(values | change))  # type: ignore[arg-type]


@pytest.fixture
def plans(house: House) -> Plans:
    found = house.site.services["interview_plans"]
    assert isinstance(found, Plans)
    return found


@pytest.fixture
def browser(house: House) -> TestClient[Litestar]:
    return house.client(Role.RECRUITER)


def form_of(rows: list[Row], **more: str) -> dict[str, str]:
    """What the browser would send for these rows."""
    sent = dict(more)
    for number, row in enumerate(rows, 1):
        for name in ("id", "kind", "text_zh", "text_en", "prepare_s", "answer_s", "retakes", "follow_up"):
            sent[f"{name}.{number}"] = getattr(row, name)
        sent[f"most_follow_ups.{number}"] = row.most_follow_ups
        for competency in row.competencies:
            sent[f"competencies.{number}"] = competency
        for place, one in enumerate(row.follow_ups, 1):
            sent[f"intent.{number}.{place}"] = one.intent
            sent[f"after_zh.{number}.{place}"] = one.text_zh
            sent[f"after_en.{number}.{place}"] = one.text_en
    return sent


def sent(browser: TestClient[Litestar], path: str, fields: dict[str, str], *, htmx: bool = False):  # type: ignore[no-untyped-def]
    headers = {"content-type": "application/x-www-form-urlencoded"} | ({"hx-request": "true"} if htmx else {})
    return browser.post(path, content=urlencode(fields), headers=headers)


def rows_in(page: str) -> list[str]:
    """The bank ids of the rows of a page, in order."""
    return re.findall(r'data-row="\d+" data-bank="([^"]*)"', page)


# what a plan may hold


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"follow_up": FollowUpMode.FIXED}, "questions.1.follow_ups"),
        ({"follow_up": FollowUpMode.ADAPTIVE}, "questions.1.follow_ups"),
        ({"follow_ups": (LISTED,) * 4}, "questions.1.follow_ups"),
        ({"most_follow_ups": 3}, "questions.1.most_follow_ups"),
        (
            {"follow_ups": (msgspec.structs.replace(LISTED, text_en=" "),)},
            "questions.1.follow_ups.1.text_en",
        ),
        (
            {"follow_ups": (LISTED, msgspec.structs.replace(LISTED, intent="mood"))},
            "questions.1.follow_ups.2.intent",
        ),
    ],
)
def test_a_follow_up_that_cannot_be_asked_is_refused_at_its_field(
    house: House, plans: Plans, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        plans.save(RECRUITER, house.opening_id, [draft(**change)])
    assert list(refused.value.fields) == [field]


def test_a_plan_keeps_its_follow_ups(house: House, plans: Plans) -> None:
    wanted = draft(follow_up=FollowUpMode.ADAPTIVE, follow_ups=(LISTED,), most_follow_ups=2)
    saved = plans.save(RECRUITER, house.opening_id, [wanted])
    again = plans.for_opening(RECRUITER, house.opening_id)
    assert again == saved and draft_of(again.questions[0]) == wanted


def test_a_plan_that_takes_more_than_half_a_day_is_refused(house: House, plans: Plans) -> None:
    long = [
        draft(
            id=f"own.{number}",
            prepare_s=300,
            answer_s=900,
            follow_up=FollowUpMode.FIXED,
            follow_ups=(LISTED,),
        )
        for number in range(MOST_QUESTIONS)
    ]
    with pytest.raises(Invalid) as refused:
        plans.save(RECRUITER, house.opening_id, long)
    assert list(refused.value.fields) == ["questions"]


def test_the_default_plan_follows_nothing_up(house: House, plans: Plans) -> None:
    plan = plans.for_opening(RECRUITER, house.opening_id)
    assert {question.follow_up for question in plan.questions} == {FollowUpMode.NONE}


def test_minutes_count_thinking_answering_and_at_most_the_listed_follow_ups() -> None:
    asked = Question(
        id="a", kind=AnswerKind.VOICE, text_zh="", text_en="", prepare_s=30, answer_s=90,
        follow_up=FollowUpMode.FIXED, follow_ups=(LISTED,), most_follow_ups=2,
    )  # fmt: skip
    assert plan_s([asked]) == (120, 240)
    assert total_s([row_of(asked)]) == (120, 240)
    quiet = msgspec.structs.replace(asked, follow_up=FollowUpMode.NONE)
    assert plan_s([asked, quiet]) == (240, 360)


# templates and the bank


@pytest.mark.parametrize("family", FAMILIES)
def test_a_template_keeps_the_promised_quarter_of_an_hour(family: str) -> None:
    questions = starter(LIBRARY, family)  # type: ignore[arg-type]
    assert len(questions) >= 3
    assert plan_s(questions)[1] <= PROMISED_S
    assert all(family in LIBRARY.question(question.id).families for question in questions)


def test_a_template_follows_up_where_the_bank_says_with_what() -> None:
    after = FollowUp(intent="result", text=Bilingual(zh="结果怎样？", en="How did it end?"))
    questions = [
        msgspec.structs.replace(question, follow_ups=[after] * 4) for question in LIBRARY.questions.values()
    ]
    first, *others = starter(RubricLibrary(LIBRARY.competencies.values(), questions), "bank")
    assert first.follow_up is FollowUpMode.ADAPTIVE and len(first.follow_ups) == 3
    assert {one.follow_up for one in others} == {FollowUpMode.NONE}


def test_the_bank_is_searched_by_competency_family_and_words() -> None:
    hospital = search(LIBRARY, BankFilter(competency="team_work", family="hospital"))
    assert hospital
    assert all("team_work" in one.competencies and "hospital" in one.families for one in hospital)
    [found] = search(LIBRARY, BankFilter(words=DISAGREEMENT.zh))
    assert found.id == "team_work.disagreement"
    assert found in search(LIBRARY, BankFilter(words="COLLEAGUE disagreed"))
    assert search(LIBRARY, BankFilter(words="no such words")) == []


def test_a_question_for_another_seniority_is_not_found_and_one_for_all_is() -> None:
    lead = msgspec.structs.replace(LIBRARY.question("team_work.disagreement"), seniority=["lead"])
    everybody = msgspec.structs.replace(lead, id="team_work.anybody", seniority=[])
    library = RubricLibrary(LIBRARY.competencies.values(), [lead, everybody])
    assert [one.id for one in search(library, BankFilter(seniority="entry"))] == ["team_work.anybody"]
    assert len(search(library, BankFilter(seniority="lead"))) == 2


def test_the_library_is_searched_through_anchors_and_questions_too() -> None:
    assert [one.id for one, _ in competencies_with(LIBRARY, "", DISAGREEMENT.zh)] == ["team_work"]
    anchor = LIBRARY.competency("team_work").anchor(5).en
    assert "team_work" in [one.id for one, _ in competencies_with(LIBRARY, "", anchor)]


# the form


def test_a_plan_comes_back_from_its_form_as_it_was() -> None:
    asked = msgspec.structs.replace(
        from_bank(LIBRARY.question("team_work.disagreement"), AnswerKind.VIDEO),
        follow_up=FollowUpMode.FIXED,
        follow_ups=(LISTED,),
    )
    form = Form({name: [value] for name, value in form_of([row_of(asked)]).items()})
    assert drafts_of(read_rows(form)) == [draft_of(asked)]


@pytest.mark.parametrize("typed", ["", "two", "-5", "1.5", "٣", "9999999"])
def test_what_is_no_number_is_told_at_its_field(typed: str) -> None:
    rows = [row_of(from_bank(LIBRARY.question("team_work.disagreement"), AnswerKind.VIDEO))]
    with pytest.raises(Invalid) as refused:
        drafts_of([msgspec.structs.replace(rows[0], answer_s=typed)])
    assert list(refused.value.fields) == ["questions.1.answer_s"]


def test_a_row_moves_one_place_and_stays_at_the_end() -> None:
    a, b = Row(id="a"), Row(id="b")
    assert [row.id for row in moved([a, b], 2, -1)] == ["b", "a"]
    assert [row.id for row in moved([a, b], 2, 1)] == ["a", "b"]
    assert [row.id for row in moved([a, b], 7, -1)] == ["a", "b"]


# the pages


def test_a_question_of_the_bank_joins_with_one_click_and_nothing_typed_is_lost(
    house: House, browser: TestClient[Litestar]
) -> None:
    path = f"/plans/{house.opening_id}"
    rows = [Row(text_zh="写到一半", answer_s="abc")]
    fields = form_of(rows, do="add:team_work.short_staffed")
    answer = sent(browser, f"{path}/arranging", fields, htmx=True)
    assert answer.status_code == 200
    assert rows_in(answer.text) == ["", "team_work.short_staffed"]
    assert "写到一半" in answer.text and 'value="abc"' in answer.text
    assert "<html" not in answer.text


def test_without_scripts_the_same_click_gives_the_whole_page(
    house: House, browser: TestClient[Litestar]
) -> None:
    fields = form_of([Row(text_zh="写到一半")], do="blank")
    answer = sent(browser, f"/plans/{house.opening_id}/arranging", fields)
    assert "<html" in answer.text and rows_in(answer.text) == ["", ""] and "写到一半" in answer.text


@pytest.mark.parametrize(
    ("verb", "order"),
    [
        ("up:2", ["b", "a", "c"]),
        ("down:2", ["a", "c", "b"]),
        ("remove:1", ["b", "c"]),
        ("add:nothing.here", ["a", "b", "c"]),
        ("up:x", ["a", "b", "c"]),
    ],
)
def test_buttons_move_and_take_away(
    house: House, browser: TestClient[Litestar], verb: str, order: list[str]
) -> None:
    fields = form_of([Row(id="a"), Row(id="b"), Row(id="c")], do=verb)
    answer = sent(browser, f"/plans/{house.opening_id}/arranging", fields, htmx=True)
    assert rows_in(answer.text) == order


def test_a_template_takes_the_place_of_the_rows_and_saves_nothing(
    house: House, browser: TestClient[Litestar], plans: Plans
) -> None:
    before = plans.for_opening(RECRUITER, house.opening_id)
    fields = form_of([Row(id="a")], do="start", start_from="family:hospital")
    answer = sent(browser, f"/plans/{house.opening_id}/arranging", fields, htmx=True)
    assert rows_in(answer.text) == [one.id for one in starter(plans.library, "hospital")]
    assert plans.for_opening(RECRUITER, house.opening_id) == before


def test_another_openings_plan_can_be_copied(
    house: House, browser: TestClient[Litestar], plans: Plans
) -> None:
    plans.save(RECRUITER, "other-opening", [draft(id="other.question")])
    fields = form_of([], do="start", start_from="opening:other-opening")
    answer = sent(browser, f"/plans/{house.opening_id}/arranging", fields, htmx=True)
    assert rows_in(answer.text) == ["other.question"]


def test_a_refused_plan_comes_back_with_all_that_was_typed(
    house: House, browser: TestClient[Litestar], plans: Plans
) -> None:
    before = plans.for_opening(RECRUITER, house.opening_id)
    good = row_of(from_bank(plans.library.question("team_work.disagreement"), AnswerKind.VIDEO))
    typed = [
        msgspec.structs.replace(good, text_zh="改过的题目"),
        Row(text_zh="只有中文", answer_s="5", competencies=("learning",)),
    ]
    answer = sent(browser, f"/plans/{house.opening_id}", form_of(typed))
    assert answer.status_code == 422
    assert "改过的题目" in answer.text and "只有中文" in answer.text
    for field in ("questions.2.text_en", "questions.2.answer_s"):
        assert f'id="{field}-error"' in answer.text
    assert plans.for_opening(RECRUITER, house.opening_id) == before


def test_what_somebody_else_saved_is_not_overwritten_unseen(
    house: House, browser: TestClient[Litestar], plans: Plans
) -> None:
    seen = mark(plans.for_opening(RECRUITER, house.opening_id))
    theirs = plans.save(RECRUITER, house.opening_id, [draft(text_zh="同事的题目")])
    mine = form_of([row_of(msgspec.structs.replace(theirs.questions[0], text_zh="我的题目"))], seen=seen)
    answer = sent(browser, f"/plans/{house.opening_id}", mine)
    assert answer.status_code == 409 and "我的题目" in answer.text
    assert plans.for_opening(RECRUITER, house.opening_id) == theirs
    told = re.search(r'name="seen" value="([0-9a-f]+)"', answer.text)
    assert told is not None
    again = sent(browser, f"/plans/{house.opening_id}", mine | {"seen": told[1]})
    assert again.status_code == 303
    assert plans.for_opening(RECRUITER, house.opening_id).questions[0].text_zh == "我的题目"


def test_saving_with_an_old_mark_is_a_conflict(house: House, plans: Plans) -> None:
    plans.for_opening(RECRUITER, house.opening_id)
    with pytest.raises(PlanChanged):
        plans.save(RECRUITER, house.opening_id, [draft()], seen="0" * 64)


def test_the_bank_beside_the_plan_shows_what_fits(house: House, browser: TestClient[Litestar]) -> None:
    answer = browser.get(f"/plans/{house.opening_id}/bank?words={DISAGREEMENT.zh}&family=bank")
    assert re.findall(r'data-bank-id="([^"]+)"', answer.text) == ["team_work.disagreement"]
    nothing = browser.get(f"/plans/{house.opening_id}/bank?words=zzzz")
    assert "No question of the bank fits" in nothing.text


# versions


def test_versions_tell_who_made_them_and_how_many_interviews_use_them(house: House, plans: Plans) -> None:
    house.invite()
    house.clock.advance(timedelta(hours=1))
    plans.save(RECRUITER, house.opening_id, [draft()])
    newest, first = plans.versions(house.opening_id)
    assert (newest.plan.number, newest.interviews, newest.plan.frozen_at) == (2, 0, None)
    assert (first.plan.number, first.interviews) == (1, 1)
    assert first.plan.frozen_at is not None
    assert newest.plan.created_label == RECRUITER.label
    assert newest.plan.created_at == house.clock.now()


def test_saving_the_same_makes_no_version(house: House, plans: Plans) -> None:
    house.invite()
    plan = plans.for_opening(RECRUITER, house.opening_id)
    assert plans.save(RECRUITER, house.opening_id, [draft_of(one) for one in plan.questions]) == plan


def test_a_difference_names_what_changed_moved_came_and_went() -> None:
    a, b, c, d = (
        Question(id=name, kind=AnswerKind.VOICE, text_zh=name, text_en=name) for name in ("a", "b", "c", "d")
    )
    longer = msgspec.structs.replace(b, answer_s=90, text_en="b, anew")
    found = {
        (one.after or one.before).id: one  # type: ignore[union-attr]
        for one in compare([a, b, c], [longer, a, d])
    }
    assert (found["b"].change, found["b"].fields, found["b"].moved) == (
        "changed",
        ("text_en", "answer_s"),
        True,
    )
    assert found["d"].change == "added" and found["d"].place_after == 3
    assert found["c"].change == "removed" and found["c"].place_before == 3


def test_a_question_that_only_gave_way_to_a_new_one_has_not_moved() -> None:
    a, b = (Question(id=name, kind=AnswerKind.VOICE, text_zh=name, text_en=name) for name in ("a", "b"))
    assert [one.change for one in compare([a], [b, a])] == ["added", "kept"]


def test_pages_show_versions_one_version_and_what_changed(
    house: House, browser: TestClient[Litestar], plans: Plans
) -> None:
    house.invite()
    plans.save(RECRUITER, house.opening_id, [draft(text_en="A question of version two")])
    path = f"/plans/{house.opening_id}"
    assert "Version 2" in browser.get(f"{path}/versions").text
    first = browser.get(f"{path}/versions/1").text
    assert "A question of version two" not in first and "<textarea" not in first
    changed = browser.get(f"{path}/comparison").text
    assert "A question of version two" in changed and "Added as question 1" in changed
    assert browser.get(f"{path}/versions/9").status_code == 404


def test_the_library_is_read_with_anchors_and_questions(house: House) -> None:
    page = house.client(Role.INTERVIEWER).get(f"/interviews/library?q={DISAGREEMENT.zh}").text
    competency = LIBRARY.competency("team_work")
    assert all(anchor.en in page for anchor in competency.levels)
    assert LIBRARY.question("team_work.disagreement").text.en in page
    assert LIBRARY.competency("learning").definition.en not in page


def test_plans_are_written_by_recruiting_alone(house: House) -> None:
    interviewer = house.client(Role.INTERVIEWER)
    path = f"/plans/{house.opening_id}"
    assert interviewer.get(path).status_code == 403
    assert sent(interviewer, path, form_of([Row(id="a")])).status_code == 403
    assert interviewer.get(f"{path}/versions").status_code == 200
