"""Who reads a report, for how long, with or without its scores; and what stands there before and after it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from appliance.identity.model import Account
from appliance.identity.permissions import ROLE_PERMISSIONS, Role
from appliance.interviews import store as interview_store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.model import ANALYSE_ANSWER, InterviewState
from appliance.interviews.report import store
from appliance.interviews.report.access import may_play
from appliance.interviews.report.reading import NotWritten
from appliance.interviews.report.sharing import LONGEST, SHORTEST, Shares
from appliance.interviews.validation.ratings import BlindRatings
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from appliance.kernel.schema import AUDIT
from tests.fresh import fresh_keys
from tests.identity.house import PASSWORD
from tests.interviews.assessed import CONCRETE, AssessedHouse
from tests.interviews.scripted import always
from tests.interviews.test_assessment import RelevantToAll

HR = Actor("account-hr", ActorKind.PERSON, frozenset({"interviews.read", "interviews.manage"}), "A00002")
TWO_DAYS = timedelta(days=2)


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    parts = always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25})
    yield AssessedHouse(
        tmp_path, databases, keys, clock, RelevantToAll("", always({"4": 0.7, "5": 0.2, "3": 0.1}), parts)
    )
    databases.close()


@pytest.fixture
def interview_id(house: AssessedHouse) -> str:
    found = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    house.work_through()
    return found


def shares_of(house: AssessedHouse) -> Shares:
    service = house.site.services["report_shares"]
    assert isinstance(service, Shares)
    return service


def head(house: AssessedHouse) -> tuple[Account, Actor]:
    """A head of department with an account."""
    account = house.account(Role.DEPARTMENT_HEAD)
    permissions = frozenset(map(str, ROLE_PERMISSIONS[Role.DEPARTMENT_HEAD]))
    return account, Actor(account.id, ActorKind.PERSON, permissions, "A00009")


def browser(house: AssessedHouse, account: Account) -> TestClient[Litestar]:
    client = house.client()
    signed_in = house.identity.sessions.sign_in(account.login, PASSWORD)
    client.cookies.set("muster_session", signed_in.token)
    return client


def opened_by_share(house: AssessedHouse) -> int:
    told = sa.and_(AUDIT.c.action == "report.opened", AUDIT.c.details.contains("share:"))
    query = sa.select(sa.func.count()).select_from(AUDIT).where(told)
    return int(house.databases.core.read(lambda tx: tx.execute(query).scalar_one()))


def test_a_share_opens_one_report_to_one_account_until_its_time_is_over(
    house: AssessedHouse, clock: FixedClock, interview_id: str
) -> None:
    (account, actor), (_other, stranger) = head(house), head(house)
    with pytest.raises(Forbidden):
        house.reports.open(actor, interview_id)
    shares_of(house).share(HR, interview_id, account.id, TWO_DAYS, rate_first=False)
    assert house.reports.open(actor, interview_id).match is not None
    assert opened_by_share(house) == 1
    with pytest.raises(Forbidden):
        house.reports.open(stranger, interview_id)
    clock.advance(TWO_DAYS)
    with pytest.raises(Gone):
        house.reports.open(actor, interview_id)


def test_a_share_that_was_taken_back_ends_at_once(house: AssessedHouse, interview_id: str) -> None:
    account, actor = head(house)
    shares = shares_of(house)
    share = shares.share(HR, interview_id, account.id, TWO_DAYS, rate_first=False)
    shares.revoke(HR, interview_id, share.id)
    with pytest.raises(Gone):
        house.reports.open(actor, interview_id)
    assert {"report.shared", "report.share_ended"} <= set(house.actions())
    with pytest.raises(NotFound):
        shares.revoke(HR, interview_id, "no-such-share")


@pytest.mark.parametrize(
    "lasts", [SHORTEST - timedelta(seconds=1), LONGEST + timedelta(seconds=1), timedelta(0)]
)
def test_a_share_lasts_between_an_hour_and_two_weeks(
    house: AssessedHouse, interview_id: str, lasts: timedelta
) -> None:
    account, _actor = head(house)
    with pytest.raises(Invalid) as refused:
        shares_of(house).share(HR, interview_id, account.id, lasts, rate_first=True)
    assert set(refused.value.fields) == {"lasts"}
    assert "report.shared" not in house.actions()


def test_only_a_known_interviewer_is_given_a_report_and_each_once(
    house: AssessedHouse, interview_id: str
) -> None:
    shares, (account, _actor) = shares_of(house), head(house)
    payroll = house.account(Role.PAYROLL)
    with pytest.raises(Invalid) as refused:
        shares.share(HR, interview_id, payroll.id, TWO_DAYS, rate_first=True)
    assert set(refused.value.fields) == {"account_id"}
    shares.share(HR, interview_id, account.id, TWO_DAYS, rate_first=True)
    with pytest.raises(Conflict):
        shares.share(HR, interview_id, account.id, TWO_DAYS, rate_first=False)


def test_who_has_to_rate_first_sees_the_answers_and_nothing_of_what_the_machine_made_of_them(
    house: AssessedHouse, interview_id: str
) -> None:
    account, actor = head(house)
    shares_of(house).share(HR, interview_id, account.id, TWO_DAYS, rate_first=True)
    report = house.reports.open(actor, interview_id)
    assert report.scores_hidden and report.match is None
    assert [one.question.zh for one in report.answers] and all(one.sentences for one in report.answers)
    for one in report.competencies:
        assert (one.score, one.level, one.mean_level, one.probabilities) == (None, None, None, ())
        assert one.quotes == () and one.anchor is None
    assert (report.strengths, report.risks, report.suggestions) == ((), (), ())
    assert all(one.evidence == {} and one.relevance is None for one in report.answers)
    client = browser(house, account)
    text = client.get(f"/interviews/{interview_id}/report").text
    assert "Your own rating comes first." in text
    assert "7.7" not in text and "7.8" not in text and "is-level" not in text and "<svg" not in text
    found = client.get(f"/api/v1/interviews/{interview_id}/report", headers={"accept": "application/json"})
    assert found.json()["match"] is None and found.json()["scores_hidden"] is True


def test_the_scores_come_with_the_own_rating(house: AssessedHouse, interview_id: str) -> None:
    account, actor = head(house)

    shares_of(house).share(HR, interview_id, account.id, TWO_DAYS, rate_first=True)
    desk = house.site.services["blind_ratings"]
    assert isinstance(desk, BlindRatings)
    asked = desk.listed(actor)
    for left in range(len(asked), 0, -1):
        assert house.reports.open(actor, interview_id).scores_hidden, left
        desk.give(actor, asked[left - 1].item_id, 3)
    seen = house.reports.open(actor, interview_id)
    assert asked and not seen.scores_hidden and seen.match is not None


def test_a_share_lets_its_account_play_the_recordings_only_while_it_is_open(
    house: AssessedHouse, clock: FixedClock, interview_id: str
) -> None:
    account, actor = head(house)

    def playing() -> bool:
        return house.databases.core.read(lambda tx: may_play(tx, actor, interview_id))

    assert not playing()
    shares_of(house).share(HR, interview_id, account.id, TWO_DAYS, rate_first=True)
    assert playing()
    clock.advance(TWO_DAYS)
    assert not playing()


def test_the_page_shares_with_what_was_chosen_and_says_what_is_wrong_beside_the_field(
    house: AssessedHouse, interview_id: str
) -> None:
    account, actor = head(house)
    client = house.client(Role.HR_MANAGER)
    path = f"/interviews/{interview_id}/sharing"
    assert account.display_name in client.get(path).text
    wrong = client.post(path, data={"account_id": "nobody", "lasts": "48"})
    assert wrong.status_code == 422 and "Choose an interviewer" in wrong.text
    assert client.post(path, data={"account_id": account.id, "lasts": "4"}).status_code == 303
    share = shares_of(house).with_me(actor)[0]
    assert share.ends_at - share.granted_at == timedelta(hours=4) and not share.rate_first
    again = client.post(path, data={"account_id": account.id, "lasts": "4"})
    assert again.status_code == 422 and "open to this person already" in again.text
    assert f"/interviews/{interview_id}/report" in client.get(path).text
    listed = browser(house, account).get("/shared-reports").text
    assert f'href="/interviews/{interview_id}/report"' in listed
    assert client.post(f"{path}/{share.id}/end").status_code == 303
    assert "No report is open to you" in browser(house, account).get("/shared-reports").text


def test_an_interviewer_shares_nothing(house: AssessedHouse, interview_id: str) -> None:
    account, _actor = head(house)
    shares_of(house).share(HR, interview_id, account.id, TWO_DAYS, rate_first=False)
    client = browser(house, account)
    path = f"/interviews/{interview_id}/sharing"
    assert client.post(path, data={"account_id": account.id, "lasts": "48"}).status_code == 403


def test_before_the_report_its_page_says_how_far_it_is_and_reloads_when_it_is_there(
    house: AssessedHouse,
) -> None:
    invited = house.entered(voice=False)[0].id
    client = house.client(Role.HR_MANAGER)
    open_page = client.get(f"/interviews/{invited}/report")
    assert open_page.status_code == 200 and "has not finished the interview yet" in open_page.text
    with pytest.raises(NotWritten):
        house.reports.open(HR, invited)
    assert "report.opened" not in house.actions()


def test_while_answers_are_analysed_the_page_shows_the_share_done(house: AssessedHouse) -> None:
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    client = house.client(Role.HR_MANAGER)
    progress = f"/interviews/{interview_id}/report/progress"
    assert 'value="50"' in client.get(f"/interviews/{interview_id}/report").text
    house.work(ANALYSE_ANSWER)
    assert 'value="99"' in client.get(progress).text
    house.work_through()
    ready = client.get(progress)
    assert ready.headers["hx-refresh"] == "true"
    assert "report.opened" not in house.actions(), "asking how far it is opens nothing"


def test_an_interview_that_was_not_taken_says_so(house: AssessedHouse) -> None:
    made = house.invite()
    house.invitations.revoke(HR, made.interview.id, "The post is filled.")
    text = house.client(Role.HR_MANAGER).get(f"/interviews/{made.interview.id}/report").text
    assert "was not taken" in text and "hx-get" not in text


def test_an_erased_interview_is_gone_and_an_unknown_one_was_never_there(
    house: AssessedHouse, interview_id: str
) -> None:
    def erase(tx: Transaction) -> None:
        assessment_store.erase(tx, interview_id)
        store.erase(tx, interview_id)
        tx.execute(sa.delete(interview_store.INTERVIEW).where(interview_store.INTERVIEW.c.id == interview_id))

    house.databases.core.write(erase)
    client = house.client(Role.HR_MANAGER)
    erased = client.get(f"/interviews/{interview_id}/report")
    assert erased.status_code == 410 and "erased on purpose" in erased.text
    assert client.get(f"/interviews/{interview_id}/report.pdf").status_code == 410
    assert client.get("/interviews/no-such-interview/report").status_code == 404


def test_a_report_that_is_about_to_be_erased_is_not_shown_any_more(
    house: AssessedHouse, interview_id: str
) -> None:
    house.databases.core.write(
        lambda tx: interview_store.update_interview(tx, interview_id, state=InterviewState.REVOKED)
    )
    with pytest.raises(NotWritten):
        house.reports.open(HR, interview_id)
