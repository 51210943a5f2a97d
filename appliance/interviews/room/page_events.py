"""What the candidate's page notices while a question is answered: leaving the page, pasting, another device.

Context for a person and never a verdict; the notice tells the candidate. Of a pasted text the length is kept,
never the text.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.interviews.room import store as room_store
from appliance.interviews.room.door import Key
from appliance.interviews.room.service import Room
from appliance.interviews.room.store import StoredPageEvent
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Invalid

MOST_EVENTS = 200
"""Events kept of one answer; whoever makes more is not described any better by them."""
MOST_AT_ONCE = 50
_LONGEST_MS = 7 * 86_400_000
_MOST_CHARACTERS = 1_000_000

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_MS)]


class PageEventKind(StrEnum):
    """What was noticed."""

    LEFT_PAGE = "left_page"
    PASTED = "pasted"
    DEVICE_CHANGED = "device_changed"


class PageEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event as the page sends it. `at_ms` is the place in a spoken answer (time recorded so far, 0 while the
    candidate still thinks; a further event of a kind at one place is a millisecond later), and in a written one
    the time since the question was shown. `length_ms` is how long the page was left, `characters` how much was
    pasted."""

    kind: PageEventKind
    question: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    at_ms: Milliseconds
    length_ms: Milliseconds = 0
    characters: Annotated[int, msgspec.Meta(ge=0, le=_MOST_CHARACTERS)] = 0

    @property
    def amount(self) -> int:
        """Milliseconds for leaving, characters for pasting, 0 otherwise."""
        if self.kind is PageEventKind.LEFT_PAGE:
            return self.length_ms
        return self.characters if self.kind is PageEventKind.PASTED else 0


class PageEventBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page has noticed since it last told."""

    events: Annotated[list[PageEvent], msgspec.Meta(max_length=MOST_AT_ONCE)]


class PageEvents:
    """Keeps what the page notices, for the timeline of the answer."""

    def __init__(self, core: Database, room: Room) -> None:
        self._core = core
        self._room = room

    def keep(self, key: Key, events: list[PageEvent]) -> None:
        """Store the events; those sent before, and those above `MOST_EVENTS` of an answer, are left out.

        Raises `Invalid` for a question that is not of this interview (then nothing is stored), the link's
        errors and `OtherDevice`.
        """

        def work(tx: Transaction) -> None:
            visit = self._room.here_in(tx, key)
            left: dict[str, int] = {}
            for event in events:
                if visit.question(event.question) is None and visit.answer_to(event.question) is None:
                    raise Invalid({"question": N_("This question does not belong to your interview.")})
                if event.question not in left:
                    stored = room_store.count_page_events(tx, visit.interview.id, event.question)
                    left[event.question] = MOST_EVENTS - stored
                if left[event.question] <= 0:
                    continue
                left[event.question] -= 1
                answer = visit.answer_to(event.question)
                kept = StoredPageEvent(
                    question_id=event.question,
                    take=answer.take if answer else 1,
                    kind=event.kind,
                    at_ms=event.at_ms,
                    amount=event.amount,
                    received_at=tx.now,
                )
                room_store.add_page_event(tx, visit.interview.id, kept)

        self._core.write(work)
