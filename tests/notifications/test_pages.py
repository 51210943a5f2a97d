"""The list of messages, and that every text of the room is there in Chinese."""

from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from jinja2.ext import babel_extract

import appliance
from appliance.kernel.i18n import read_texts
from tests.notifications.mail_server import free_port
from tests.notifications.test_letters import LINK, invite, work
from tests.people.house import House
from tests.people.web import client

HERE = Path(appliance.__file__).parent
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "ngettext": (1, 2)}


def test_the_list_tells_states_and_never_what_a_letter_said(tmp_path: Path) -> None:
    house = House(tmp_path, free_port())
    try:
        invite(house)
        work(house)
        with client(house) as browser:
            for language, words in (("zh", "邮件服务器没有应答"), ("en", "does not answer")):
                answer = browser.get("/messages?state=queued", headers={"Accept-Language": language})
                assert words in answer.text
                assert LINK not in answer.text and "测试丙" not in answer.text
            assert "没有邮件" in browser.get("/messages?state=sent").text
            message = house.notifications.messages(state=None, template=None, page=1, size=1)[0][0]
            assert browser.post(f"/messages/{message.id}/sending").status_code == 409
            assert browser.post("/messages/nothing/sending").status_code == 404
    finally:
        house.close()


@pytest.mark.parametrize("room", ["people", "payroll", "notifications"])
def test_every_text_of_the_room_is_there_in_chinese(room: str) -> None:
    chinese = {message for _, message in read_texts(HERE / "locale" / "zh" / f"{room}.po")}
    missing: set[str | None] = set()
    for path in (HERE / room).rglob("*.py"):
        with path.open("rb") as file:
            for _, message, _, _ in extract("python", file, keywords=KEYWORDS):
                missing.add(message if isinstance(message, str) else message[0])
    for path in (HERE / "templates" / room).glob("*.html"):
        with path.open("rb") as file:
            for _, _, found, _ in babel_extract(file, list(KEYWORDS), [], {"trim_blocks": "true"}):
                # None: a call with a variable, whose texts are marked where they are written.
                missing.add(found[0] if isinstance(found, tuple) else found)
    assert missing - chinese - {None} == set()
