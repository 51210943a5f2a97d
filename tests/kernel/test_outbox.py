"""Events: at least once on the way, exactly once in each subscriber."""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.outbox import ATTEMPTS, Dispatcher, Subscription, emit, revive, undelivered
from appliance.kernel.schema import OUTBOX_DELIVERY


class Hired(msgspec.Struct, frozen=True, tag=True):
    number: int


def dispatcher(databases: Databases, *subscriptions: Subscription) -> Dispatcher:
    return Dispatcher(list(databases), subscriptions)


def carry(made: Dispatcher, databases: Databases) -> None:
    while made.carry(databases.core):
        pass


def test_each_subscriber_sees_each_event_once_in_order(databases: Databases) -> None:
    seen: dict[str, list[int]] = {"people": [], "terminals": []}

    def note(name: str) -> Any:
        return lambda tx, event, meta: seen[name].append(event.number)

    made = dispatcher(
        databases,
        Subscription("people", Hired, "core", note("people")),
        Subscription("terminals", Hired, "attendance", note("terminals")),
    )
    for number in range(5):
        databases.core.write(partial(emit, event=Hired(number)))
    carry(made, databases)
    carry(made, databases)
    assert seen == {"people": [0, 1, 2, 3, 4], "terminals": [0, 1, 2, 3, 4]}
    assert undelivered(databases.core) == 0


def test_an_event_that_is_delivered_again_after_a_crash_changes_nothing(databases: Databases) -> None:
    seen: list[int] = []
    made = dispatcher(
        databases, Subscription("s", Hired, "media", lambda tx, event, meta: seen.append(event.number))
    )
    databases.core.write(lambda tx: emit(tx, Hired(1)))
    carry(made, databases)
    # The machine stopped after the subscriber's commit and before the delivery was ticked off.
    databases.core.write(lambda tx: tx.execute(sa.update(OUTBOX_DELIVERY).values(state="waiting")))
    carry(made, databases)
    assert seen == [1]


def test_a_failing_subscriber_is_retried_holds_back_only_itself_and_ends_aside(
    databases: Databases, clock: FixedClock
) -> None:
    seen: list[int] = []

    def broken(tx: Any, event: Hired, meta: Any) -> None:
        raise RuntimeError("not today")

    made = dispatcher(
        databases,
        Subscription("broken", Hired, "attendance", broken),
        Subscription("sound", Hired, "attendance", lambda tx, event, meta: seen.append(event.number)),
    )
    databases.core.write(lambda tx: emit(tx, Hired(1)))
    databases.core.write(lambda tx: emit(tx, Hired(2)))
    with_errors = 0
    while undelivered(databases.core) and with_errors < 40:
        carry(made, databases)
        clock.advance(timedelta(hours=1))
        with_errors += 1
    assert seen == [1, 2]
    rows = databases.core.read(
        lambda tx: tx.execute(sa.select(OUTBOX_DELIVERY).order_by(OUTBOX_DELIVERY.c.seq)).all()
    )
    dead = [row for row in rows if row.subscriber == "broken"]
    assert [(row.state, row.attempts, row.last_error) for row in dead] == [
        ("dead", ATTEMPTS, "RuntimeError")
    ] * 2
    assert databases.core.write(lambda tx: revive(tx, dead[0].seq, "broken"))
    assert undelivered(databases.core) == 1


def test_an_event_of_work_that_is_undone_is_never_told(databases: Databases) -> None:
    def work(tx: Any) -> None:
        emit(tx, Hired(1))
        raise LookupError

    with pytest.raises(LookupError):
        databases.core.write(work)
    assert undelivered(databases.core) == 0


def test_two_subscriptions_of_one_name_are_refused(databases: Databases) -> None:
    same = Subscription("s", Hired, "core", lambda tx, event, meta: None)
    with pytest.raises(ValueError, match="same name"):
        dispatcher(databases, same, same)
