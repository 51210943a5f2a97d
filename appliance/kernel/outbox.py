"""Events between rooms: written with the change, delivered at least once, taken by each subscriber once.

An event lies in the outbox of the file whose change it tells. Delivering it runs the subscriber's work in one
transaction on the subscriber's own file, together with an inbox row; a second delivery finds the row and does
nothing. So nothing is lost when the machine stops anywhere in between, and nothing happens twice.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import StorageFull, StorageUnavailable
from appliance.kernel.ids import new_id
from appliance.kernel.jobs import BACKOFF, POLL_S
from appliance.kernel.log import logger, told
from appliance.kernel.schema import INBOX, OUTBOX, OUTBOX_DELIVERY

ATTEMPTS = 8
BATCH = 50


class EventMeta(NamedTuple):
    """Which event this is and when it happened."""

    event_id: str
    occurred_at: datetime


@dataclass(frozen=True)
class Subscription:
    """One subscriber: `handle` runs inside one write transaction on the file `database`."""

    name: str
    event_type: type[msgspec.Struct]
    database: str
    handle: Callable[[Transaction, Any, EventMeta], None]


def emit(tx: Transaction, event: msgspec.Struct) -> None:
    """Write the event in the caller's transaction; it is delivered after the commit."""
    tx.execute(
        sa.insert(OUTBOX),
        {
            "event_id": new_id(),
            "kind": type(event).__name__,
            "payload": msgspec.json.encode(event),
            "occurred_at": to_text(tx.now),
        },
    )
    tx.after_commit(tx.database.events_written)


def revive(tx: Transaction, seq: int, subscriber: str) -> bool:
    """Try a dead delivery again; False when it is not dead."""
    changed = tx.execute(
        sa.update(OUTBOX_DELIVERY)
        .where(
            OUTBOX_DELIVERY.c.seq == seq,
            OUTBOX_DELIVERY.c.subscriber == subscriber,
            OUTBOX_DELIVERY.c.state == "dead",
        )
        .values(state="waiting", attempts=0, next_at=to_text(tx.now))
    )
    tx.after_commit(tx.database.events_written)
    return changed.rowcount == 1


