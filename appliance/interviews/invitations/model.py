"""Nouns of inviting many at once."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.kernel.errors import N_

MOST_AT_ONCE = 500
"""Candidates in one batch."""
OWN_LANGUAGE = "own"
"""Each letter in the language its candidate used before: in an earlier interview, else on the resume."""
INVITE_ONE = "interviews.invite_one"
"""Job kind, payload `InviteOne`, in core.db: one candidate of a batch."""


class InviteOne(msgspec.Struct, frozen=True):
    """Payload of `INVITE_ONE`."""

    batch_id: str
    candidate_id: str


class Outcome(StrEnum):
    """How it went with one candidate of a batch."""

    WAITING = "waiting"
    INVITED = "invited"
    ALREADY_INVITED = "already_invited"
    NO_ADDRESS = "no_address"
    WRONG_STATE = "wrong_state"
    TOO_LATE = "too_late"
    """The window was over before it was the candidate's turn: the machine stood still."""
    GONE = "gone"


OUTCOMES: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.WAITING: (N_("Will be invited"), "info", ""),
    Outcome.INVITED: (N_("Invited"), "good", ""),
    Outcome.ALREADY_INVITED: (
        N_("Already invited"),
        "calm",
        N_("The open invitation was left as it is. Move its window on the interview's page if need be."),
    ),
    Outcome.NO_ADDRESS: (
        N_("Without an address"),
        "warn",
        N_("Enter the e-mail address on the candidate's page, then invite."),
    ),
    Outcome.WRONG_STATE: (
        N_("Not at this step"),
        "calm",
        N_("Only screened candidates are invited; the candidate's page says where they stand."),
    ),
    Outcome.TOO_LATE: (
        N_("Window was over"),
        "warn",
        N_("The machine stood still until the window had closed. Invite again with a later one."),
    ),
    Outcome.GONE: (N_("Erased"), "calm", N_("This person's data were erased; there is nobody to invite.")),
}
"""Label, tone and way out."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Many invitations asked for at once. `language` is `zh`, `en` or `OWN_LANGUAGE`."""

    id: str
    opening_id: str
    window_start: datetime
    window_end: datetime
    language: str
    total: int
    created_at: datetime
    created_by: str
    created_label: str


class BatchLine(msgspec.Struct, frozen=True):
    """One candidate of a batch; `interview_id` of the interview made, or of the one that was open already."""

    candidate_id: str
    outcome: Outcome
    interview_id: str | None = None


class NamedLine(msgspec.Struct, frozen=True):
    """A line with what its candidate is called; empty where they are gone."""

    line: BatchLine
    name: str


class BatchProgress(msgspec.Struct, frozen=True):
    """How far a batch is."""

    batch: Batch
    lines: tuple[NamedLine, ...]

    def count(self, outcome: Outcome) -> int:
        """How many candidates this came of."""
        return sum(one.line.outcome is outcome for one in self.lines)

    @property
    def done(self) -> int:
        """How many are settled; who was erased since counts as settled."""
        return self.batch.total - self.count(Outcome.WAITING)

    @property
    def share_done(self) -> float:
        """From 0 to 1."""
        return self.done / self.batch.total if self.batch.total else 1.0
