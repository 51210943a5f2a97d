"""Commands: what a terminal was asked to do, and what became of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from appliance.kernel.errors import N_


class CommandKind(StrEnum):
    """What a terminal can be asked for. Shell, file and firmware commands are not offered to anybody."""

    UPDATE_USER = "update_user"
    UPDATE_PHOTO = "update_photo"
    DELETE_USER = "delete_user"
    CHECK = "check"
    INFO = "info"
    QUERY_PUNCHES = "query_punches"
    QUERY_USERS = "query_users"
    VERIFY_SUM = "verify_sum"
    REBOOT = "reboot"


COMMAND_LABELS: Final[Mapping[CommandKind, str]] = {
    CommandKind.UPDATE_USER: N_("Send person"),
    CommandKind.UPDATE_PHOTO: N_("Send face photo"),
    CommandKind.DELETE_USER: N_("Remove person"),
    CommandKind.CHECK: N_("Upload what is new"),
    CommandKind.INFO: N_("Tell about itself"),
    CommandKind.QUERY_PUNCHES: N_("Send punches again"),
    CommandKind.QUERY_USERS: N_("Send its list of people"),
    CommandKind.VERIFY_SUM: N_("Count punches"),
    CommandKind.REBOOT: N_("Restart"),
}

BY_HAND: Final = frozenset(
    {
        CommandKind.CHECK,
        CommandKind.INFO,
        CommandKind.QUERY_PUNCHES,
        CommandKind.QUERY_USERS,
        CommandKind.VERIFY_SUM,
        CommandKind.REBOOT,
    }
)
"""What a person may queue; people are put on terminals by being hired and removed by leaving."""

WITH_SPAN: Final = frozenset({CommandKind.QUERY_PUNCHES, CommandKind.VERIFY_SUM})

ONCE_ONLY: Final = frozenset({CommandKind.REBOOT})
"""Not to be offered a second time: doing it twice is not the same as doing it once."""


class CommandState(StrEnum):
    """Life of a command."""

    QUEUED = "queued"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_S = CommandState
COMMAND_TRANSITIONS: Final[Mapping[CommandState, frozenset[CommandState]]] = {
    # Queued again for a retry, it may still get the answer to an earlier offer.
    _S.QUEUED: frozenset({_S.SENT, _S.DONE, _S.FAILED, _S.EXPIRED, _S.CANCELLED}),
    # Sent again after a timeout; queued again after a failure of the moment.
    _S.SENT: frozenset({_S.SENT, _S.QUEUED, _S.DONE, _S.FAILED, _S.EXPIRED, _S.CANCELLED}),
    # A late answer is still an answer.
    _S.EXPIRED: frozenset({_S.DONE, _S.FAILED}),
    _S.DONE: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}

COMMAND_STATE_LABELS: Final[Mapping[CommandState, str]] = {
    _S.QUEUED: N_("Waits for the terminal to ask"),
    _S.SENT: N_("Handed out, no answer yet"),
    _S.DONE: N_("Done"),
    _S.FAILED: N_("Failed"),
    _S.EXPIRED: N_("Never answered, not repeated"),
    _S.CANCELLED: N_("Withdrawn"),
}

OPEN_STATES: Final = (CommandState.QUEUED, CommandState.SENT)


class Trouble(StrEnum):
    """Why a command failed without a return code of the terminal."""

    NO_ANSWER = "no_answer"
    NO_CODE = "no_code"
    PHOTO_GONE = "photo_gone"


class Command(Struct, frozen=True, kw_only=True):
    """One command; ``number`` is its id on the wire, rising by one at each terminal.

    A command names its person by id and PIN; name, card and photo are put in when it is handed out, so that
    they are kept in one place and in the encoding the terminal has by then.
    """

    terminal_key: int
    number: int
    kind: CommandKind
    pin: str
    employee_id: str | None
    photo_blob_id: str | None
    start_local: str
    end_local: str
    state: CommandState
    created_at: datetime
    due_at: datetime | None
    expires_at: datetime | None
    offers: int
    sent_at: datetime | None
    answered_at: datetime | None
    return_code: int | None
    trouble: str
    answer: bytes | None
    retries: int
