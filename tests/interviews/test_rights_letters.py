"""What the person is written at each step, in both languages, in text and as a page."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from appliance.interviews.rights.model import RequestKind
from appliance.notifications.compose import Letters
from appliance.notifications.model import ContextValue, Message, MessageState, Recipient, Template, Trouble

STEPS = ("received", "in_work", "granted", "refused", "erased")
LINK = "https://hr.example/room/abc/mine"


def written(language: str, kind: RequestKind, step: str, **more: ContextValue) -> tuple[str, str, str]:
    """Subject, text and HTML of a letter."""
    context: dict[str, ContextValue] = {
        "name": "测试甲",
        "kind": kind.value,
        "step": step,
        "receipt": "R-261123-AAAAAA",
        "due_on": "2026-12-14",
        "responsible": "Colleague One",
        "answer": "Because <b>this</b> was so.",
        "legal_ground": "PIPL art. 47 (2)",
        "link": LINK,
    }
    message = Message(
        id="m",
        template=Template.RIGHTS_REQUEST,
        language=language,
        recipient_kind="candidate",
        recipient_id="c",
        state=MessageState.QUEUED,
        trouble=Trouble.NONE,
        attempts=0,
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
        sent_at=None,
        context=context | more,
    )
    letter = Letters(ZoneInfo("Asia/Shanghai")).write(
        message, Recipient("person@test.invalid", "测试甲"), Recipient("hr@test.invalid")
    )
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None and html is not None
    return str(letter["Subject"]), text.get_content(), html.get_content()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", list(RequestKind))
@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_every_kind_has_a_letter_with_its_number(
    language: str, kind: RequestKind, step: str
) -> None:
    subject, text, html = written(language, kind, step)
    for part in (subject, text, html):
        assert "R-261123-AAAAAA" in part
        assert "{" not in part
    assert LINK in text and LINK in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refusal_names_its_ground_and_the_way_on(language: str) -> None:
    _, text, html = written(language, RequestKind.ERASURE, "refused")
    assert "PIPL art. 47 (2)" in text
    assert ("法院" if language == "zh" else "court") in text
    assert "<b>this</b>" in text and "&lt;b&gt;this" in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_day_of_the_answer_is_written_with_its_weekday(language: str) -> None:
    _, text, _ = written(language, RequestKind.COPY, "received")
    assert ("2026年12月14日（星期一）" if language == "zh" else "Monday 14 December 2026") in text


def test_a_request_without_a_responsible_person_or_a_page_has_no_hole() -> None:
    _, text, _ = written("en", RequestKind.COPY, "received", responsible="", link="")
    assert "Responsible" not in text and "Where it stands" not in text
