"""The clock never runs backwards, whatever is done to the machine's."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from appliance.kernel.clock import SystemClock, from_text, to_text


def test_a_clock_that_was_set_back_stands_still_and_says_how_far_it_is_behind() -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    clock = SystemClock(ZoneInfo("Asia/Shanghai"))
    clock.raise_floor(ahead)
    first, second = clock.now(), clock.now()
    assert ahead < first < second
    assert timedelta(hours=2) < clock.behind <= timedelta(hours=3, seconds=1)


def test_instants_as_text_sort_like_instants() -> None:
    instants = [
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=step * 999_983) for step in range(50)
    ]
    texts = [to_text(instant) for instant in instants]
    assert sorted(texts) == texts
    assert [from_text(text) for text in texts] == instants
