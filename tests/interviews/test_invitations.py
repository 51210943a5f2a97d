"""Inviting a candidate: a link that only they have, a letter, a plan that no longer changes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from appliance.interviews import store
from appliance.interviews.invitations.links import secret_hash
from appliance.interviews.model import AnswerKind, InterviewState
from appliance.interviews.plans import store as plan_store
from appliance.interviews.plans.drafts import QuestionDraft
from appliance.interviews.plans.service import Plans
from appliance.kernel.errors import Conflict, Invalid
from appliance.kernel.schema import JOB
from appliance.notifications.store import MESSAGE
from appliance.recruiting import store as recruiting_store
from appliance.recruiting.model import CandidateState
from tests.interviews.house import RECRUITER, House, token_of


def test_an_invitation_moves_the_candidate_on_and_asks_for_the_letter(house: House) -> None:
    invitation = house.invite(language="en")
    assert house.candidate_state() is CandidateState.invited
    letters = house.databases.core.read(lambda tx: tx.execute(sa.select(MESSAGE)).mappings().all())
    assert [(letter["template"], letter["language"], letter["recipient_id"]) for letter in letters] == [
        ("invitation", "en", house.candidate_id)
    ]
    assert "interview.invited" in house.actions()
    assert invitation.link.startswith("http://127.0.0.1:8080/room/")


def test_of_the_link_only_the_hash_is_kept(house: House) -> None:
    token = token_of(house.invite())
    rows = house.databases.core.read(lambda tx: tx.execute(sa.select(store.LINK)).all())
    assert [row.token_hash for row in rows] == [secret_hash(token)]
    assert len(token) >= 43


def test_the_default_plan_asks_by_video_by_voice_and_in_writing(house: House) -> None:
    interview = house.invite().interview
    plan = house.databases.core.read(lambda tx: plan_store.plan_version(tx, interview.plan_version_id))
    assert plan is not None
    assert [question.kind for question in plan.questions] == [
        AnswerKind.VIDEO,
        AnswerKind.VOICE,
        AnswerKind.TEXT,
    ]
    assert all(question.competencies and question.text_zh and question.text_en for question in plan.questions)


def test_a_plan_in_use_never_changes_and_editing_it_makes_the_next_version(house: House) -> None:
    plans = house.site.services["interview_plans"]
    assert isinstance(plans, Plans)
    used = house.invite().interview.plan_version_id
    before = plans.version(used)
    draft = QuestionDraft(
        kind=AnswerKind.TEXT, text_zh="测试问题", text_en="Test question", competencies=("team_work",)
    )
    after = plans.save(RECRUITER, house.opening_id, [draft])
    assert after.number == before.number + 1
    assert after.id != used
    assert plans.version(used) == before
    again = plans.save(RECRUITER, house.opening_id, [draft, draft])
    assert again.id == after.id, "a version that nobody uses is changed in place"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text_en": " "}, "questions.1.text_en"),
        ({"answer_s": 3}, "questions.1.answer_s"),
        ({"competencies": ()}, "questions.1.competencies"),
        ({"competencies": ("juggling",)}, "questions.1.competencies"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_at_its_field(
    house: House, change: dict[str, object], field: str
) -> None:
    plans = house.site.services["interview_plans"]
    assert isinstance(plans, Plans)
    values = {
        "kind": AnswerKind.VOICE, "text_zh": "测试", "text_en": "Test", "competencies": ("team_work",)
    } | change  # fmt: skip
    with pytest.raises(Invalid) as refused:
        plans.save(RECRUITER, house.opening_id, [QuestionDraft(**values)])  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


def test_a_second_invitation_withdraws_the_first(house: House) -> None:
    first, second = house.invite(), house.invite()
    states = {one.id: one.state for one in house.progress.of_candidate(house.candidate_id)}
    assert states == {
        first.interview.id: InterviewState.REVOKED, second.interview.id: InterviewState.INVITED
    }  # fmt: skip


def test_nobody_is_interrupted_by_a_second_invitation(house: House) -> None:
    interview, key = house.entered()
    house.room.save_text(key, house.room.look(key).plan.questions[2].id, "测试")
    with pytest.raises(Conflict, match="middle of an interview"):
        house.invite()
    assert house.room.look(key).interview.id == interview.id


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (timedelta(hours=-5), timedelta(hours=-1)),
        (timedelta(0), timedelta(minutes=10)),
        (timedelta(0), timedelta(days=99)),
    ],
)
def test_a_window_that_helps_nobody_is_refused(house: House, start: timedelta, end: timedelta) -> None:
    now = house.clock.now()
    with pytest.raises(Invalid) as refused:
        house.invite(window_start=now + start, window_end=now + end)
    assert "window_end" in refused.value.fields
    assert house.candidate_state() is CandidateState.screened


def test_a_candidate_without_an_address_is_not_invited(house: House) -> None:
    house.databases.core.write(lambda tx: recruiting_store.change(tx, house.candidate_id, email=""))
    with pytest.raises(Conflict, match="no e-mail address"):
        house.invite()


def test_a_reminder_brings_a_second_link_and_leaves_the_first_good(house: House) -> None:
    invitation = house.invite()
    house.invitations.remind(RECRUITER, invitation.interview.id)
    links = house.databases.core.read(lambda tx: tx.execute(sa.select(store.LINK)).all())
    assert len(links) == 2
    assert {row.interview_id for row in links} == {invitation.interview.id}


def test_withdrawing_needs_a_reason_and_stands_in_the_ledger(house: House) -> None:
    interview = house.invite().interview
    with pytest.raises(Invalid):
        house.invitations.revoke(RECRUITER, interview.id, " ")
    house.invitations.revoke(RECRUITER, interview.id, "The post is filled.")
    assert "interview.revoked" in house.actions()
    with pytest.raises(Conflict):
        house.invitations.remind(RECRUITER, interview.id)


def test_the_window_is_settled_by_a_job_at_its_end(house: House) -> None:
    interview = house.invite().interview
    job = house.databases.core.read(
        lambda tx: tx.execute(sa.select(JOB).where(JOB.c.kind == "interviews.close_window")).one()
    )
    assert job.run_at.startswith((interview.window_end + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
