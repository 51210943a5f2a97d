"""Comments: signed, dated, changed by their author alone, and never gone without a trace."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.identity.permissions import Role
from appliance.interviews.report.comments import LONGEST_TEXT, Comments
from appliance.interviews.report.sharing import Shares
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.fresh import fresh_keys
from tests.interviews.assessed import AssessedHouse
from tests.interviews.reported import HR, assessed
from tests.interviews.scripted import always
from tests.interviews.test_assessment import RelevantToAll

OTHER = Actor("account-2", ActorKind.PERSON, frozenset({"interviews.read", "interviews.manage"}), "A00003")
AUDITOR = Actor("account-3", ActorKind.PERSON, frozenset({"interviews.read", "audit.read"}), "A00004")


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
    return assessed(house)


@pytest.fixture
def comments(house: AssessedHouse) -> Comments:
    service = house.site.services["report_comments"]
    assert isinstance(service, Comments)
    return service


def test_a_comment_keeps_every_wording_with_its_time(
    comments: Comments, clock: FixedClock, interview_id: str
) -> None:
    written_at = clock.now()
    comment = comments.write(HR, interview_id, "  Ask about the roster.  ")
    clock.advance(timedelta(minutes=5))
    comments.reword(HR, interview_id, comment.id, "Ask about the night roster.")
    (found,) = comments.of(OTHER, interview_id)
    assert found.text == "Ask about the night roster."
    assert [(one.text, one.at) for one in found.earlier] == [("Ask about the roster.", written_at)]
    assert (found.author_id, found.author_label, found.written_at) == (HR.id, HR.label, written_at)


def test_a_comment_taken_back_stays_as_a_mark_with_its_words(
    house: AssessedHouse, comments: Comments, interview_id: str
) -> None:
    comment = comments.write(HR, interview_id, "Too quick a judgement.")
    comments.withdraw(HR, interview_id, comment.id)
    (found,) = comments.of(OTHER, interview_id)
    assert found.withdrawn_at is not None and found.text == "Too quick a judgement."
    with pytest.raises(Conflict):
        comments.reword(HR, interview_id, comment.id, "Once more.")
    assert house.actions().count("report.comment_withdrawn") == 1


def test_only_the_author_changes_a_comment(comments: Comments, interview_id: str) -> None:
    comment = comments.write(HR, interview_id, "Mine.")
    with pytest.raises(Forbidden):
        comments.reword(OTHER, interview_id, comment.id, "Yours.")
    with pytest.raises(Forbidden):
        comments.withdraw(OTHER, interview_id, comment.id)
    assert [one.text for one in comments.of(HR, interview_id)] == ["Mine."]


def test_the_same_wording_again_is_no_change(
    house: AssessedHouse, comments: Comments, interview_id: str
) -> None:
    comment = comments.write(HR, interview_id, "As it is.")
    comments.reword(HR, interview_id, comment.id, "As it is. ")
    assert comments.of(HR, interview_id)[0].earlier == ()
    assert "report.comment_changed" not in house.actions()


def test_a_comment_on_a_quote_names_a_sentence_of_the_report(
    house: AssessedHouse, comments: Comments, interview_id: str
) -> None:
    quote = house.reports.open(HR, interview_id).competencies[0].quotes[0]
    made = comments.write(HR, interview_id, "Strong.", answer_id=quote.answer_id, sentence=quote.sentence)
    assert (made.answer_id, made.sentence) == (quote.answer_id, quote.sentence)
    for answer_id, sentence in ((quote.answer_id, 99), ("another", 1)):
        with pytest.raises(NotFound):
            comments.write(HR, interview_id, "Lost.", answer_id=answer_id, sentence=sentence)


def test_an_auditor_reads_and_writes_none(comments: Comments, interview_id: str) -> None:
    comments.write(HR, interview_id, "Seen.")
    assert [one.text for one in comments.of(AUDITOR, interview_id)] == ["Seen."]
    with pytest.raises(Forbidden):
        comments.write(AUDITOR, interview_id, "Not mine to say.")


def test_who_has_to_rate_first_is_not_led_by_comments(
    house: AssessedHouse, comments: Comments, interview_id: str
) -> None:
    comments.write(HR, interview_id, "The best so far.")
    shares = house.site.services["report_shares"]
    assert isinstance(shares, Shares)
    account = house.account(Role.INTERVIEWER)
    rater = Actor(account.id, ActorKind.PERSON, frozenset({"interviews.read"}), "A00007")
    shares.share(HR, interview_id, account.id, timedelta(days=1), rate_first=True)
    assert comments.of(rater, interview_id) == []
    with pytest.raises(Conflict):
        comments.write(rater, interview_id, "So do I.")


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST_TEXT + 1)])
def test_an_empty_or_endless_comment_is_refused(comments: Comments, interview_id: str, text: str) -> None:
    with pytest.raises(Invalid):
        comments.write(HR, interview_id, text)


def test_the_page_shows_comments_beside_their_quote_and_escapes_them(
    house: AssessedHouse, interview_id: str
) -> None:
    quote = house.reports.open(HR, interview_id).competencies[0].quotes[0]
    client = house.client(Role.HR_MANAGER)
    where = {"answer_id": quote.answer_id, "sentence": str(quote.sentence)}
    hostile = "<script>alert(1)</script>\nsecond line"
    made = client.post(f"/interviews/{interview_id}/comments", data={"text": hostile, **where})
    assert made.status_code == 303 and "#comment-" in made.headers["location"]
    comment_id = made.headers["location"].rpartition("#comment-")[2]
    page = client.get(f"/interviews/{interview_id}/report").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;<br>second line" in page
    path = f"/interviews/{interview_id}/comments/{comment_id}"
    assert client.post(path, data={"text": "Better said."}).status_code == 303
    assert "Earlier wordings" in client.get(f"/interviews/{interview_id}/report").text
    assert client.post(f"{path}/withdrawal").status_code == 303
    assert "Taken back by its author" in client.get(f"/interviews/{interview_id}/report").text
    assert client.post(f"/interviews/{interview_id}/comments", data={"text": " "}).status_code == 422
