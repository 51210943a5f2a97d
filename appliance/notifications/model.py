"""What a message is, the states it passes and the settings of the mail server."""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from appliance.kernel.errors import N_

ContextValue: TypeAlias = str | int | bool | list[str] | None
"""A value a mail template may use. Instants are ISO 8601 text with an offset."""


class MessageState(StrEnum):
    """Where a message is on its way."""

    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"
    """The mail server will not take this recipient: somebody has to correct the address."""
    FAILED = "failed"
    """Every attempt failed (server away, login refused): may be sent again by a person."""


MESSAGE_TRANSITIONS: Final[dict[MessageState, frozenset[MessageState]]] = {
    MessageState.QUEUED: frozenset({MessageState.SENT, MessageState.REFUSED, MessageState.FAILED}),
    MessageState.FAILED: frozenset({MessageState.QUEUED}),
    MessageState.REFUSED: frozenset(),
    MessageState.SENT: frozenset(),
}


STATE_LABELS: Final = {
    MessageState.QUEUED: N_("Waiting to be sent"),
    MessageState.SENT: N_("Sent"),
    MessageState.REFUSED: N_("Refused"),
    MessageState.FAILED: N_("Given up"),
}


class Trouble(StrEnum):
    """Why a message is not there yet, without naming anybody."""

    NONE = ""
    SERVER_AWAY = "server_away"
    SERVER_BUSY = "server_busy"
    LOGIN_REFUSED = "login_refused"
    RECIPIENT_REFUSED = "recipient_refused"
    CONTENT_REFUSED = "content_refused"
    ADDRESS_MISSING = "address_missing"
    ADDRESS_INVALID = "address_invalid"
    TEMPLATE_INCOMPLETE = "template_incomplete"
    NOT_CONFIGURED = "not_configured"


class Template(StrEnum):
    """The letters the appliance can write; each has a zh and an en version in text and HTML."""

    INVITATION = "invitation"
    INVITATION_OVER = "invitation_over"
    FIRST_DAY = "first_day"
    OFFER_APPROVED = "offer_approved"
    RIGHTS_REQUEST = "rights_request"
    GENERIC = "generic"


REQUIRED_CONTEXT: Final[dict[Template, frozenset[str]]] = {
    Template.INVITATION: frozenset({"name", "post", "link", "opens_at", "closes_at"}),
    Template.INVITATION_OVER: frozenset({"name", "post", "step", "opens_at", "closes_at"}),
    Template.FIRST_DAY: frozenset({"name", "start_on"}),
    Template.OFFER_APPROVED: frozenset({"name", "post"}),
    Template.RIGHTS_REQUEST: frozenset({"name", "kind", "step", "receipt"}),
    Template.GENERIC: frozenset({"subject", "paragraphs"}),
}
"""Keys without which the letter would have a hole; a request that misses one is refused at once."""


class Recipient(Struct, frozen=True):
    """Whom a letter goes to, as the room that knows the person says."""

    address: str
    name: str = ""


class Message(Struct, frozen=True):
    """A stored message. ``context`` is empty once the letter was sent or refused for good."""

    id: str
    template: Template
    language: str
    recipient_kind: str
    recipient_id: str
    state: MessageState
    trouble: Trouble
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    context: dict[str, ContextValue]


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class MailServer(Struct, frozen=True):
    """The mail server on the LAN. An empty host means that none was configured yet."""

    host: str = ""
    port: int = 25
    security: MailSecurity = MailSecurity.STARTTLS
    sender: str = ""
    sender_name: str = ""
    user: str = ""
    password: str = ""
    timeout_s: float = 20.0

    def __repr__(self) -> str:
        """Host and port alone: a password has no place in a traceback."""
        return f"MailServer({self.host}:{self.port})"
