"""The clock never runs backwards, whatever is done to the machine's."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.kernel.clock import SystemClock, from_text, to_text


class Machine:
    """A machine whose clock the test sets; its steady counter runs on by itself."""

    def __init__(self) -> None:
        self.reads = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        self.ticks = 100.0
        self.clock = SystemClock(ZoneInfo("Asia/Shanghai"), read=lambda: self.reads, ticks=lambda: self.ticks)

    def wait(self, by: timedelta) -> None:
        self.reads += by
        self.ticks += by.total_seconds()


def test_a_clock_that_was_set_back_never_tells_an_earlier_instant_and_says_how_far_it_is_behind() -> None:
    machine = Machine()
    before = machine.clock.now()
    machine.reads -= timedelta(hours=3)
    first, second = machine.clock.now(), machine.clock.now()
    assert before < first < second
    assert timedelta(hours=3) <= machine.clock.behind < timedelta(hours=3, seconds=1)


def test_time_goes_on_slower_while_the_machines_clock_is_behind_until_it_has_caught_up() -> None:
    machine = Machine()
    before = machine.clock.now()
    machine.reads -= timedelta(hours=1)
    machine.wait(timedelta(minutes=2))
    assert machine.clock.now() == before + timedelta(minutes=1)
    machine.wait(timedelta(hours=3))
    assert machine.clock.now() == machine.reads
    assert machine.clock.behind == timedelta(0)


def test_what_the_store_holds_already_is_the_past() -> None:
    machine = Machine()
    stored = machine.reads + timedelta(hours=2)
    machine.clock.raise_floor(stored)
    assert machine.clock.now() > stored


def test_instants_as_text_sort_like_instants() -> None:
    instants = [
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=step * 999_983) for step in range(50)
    ]
    texts = [to_text(instant) for instant in instants]
    assert sorted(texts) == texts
    assert [from_text(text) for text in texts] == instants


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-23", "2026-11-23T08:00:00Z", "2026-11-23 08:00:00.000000Z", "2026-11-23T08:00:00.000000+"],
)
def test_another_way_of_writing_an_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="instant"):
        from_text(text)
