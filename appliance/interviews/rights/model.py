"""Requests of a candidate about their own data, the site's terms for them, erasures and their receipts."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

import msgspec

from appliance.kernel.errors import N_, NotFound


class RequestKind(StrEnum):
    """What is asked for. Sources: PIPL art. 24 and 48 (explanation, a person instead of automated decision
    making), 45 (copy), 46 (correction), 47 (erasure); GDPR art. 12, 15 to 17 and 22."""

    EXPLANATION = "explanation"
    HUMAN_INTERVIEW = "human_interview"
    CORRECTION = "correction"
    COPY = "copy"
    ERASURE = "erasure"


class RequestState(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    IN_WORK = "in_work"
    ANSWERED = "answered"


REQUEST_TRANSITIONS: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.RECEIVED: frozenset({RequestState.IN_WORK, RequestState.ANSWERED}),
    RequestState.IN_WORK: frozenset({RequestState.ANSWERED}),
    RequestState.ANSWERED: frozenset(),
}
"""Which state may follow which; who answers at once need not take it into work first."""


class Outcome(StrEnum):
    """How a request was answered."""

    GRANTED = "granted"
    REFUSED = "refused"


class Origin(StrEnum):
    """How a request came in."""

    PAGE = "page"
    LETTER = "letter"
    TELEPHONE = "telephone"
    IN_PERSON = "in_person"


class Identified(StrEnum):
    """How HR made sure that the person is who they say, before personal data leave the house."""

    DOCUMENT = "document"
    CALLED_BACK = "called_back"
    VIDEO = "video"


KIND_LABELS: Mapping[RequestKind, str] = {
    RequestKind.EXPLANATION: N_("Explanation"),
    RequestKind.HUMAN_INTERVIEW: N_("Conversation with a person"),
    RequestKind.CORRECTION: N_("Correction"),
    RequestKind.COPY: N_("Copy of the data"),
    RequestKind.ERASURE: N_("Erasure"),
}
KIND_ICONS: Mapping[RequestKind, str] = {
    RequestKind.EXPLANATION: "message-question",
    RequestKind.HUMAN_INTERVIEW: "user-question",
    RequestKind.CORRECTION: "pencil",
    RequestKind.COPY: "file-download",
    RequestKind.ERASURE: "eraser",
}
STATE_LABELS: Mapping[RequestState, tuple[str, str]] = {
    RequestState.RECEIVED: (N_("Newly received"), "warn"),
    RequestState.IN_WORK: (N_("In work"), "info"),
    RequestState.ANSWERED: (N_("Answered"), "good"),
}
ORIGIN_LABELS: Mapping[Origin, str] = {
    Origin.PAGE: N_("On the candidate's own page"),
    Origin.LETTER: N_("By letter or e-mail"),
    Origin.TELEPHONE: N_("By telephone"),
    Origin.IN_PERSON: N_("In person"),
}
IDENTIFIED_LABELS: Mapping[Identified, str] = {
    Identified.DOCUMENT: N_("Saw an identity document"),
    Identified.CALLED_BACK: N_("Called back on the number in the file"),
    Identified.VIDEO: N_("Recognised in a video call"),
}


class RightsPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The site's terms. A request is answered within `answer_days` working days and never later than a month
    (GDPR art. 12 (3)); the data of people who were not hired are proposed for erasure `keep_months` months
    after the decision. `responsible_id` is the account that new requests go to, empty until one is named."""

    answer_days: int = 15
    keep_months: int = 6
    responsible_id: str = ""
    responsible_name: str = ""
    changed_at: datetime | None = None


class RightsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `receipt` is the number that the person is told; `words` what they wrote, `answer` what they
    were written. `calendar_known` is false where the deadline reaches into a year whose calendar is not
    published yet. `interview_id` is empty when the person was never invited."""

    id: str
    receipt: str
    candidate_id: str
    interview_id: str
    kind: RequestKind
    origin: Origin
    state: RequestState
    language: str
    words: str
    received_at: datetime
    due_on: date
    calendar_known: bool
    responsible_id: str
    responsible_name: str
    outcome: Outcome | None = None
    answer: str = ""
    legal_ground: str = ""
    answered_at: datetime | None = None
    answered_label: str = ""
    held_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to answer."""
        return self.state is not RequestState.ANSWERED

    def overdue(self, today: date) -> bool:
        """Whether the deadline has passed without an answer."""
        return self.open and today > self.due_on

    def may_become(self, state: RequestState) -> bool:
        """Whether the transition table allows it."""
        return state in REQUEST_TRANSITIONS[self.state]


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """The one correction of an answer's transcript. `original` is what the recogniser had written; `share` how
    much was changed (0 to 1)."""

    answer_id: str
    interview_id: str
    original: str
    corrected: str
    share: float
    corrected_at: datetime


class ErasureState(StrEnum):
    """Where an erasure stands: proposed by one, confirmed by another, done by the machine; or declined."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DONE = "done"
    DECLINED = "declined"


ERASURE_TRANSITIONS: Mapping[ErasureState, frozenset[ErasureState]] = {
    ErasureState.PROPOSED: frozenset({ErasureState.CONFIRMED, ErasureState.DECLINED}),
    ErasureState.CONFIRMED: frozenset({ErasureState.DONE}),
    ErasureState.DONE: frozenset(),
    ErasureState.DECLINED: frozenset(),
}
ERASURE_LABELS: Mapping[ErasureState, tuple[str, str]] = {
    ErasureState.PROPOSED: (N_("Waits for a second person"), "warn"),
    ErasureState.CONFIRMED: (N_("Being erased"), "info"),
    ErasureState.DONE: (N_("Erased"), "good"),
    ErasureState.DECLINED: (N_("Not erased"), "calm"),
}


class ErasureCause(StrEnum):
    """Why data are erased."""

    REQUEST = "request"
    RETENTION = "retention"


class DestroyedBlob(msgspec.Struct, frozen=True):
    """A file as it lay in media.db: `sha256` (hex) is over its encrypted bytes, which tells nothing about what
    they meant."""

    id: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure destroyed, without a word of it: rows by table, files, keys. Its SHA-256 (over the JSON
    as stored) stands in the ledger, so that the receipt can be checked against it."""

    candidate_id: str
    rows: Mapping[str, int] = {}
    files: tuple[DestroyedBlob, ...] = ()
    keys: tuple[str, ...] = ()


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """One erasure of one candidate's data. `hired` tells that an employee file exists, which stays."""

    id: str
    receipt: str
    candidate_id: str
    request_id: str
    cause: ErasureCause
    state: ErasureState
    hired: bool
    proposed_at: datetime
    proposed_by: str
    proposed_label: str
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    confirmed_label: str = ""
    done_at: datetime | None = None
    manifest: str = ""
    sha256: str = ""
    reason: str = ""

    def may_become(self, state: ErasureState) -> bool:
        """Whether the transition table allows it."""
        return state in ERASURE_TRANSITIONS[self.state]

    def read_manifest(self) -> Manifest | None:
        """What was destroyed, once it is."""
        return msgspec.json.decode(self.manifest, type=Manifest) if self.manifest else None


class LegalHold(msgspec.Struct, frozen=True, kw_only=True):
    """Data that must not be erased for now, such as evidence in a dispute."""

    candidate_id: str
    reason: str
    placed_at: datetime
    placed_label: str


ERASE = "interviews.erase"
"""Job kind, payload `EraseCandidate`, in core.db: does what two people decided."""

PROPOSE_ERASURES = "interviews.propose_erasures"
"""Job kind, payload `ProposeErasures`, in core.db: once a day, what was kept long enough."""


class EraseCandidate(msgspec.Struct, frozen=True):
    """Payload of `ERASE`."""

    erasure_id: str


class ProposeErasures(msgspec.Struct, frozen=True):
    """Payload of `PROPOSE_ERASURES`: the day it is for, ISO."""

    day: str


class NoRequest(NotFound):
    """There is no such request."""

    default = N_("There is no such request. The list shows all of them.")
