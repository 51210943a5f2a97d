"""Both languages are whole, say the same, and format as their readers expect."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from appliance.kernel.errors import N_, Message
from appliance.kernel.i18n import Catalogue, choose_language, current
from tests.kernel.texts import LOCALE, chinese, missing, texts

PLACE = re.compile(r"%\((\w+)\)([sd])")
SITE = ZoneInfo("Asia/Shanghai")


def test_every_text_has_a_chinese_one() -> None:
    lacking = [f"{text.place} {text.singular!r}" for text in missing()]
    assert lacking == [], "python -m tests.kernel.texts lists them as .po entries"


def test_a_translation_has_the_places_of_its_source() -> None:
    known = chinese()
    wrong = [
        text.singular
        for text in texts()
        for form in known.get((text.context, text.singular), ())
        if not set(PLACE.findall(form)) <= set(PLACE.findall(text.singular + text.plural))
        or not set(PLACE.findall(text.singular)) <= set(PLACE.findall(form)) | {("num", "d")}
    ]
    assert wrong == []


def test_a_room_hears_its_own_words_first_and_everybodys_then() -> None:
    rooms = {
        "audit": {("", "Waiting"): ("排队中",)},
        "mail": {("", "Waiting"): ("待发送",), ("", "Sent"): ("已发送",)},
    }
    translator = Catalogue(rooms).translator("zh")
    assert translator.in_room("mail").gettext("Waiting") == "待发送"
    assert translator.in_room("audit").gettext("Waiting") == "排队中"
    assert translator.in_room("audit").gettext("Sent") == "已发送"
    assert translator.in_room("no such room").gettext("Sent") == "已发送"
    assert translator.gettext("Waiting") == "排队中"


@pytest.mark.parametrize(
    ("wishes", "accept", "chosen"),
    [
        (("en", "zh"), "zh-CN", "en"),
        ((None, "en"), "zh-CN", "en"),
        ((None, ""), "en-GB,en;q=0.9,zh;q=0.8", "en"),
        ((None, ""), "fr-FR,zh-TW;q=0.5,en;q=0.4", "zh"),
        (("klingon", None), "", "zh"),
        ((None, None), "en;q=zero, ;;;,", "zh"),
        ((None, None), "en;q=0", "zh"),
    ],
)
def test_the_language_is_the_cookies_the_accounts_the_browsers_or_chinese(
    wishes: tuple[str | None, ...], accept: str, chosen: str
) -> None:
    assert choose_language(*wishes, accept=accept) == chosen


def test_days_and_moments_carry_their_weekday_in_the_sites_zone() -> None:
    catalogue = Catalogue({})
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert catalogue.translator("zh").moment(late, SITE) == "2026年11月23日 周一 00:30"
    assert catalogue.translator("en").moment(late, SITE) == "Mon 23 Nov 2026, 00:30"
    assert catalogue.translator("zh").day(date(2026, 11, 23)) == "2026年11月23日 周一"
    assert catalogue.translator("en").day(late, SITE) == "Mon 23 Nov 2026"
    assert catalogue.translator("en").day(None) == "—"


def test_money_is_exact_and_names_its_currency() -> None:
    translator = Catalogue({}).translator("en")
    assert translator.money(Decimal("1234567.895")) == "¥1,234,567.90"
    assert translator.money(Decimal("0.1") + Decimal("0.2")) == "¥0.30"
    assert translator.number(1234567) == "1,234,567"
    assert translator.percent(0.845) == "84%"


def test_a_message_is_said_in_the_language_of_the_moment() -> None:
    catalogue = Catalogue.load(LOCALE)
    message = Message(N_("At most %(limit)d characters."), {"limit": 5})
    with catalogue.translator("zh").active() as chosen:
        assert current() is chosen
        assert current().say(message) == "最多 5 个字符。"
    assert current().say(message) == "At most 5 characters."