class Dispatcher:
    """Carries events from every file's outbox to their subscribers, in order per file and subscriber."""

    def __init__(self, databases: Sequence[Database], subscriptions: Sequence[Subscription]) -> None:
        self._databases = {database.name: database for database in databases}
        self._by_name = {subscription.name: subscription for subscription in subscriptions}
        if len(self._by_name) != len(subscriptions):
            raise ValueError("two subscriptions carry the same name")
        self._stopping = threading.Event()
        self._wakes = {name: threading.Event() for name in self._databases}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start one carrier thread a file."""
        for name, database in self._databases.items():
            database.events_written = self._wakes[name].set
            thread = threading.Thread(
                target=self._run, args=(database, self._wakes[name]), name=f"outbox-{name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Finish the delivery under way and stop."""
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        for thread in self._threads:
            thread.join()

    def _run(self, database: Database, wake: threading.Event) -> None:
        while not self._stopping.is_set():
            wake.clear()
            try:
                busy = self.carry(database)
            except Exception as error:
                logger(database=database.name, **told(error)).error("outbox.stopped_for_a_moment")
                busy = False
            if not busy:
                wake.wait(POLL_S)

    def carry(self, database: Database) -> bool:
        """Fan out new events, then deliver what is due; True when anything was done."""
        fanned = database.read(_any_new) and database.write(self._fan_out)
        due = database.read(_due)
        for row in due:
            if self._stopping.is_set():
                break
            self._deliver(database, row)
        return bool(fanned or due)

    def _fan_out(self, tx: Transaction) -> int:
        new = tx.execute(
            sa.select(OUTBOX.c.seq, OUTBOX.c.kind).where(OUTBOX.c.fanned_out == 0).limit(BATCH)
        ).all()
        for row in new:
            for subscription in self._by_name.values():
                if subscription.event_type.__name__ == row.kind:
                    delivery = {"seq": row.seq, "subscriber": subscription.name, "state": "waiting"}
                    tx.execute(sa.insert(OUTBOX_DELIVERY), {**delivery, "next_at": to_text(tx.now)})
            tx.execute(sa.update(OUTBOX).where(OUTBOX.c.seq == row.seq).values(fanned_out=1))
        return len(new)

    def _deliver(self, source: Database, row: Any) -> None:
        subscription = self._by_name.get(row.subscriber)
        if subscription is None:
            self._settle(source, row, error="this release has no such subscriber", attempts=ATTEMPTS)
            return
        event = msgspec.json.decode(row.payload, type=subscription.event_type)
        meta = EventMeta(row.event_id, from_text(row.occurred_at))

        def receive(tx: Transaction) -> None:
            if _receive_once(tx, row.event_id, subscription.name):
                subscription.handle(tx, event, meta)

        try:
            self._databases[subscription.database].write(receive)
        except (StorageUnavailable, StorageFull):
            raise  # the disk's trouble, not the subscriber's: no attempt is used up, and the carrier pauses
        except Exception as error:
            logger(subscriber=subscription.name, **told(error)).error("delivery.failed", delivery=row.seq)
            self._settle(source, row, error=type(error).__name__, attempts=row.attempts + 1)
        else:
            self._settle(source, row)

    def _settle(self, source: Database, row: Any, *, error: str = "", attempts: int = 0) -> None:
        def settle(tx: Transaction) -> None:
            values: dict[str, Any] = {"state": "done", "last_error": ""}
            if error:
                delay = BACKOFF[min(attempts, len(BACKOFF)) - 1]
                values = {
                    "state": "dead" if attempts >= ATTEMPTS else "waiting",
                    "attempts": attempts,
                    "last_error": error,
                    "next_at": to_text(tx.now + delay),
                }
            key = (OUTBOX_DELIVERY.c.seq == row.seq, OUTBOX_DELIVERY.c.subscriber == row.subscriber)
            tx.execute(sa.update(OUTBOX_DELIVERY).where(*key).values(**values))

        source.write(settle)


def _receive_once(tx: Transaction, event_id: str, subscriber: str) -> bool:
    """Note the event in the inbox; False when it was received before."""
    known = tx.execute(
        sa.select(INBOX.c.event_id).where(INBOX.c.event_id == event_id, INBOX.c.subscriber == subscriber)
    ).first()
    if known is not None:
        return False
    tx.execute(
        sa.insert(INBOX), {"event_id": event_id, "subscriber": subscriber, "received_at": to_text(tx.now)}
    )
    return True


def _any_new(tx: Transaction) -> bool:
    return tx.execute(sa.select(OUTBOX.c.seq).where(OUTBOX.c.fanned_out == 0).limit(1)).first() is not None


def _due(tx: Transaction) -> Sequence[Any]:
    """Deliveries to make now, oldest first; one that waits for its retry holds back its subscriber's later ones."""
    delivery, blocked = OUTBOX_DELIVERY, OUTBOX_DELIVERY.alias()
    now = to_text(tx.now)
    earlier_waits = sa.exists().where(
        blocked.c.subscriber == delivery.c.subscriber,
        blocked.c.state == "waiting",
        blocked.c.seq < delivery.c.seq,
        blocked.c.next_at > now,
    )
    return tx.execute(
        sa.select(delivery, OUTBOX.c.event_id, OUTBOX.c.payload, OUTBOX.c.occurred_at)
        .join(OUTBOX, OUTBOX.c.seq == delivery.c.seq)
        .where(delivery.c.state == "waiting", delivery.c.next_at <= now, sa.not_(earlier_waits))
        .order_by(delivery.c.seq)
        .limit(BATCH)
    ).all()


def undelivered(database: Database) -> int:
    """Events and deliveries that still wait; zero when the file has nothing more to tell."""

    def count(tx: Transaction) -> int:
        new = tx.execute(sa.select(sa.func.count()).where(OUTBOX.c.fanned_out == 0)).scalar_one()
        waiting = sa.select(sa.func.count()).where(OUTBOX_DELIVERY.c.state == "waiting")
        return int(new) + int(tx.execute(waiting).scalar_one())

    return database.read(count)
