"""Asking for a letter, sending it, and what a person may do when it does not arrive."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from appliance.audit import ledger
from appliance.kernel.actor import MACHINE, Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, NotFound
from appliance.kernel.errors import Message as Text
from appliance.kernel.ids import new_id
from appliance.kernel.jobs import enqueue, withdraw
from appliance.kernel.web import Paging
from appliance.notifications import store
from appliance.notifications.compose import LANGUAGES, BadAddress, IncompleteLetter, Letters
from appliance.notifications.model import (
    MESSAGE_TRANSITIONS,
    REQUIRED_CONTEXT,
    STATE_LABELS,
    ContextValue,
    MailServer,
    Message,
    MessageState,
    Recipient,
    Template,
    Trouble,
)
from appliance.notifications.smtp import Delivery, Outcome, deliver

MAIL_JOB: Final = "notifications.mail"
MAIL_ATTEMPTS: Final = 12
"""With back-off this spans a night's maintenance of the mail server."""

RecipientLookup: TypeAlias = Callable[[Transaction, str], Recipient | None]
"""Says whom a letter for this id goes to (reads core.db); None when the person is gone or has no address."""


_ALREADY_OVER: Final = Delivery(Outcome.TAKEN)


class MailJob(Struct, frozen=True):
    """What the job queue knows of a letter: its id."""

    message_id: str


def request_mail(
    tx: Transaction,
    *,
    template: str,
    language: str,
    recipient_kind: str,
    recipient_id: str,
    context: Mapping[str, ContextValue],
) -> str:
    """Ask for a letter in the transaction of the change it tells of (core.db only); returns the message's id.

    ``recipient_kind``/``recipient_id`` ("candidate", "employee") are resolved to an address when the letter
    is sent, by the lookup its room registered with ``Notifications.recipients``; ``context["address"]`` (and
    ``context["name"]``) take precedence for a recipient that no room knows.

    Context by template (instants ISO 8601 with offset under ``*_at``, days ISO under ``*_on``):

    - ``invitation``: name, post, link, opens_at, closes_at; may have minutes (int), questions (int),
      requirements (list of sentences), site, contact, keep_months (int),
      own_date (a link), step (invited, reminder, moved), calendar_uid, calendar_sequence (int).
    - ``invitation_over``: name, post, step (withdrawn, expired), opens_at, closes_at; may have the calendar's
      two: a withdrawn one then cancels the event.
    - ``first_day``: name, start_on; may have post, department, terminal, site, contact.
    - ``offer_approved``: name, post; may have start_on, site, contact.
    - ``rights_request``: name, kind, step (received, in_work, granted, refused, erased), receipt; may have
      due_on, responsible, answer, legal_ground, link.
    - ``generic``: subject, paragraphs (list of sentences).

    Raises ``ValueError`` for an unknown template or language or a missing key: a fault of the caller's code.
    """
    letter = Template(template)
    if language not in LANGUAGES:
        raise ValueError(f"no letters in language {language!r}")
    missing = REQUIRED_CONTEXT[letter] - context.keys()
    if missing:
        raise ValueError(f"a letter {letter.value} needs {', '.join(sorted(missing))}")
    message_id = new_id()
    store.add(
        tx,
        message_id,
        template=letter,
        language=language,
        recipient_kind=recipient_kind,
        recipient_id=recipient_id,
        context=dict(context),
    )
    enqueue(
        tx,
        MAIL_JOB,
        MailJob(message_id),
        unique_key=f"mail:{message_id}",
        max_attempts=MAIL_ATTEMPTS,
        subject=f"message:{message_id}",
    )
    return message_id


def message_state(tx: Transaction, message_id: str) -> Message | None:
    """A message as it stands; None where it was removed with its recipient (core.db)."""
    return store.find(tx, message_id)


def forget_recipient(tx: Transaction, recipient_kind: str, recipient_id: str) -> int:
    """Remove every letter to a person whose data are erased, sent or not, and the jobs that would send them;
    how many letters there were (core.db)."""
    letters = store.forget(tx, recipient_kind, recipient_id)
    withdraw(tx, [f"message:{message_id}" for message_id in letters])
    return len(letters)


class Attempt(Struct, frozen=True):
    """What one attempt came to, for the job that made it."""

    delivery: Delivery
    number: int
    """Which attempt at this letter it was, from 1."""
    settle: Callable[[Transaction], None] | None
    """Writes the final state; None while the letter keeps waiting for another attempt."""


