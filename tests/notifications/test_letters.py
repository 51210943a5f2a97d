"""Letters over a real SMTP server: sent once, retried while it is away, wiped when they are over."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.audit.ledger import verify
from appliance.events import EmployeeEnrolledEverywhere
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Conflict
from appliance.kernel.jobs import JobContext, JobRegistry, JobRunner, lease
from appliance.notifications import store
from appliance.notifications.jobs import SendMail, wait_before
from appliance.notifications.model import Message, MessageState, Trouble
from appliance.notifications.service import MAIL_ATTEMPTS, MAIL_JOB, request_mail
from tests.notifications.mail_server import MailHouse, free_port
from tests.people.house import HR, House

LINK = "https://house.example/room/SECRET-CAPABILITY"
ADDRESS = "test.c@house.example"


@pytest.fixture
def mail() -> Iterator[MailHouse]:
    with MailHouse() as server:
        yield server


@pytest.fixture
def posted(tmp_path: Path, mail: MailHouse) -> Iterator[House]:
    """A house whose mail goes to the server."""
    opened = House(tmp_path, mail.port)
    yield opened
    opened.close()


def invite(house: House, language: str = "zh", **more: Any) -> None:
    context: dict[str, Any] = {
        "name": "测试丙",
        "post": "重症护士",
        "link": LINK,
        "opens_at": "2026-11-24T01:00:00+00:00",
        "closes_at": "2026-11-26T10:00:00+00:00",
        "minutes": 20,
        "questions": 3,
        "address": ADDRESS,
    }
    house.core.write(
        lambda tx: request_mail(
            tx,
            template="invitation",
            language=language,
            recipient_kind="candidate",
            recipient_id="candidate-9",
            context=context | more,
        )
    )


def close(house: House, language: str, context: dict[str, Any]) -> None:
    house.core.write(
        lambda tx: request_mail(
            tx,
            template="invitation_over",
            language=language,
            recipient_kind="candidate",
            recipient_id="candidate-9",
            context=context,
        )
    )


def due(house: House) -> JobContext | None:
    return lease(house.core, MAIL_JOB)


def work(house: House) -> int:
    """Run all due mail jobs as the runner does; how many there were."""
    registry = JobRegistry()
    registry.register(MAIL_JOB, "core", SendMail(house.notifications))
    runner = JobRunner(list(house.databases), registry, house.clock)
    done = 0
    while (job := due(house)) is not None:
        runner._handle(registry.kinds[MAIL_JOB], job)
        done += 1
    return done


def only(house: House) -> Message:
    [message] = house.notifications.messages(state=None, template=None, page=1, size=10)[0]
    return message


def contents(tx: Transaction) -> dict[str, str]:
    """Every row of every table of a file, as text."""
    tables = tx.dbapi.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name: repr(tx.dbapi.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in tables}


def test_an_invitation_arrives_in_chinese_with_text_html_and_calendar_file(
    posted: House, mail: MailHouse
) -> None:
    invite(posted)
    work(posted)
    [letter] = mail.letters
    assert letter["Subject"] == "面试邀请：重症护士"
    assert letter["To"] == f"测试丙 <{ADDRESS}>"
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None and html is not None
    assert LINK in text.get_content() and LINK in html.get_content()
    assert "2026年11月24日（星期二）09:00" in text.get_content()
    [file] = letter.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "interview.ics")
    assert "DTSTART:20261124T010000Z" in file.get_content()


def test_the_same_letter_in_english(posted: House, mail: MailHouse) -> None:
    invite(posted, "en", post="ICU nurse", name="Test Person C")
    work(posted)
    [letter] = mail.letters
    body = letter.get_body(("plain",))
    assert letter["Subject"] == "Invitation to an interview: ICU nurse"
    assert body is not None and "Tuesday 24 November 2026, 09:00" in body.get_content()


WORDS = {
    "zh": ("检查设备", "练习", "谁能看到", "6 个月", "录用与否由人决定", "与人面谈", "换时间", "Asia/Shanghai"),
    "en": ("check of your device", "practice question", "Who sees it", "6 months", "a person decides",
           "talk with a person", "move the date", "Asia/Shanghai"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("step", ["invited", "reminder", "moved"])
def test_a_letter_says_what_comes_who_sees_it_and_what_one_may_ask_for(
    posted: House, mail: MailHouse, language: str, step: str
) -> None:
    invite(posted, language, step=step, keep_months=6, own_date=LINK + "/another-date")
    work(posted)
    [letter] = mail.letters
    for kind in ("plain", "html"):
        part = letter.get_body((kind,))
        assert part is not None
        content = part.get_content()
        assert LINK in content and "{" not in content.replace("{color", "")
        assert LINK + "/another-date" in content
        for words in WORDS[language]:
            assert words in content, (kind, words)
    text = letter.get_body(("plain",))
    assert text is not None
    points = [line for line in text.get_content().splitlines() if line.startswith("- ")]
    assert len(points) == 7, "each point stands on a line of its own"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_withdrawal_cancels_the_event_and_an_expiry_has_none(
    posted: House, mail: MailHouse, language: str
) -> None:
    for step in ("withdrawn", "expired"):
        context: dict[str, Any] = {
            "name": "测试丙",
            "post": "护士",
            "step": step,
            "opens_at": "2026-11-24T01:00:00+00:00",
            "closes_at": "2026-11-26T10:00:00+00:00",
            "link": "",
            "address": ADDRESS,
            "calendar_uid": "interview-of-x@muster",
            "calendar_sequence": 4,
        }
        close(posted, language, context)
    work(posted)
    withdrawn, expired = mail.letters
    [file] = withdrawn.iter_attachments()
    assert "STATUS:CANCELLED" in file.get_content() and "SEQUENCE:4" in file.get_content()
    assert list(expired.iter_attachments()) == []


def test_once_sent_neither_link_nor_address_is_kept(posted: House, mail: MailHouse) -> None:
    invite(posted)
    assert only(posted).context["link"] == LINK
    work(posted)
    sent = only(posted)
    assert (sent.state, sent.context, sent.attempts) == (MessageState.SENT, {}, 1)
    for database in posted.databases:
        for table, rows in database.read(contents).items():
            assert "SECRET-CAPABILITY" not in rows, table
            assert ADDRESS not in rows, table
    assert verify(posted.core).broken_at is None


def test_a_letter_asked_for_in_a_change_that_fails_is_never_sent(posted: House, mail: MailHouse) -> None:
    def change(tx: Any) -> None:
        request_mail(
            tx,
            template="generic",
            language="zh",
            recipient_kind="employee",
            recipient_id="e",
            context={"subject": "x", "paragraphs": ["y"], "address": ADDRESS},
        )
        raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        posted.core.write(change)
    assert work(posted) == 0
    assert mail.letters == []


def test_while_the_server_is_away_the_letter_waits_and_then_goes_out_once(tmp_path: Path) -> None:
    port = free_port()
    house = House(tmp_path, port)
    try:
        invite(house)
        assert work(house) == 1
        waiting = only(house)
        assert (waiting.state, waiting.trouble, waiting.attempts) == (
            MessageState.QUEUED,
            Trouble.SERVER_AWAY,
            1,
        )
        assert work(house) == 0
        with MailHouse(port) as mail:
            house.clock.advance(timedelta(seconds=wait_before(1)))
            assert work(house) == 1
            house.clock.advance(timedelta(days=1))
            assert work(house) == 0
            assert len(mail.letters) == 1
        assert (only(house).state, only(house).attempts) == (MessageState.SENT, 2)
    finally:
        house.close()


def test_a_busy_server_is_tried_again(posted: House, mail: MailHouse) -> None:
    mail.busy = "451 try later"
    invite(posted)
    work(posted)
    assert only(posted).trouble is Trouble.SERVER_BUSY
    mail.busy = None
    posted.clock.advance(timedelta(minutes=1))
    work(posted)
    assert only(posted).state is MessageState.SENT


def test_a_refused_recipient_is_a_clear_state_and_a_dead_letter(posted: House, mail: MailHouse) -> None:
    mail.refuse = "550 no such mailbox"
    invite(posted)
    work(posted)
    refused = only(posted)
    assert (refused.state, refused.trouble, refused.context) == (
        MessageState.REFUSED,
        Trouble.RECIPIENT_REFUSED,
        {},
    )
    states = posted.core.read(lambda tx: tx.dbapi.execute("SELECT state, last_error FROM job").fetchall())
    assert states == [("dead", "recipient_refused")]
    with pytest.raises(Conflict):
        posted.notifications.send_again(HR, refused.id)


def test_after_the_last_attempt_it_is_given_up_and_a_person_may_send_it_again(tmp_path: Path) -> None:
    port = free_port()
    house = House(tmp_path, port)
    try:
        invite(house)
        for _ in range(MAIL_ATTEMPTS):
            work(house)
            house.clock.advance(timedelta(hours=2))
        assert (only(house).state, only(house).attempts) == (MessageState.FAILED, MAIL_ATTEMPTS)
        with MailHouse(port) as mail:
            house.notifications.send_again(HR, only(house).id)
            work(house)
            assert len(mail.letters) == 1
        assert (only(house).state, only(house).context) == (MessageState.SENT, {})
    finally:
        house.close()


@pytest.mark.parametrize(
    "address", ["nobody", "a@b\r\nBcc: all@house.example", "a b@house.example", "@", "x@"]
)
def test_what_is_no_address_is_refused_without_asking_the_server(
    posted: House, mail: MailHouse, address: str
) -> None:
    invite(posted, address=address)
    work(posted)
    assert (only(posted).state, only(posted).trouble) == (MessageState.REFUSED, Trouble.ADDRESS_INVALID)
    assert mail.letters == []


def test_a_name_cannot_add_a_header(posted: House, mail: MailHouse) -> None:
    invite(posted, name="测试丙\r\nBcc: all@house.example", post="护士\r\nX-Injected: 1")
    work(posted)
    [letter] = mail.letters
    assert letter["Bcc"] is None
    assert letter["X-Injected"] is None


def test_html_shows_what_a_candidate_typed_as_text(posted: House, mail: MailHouse) -> None:
    invite(posted, name="<script>alert(1)</script>")
    work(posted)
    html = mail.letters[0].get_body(("html",))
    assert html is not None and "<script>" not in html.get_content()


def test_a_letter_with_a_hole_is_refused_at_once(posted: House) -> None:
    with pytest.raises(ValueError, match="closes_at, link"):
        posted.core.write(
            lambda tx: request_mail(
                tx,
                template="invitation",
                language="zh",
                recipient_kind="candidate",
                recipient_id="c",
                context={"name": "测试", "post": "护士", "opens_at": "2026-11-24T01:00:00+00:00"},
            )
        )


def test_the_newcomer_is_reminded_once_the_gate_is_ready(posted: House, mail: MailHouse) -> None:
    employee = posted.hire()
    posted.tell(EmployeeEnrolledEverywhere(employee_id=employee.id))
    posted.tell(EmployeeEnrolledEverywhere(employee_id=employee.id))
    work(posted)
    [letter] = mail.letters
    body = letter.get_body(("plain",))
    assert letter["Subject"] == "入职提醒：2026年11月9日（星期一）"
    assert body is not None and "重症医学科" in body.get_content()


def test_staff_of_many_years_get_no_welcome_when_the_terminals_learn_them(
    posted: House, mail: MailHouse
) -> None:
    employee = posted.people.take_on(HR, posted.new(posted.post(), email="test.b@house.example"))
    posted.tell(EmployeeEnrolledEverywhere(employee_id=employee.id))
    work(posted)
    assert mail.letters == []


def test_neither_logs_nor_jobs_nor_errors_name_anybody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with MailHouse() as mail, caplog.at_level(logging.DEBUG, logger="muster"):
        house = House(tmp_path, mail.port)
        try:
            mail.refuse = f"550 <{ADDRESS}> no such mailbox"
            invite(house)
            work(house)
            jobs = house.core.read(lambda tx: tx.dbapi.execute("SELECT * FROM job").fetchall())
            ledger = house.core.read(lambda tx: tx.dbapi.execute("SELECT * FROM audit").fetchall())
        finally:
            house.close()
    written = "".join(capfd.readouterr()) + caplog.text + repr(jobs) + repr(ledger)
    for secret in (ADDRESS, "SECRET-CAPABILITY", "测试丙"):
        assert secret not in written


def test_the_list_counts_what_needs_a_person(posted: House, mail: MailHouse) -> None:
    mail.refuse = "550 no"
    invite(posted)
    now = posted.clock.now()
    assert posted.core.read(lambda tx: store.count_in_trouble(tx, queued_before=now)) == 0
    work(posted)
    assert posted.notifications.in_trouble(now) == 1