class Notifications:
    """The letters of the site."""

    def __init__(self, core: Database, clock: Clock, server: MailServer) -> None:
        self._core = core
        self._clock = clock
        self._letters = Letters(clock.zone)
        self._server = server
        self._lookups: dict[str, RecipientLookup] = {}

    def recipients(self, kind: str, lookup: RecipientLookup) -> None:
        """Let a room say whom letters of this recipient kind go to; called once by its wiring."""
        if kind in self._lookups:
            raise ValueError(f"recipients of kind {kind} are already known")
        self._lookups[kind] = lookup

    def message(self, message_id: str) -> Message:
        """One message. Raises ``NotFound``."""
        return self._core.read(lambda tx: _required(tx, message_id))

    def messages(
        self, *, state: MessageState | None, template: Template | None, page: int, size: int
    ) -> tuple[list[Message], int]:
        """A page of messages, newest first (``page`` counts from 1), and their total."""
        return self._core.read(
            lambda tx: store.page(
                tx, state=state, template=template, offset=Paging(page, size).offset, limit=size
            )
        )

    def attempt(self, message_id: str) -> Attempt:
        """Try to hand the letter to the mail server once. Never raises for what the server or the address
        does.

        SMTP has no transaction with us: should the machine stop between the server's reply and our commit,
        the letter goes out again under the same Message-ID, which mail programs show once.
        """
        message = self.message(message_id)
        number = message.attempts + 1
        if message.state is not MessageState.QUEUED:
            return Attempt(_ALREADY_OVER, message.attempts, lambda tx: None)
        delivery = self._deliver(message)
        state = _state_after(delivery, number)
        if state is MessageState.QUEUED:
            self._core.write(
                lambda tx: store.set_state(
                    tx, message.id, state, trouble=delivery.trouble, attempts=number, wipe=False
                )
            )
            return Attempt(delivery, number, None)
        return Attempt(delivery, number, _settled(message, state, delivery, number))

    def read_over(self, template: str, language: str, context: Mapping[str, ContextValue]) -> tuple[str, str]:
        """Subject and text of a letter as it would be written now; nothing is stored or sent."""
        message = Message(
            id="preview",
            template=Template(template),
            language=language,
            recipient_kind="",
            recipient_id="",
            state=MessageState.QUEUED,
            trouble=Trouble.NONE,
            attempts=0,
            created_at=self._clock.now(),
            sent_at=None,
            context=dict(context),
        )
        return self._letters.read_over(message)

    def in_trouble(self, queued_before: datetime) -> int:
        """How many letters were refused, given up, or have waited since before the instant."""
        return self._core.read(lambda tx: store.count_in_trouble(tx, queued_before=queued_before))

    def settle(self, work: Callable[[Transaction], None]) -> None:
        """Write the end of a letter that did not arrive."""
        self._core.write(work)

    def send_again(self, actor: Actor, message_id: str) -> None:
        """Put a letter that was given up back in the queue. Raises ``NotFound``, ``Conflict``."""

        def work(tx: Transaction) -> None:
            message = _required(tx, message_id)
            if MessageState.QUEUED not in MESSAGE_TRANSITIONS[message.state]:
                raise Conflict(
                    N_("This message is %(state)s and cannot be sent again; write a new one."),
                    state=Text(STATE_LABELS[message.state]),
                )
            store.set_state(tx, message.id, MessageState.QUEUED, trouble=Trouble.NONE, attempts=0, wipe=False)
            enqueue(
                tx, MAIL_JOB, MailJob(message.id), max_attempts=MAIL_ATTEMPTS, subject=f"message:{message.id}"
            )
            ledger.record(tx, actor, "message.sent_again", f"message:{message.id}", {})

        self._core.write(work)

    def _deliver(self, message: Message) -> Delivery:
        recipient = self._recipient(message)
        if recipient is None or not recipient.address:
            return Delivery(Outcome.NEVER, Trouble.ADDRESS_MISSING)
        try:
            sender = Recipient(self._server.sender, self._server.sender_name)
            letter = self._letters.write(message, recipient, sender)
        except BadAddress:
            return Delivery(Outcome.NEVER, Trouble.ADDRESS_INVALID)
        except IncompleteLetter:
            return Delivery(Outcome.NEVER, Trouble.TEMPLATE_INCOMPLETE)
        return deliver(self._server, letter)

    def _recipient(self, message: Message) -> Recipient | None:
        address, name = message.context.get("address"), message.context.get("name")
        if isinstance(address, str):
            return Recipient(address, name if isinstance(name, str) else "")
        lookup = self._lookups.get(message.recipient_kind)
        return None if lookup is None else self._core.read(lambda tx: lookup(tx, message.recipient_id))


def _state_after(delivery: Delivery, number: int) -> MessageState:
    """Taken: sent. Refused for good: refused. Otherwise it waits until its attempts are used up."""
    if delivery.outcome is Outcome.TAKEN:
        return MessageState.SENT
    if delivery.outcome is Outcome.NEVER:
        return MessageState.REFUSED
    return MessageState.QUEUED if number < MAIL_ATTEMPTS else MessageState.FAILED


def _settled(
    message: Message, state: MessageState, delivery: Delivery, attempt: int
) -> Callable[[Transaction], None]:
    """Writes the end of a message's way; a letter that is over keeps neither its link nor its address."""

    def work(tx: Transaction) -> None:
        store.set_state(
            tx,
            message.id,
            state,
            trouble=delivery.trouble,
            attempts=attempt,
            wipe=state is not MessageState.FAILED,
        )
        details = {"template": message.template.value, "trouble": delivery.trouble.value, "attempts": attempt}
        ledger.record(tx, MACHINE, f"message.{state.value}", f"message:{message.id}", details)

    return work


def _required(tx: Transaction, message_id: str) -> Message:
    message = store.find(tx, message_id)
    if message is None:
        raise NotFound(N_("There is no message %(id)s."), id=message_id)
    return message
