"""What people add to a report: who may read it for how long, what they noted beside it, and norms of the
trade."""

from datetime import date, datetime

from msgspec import Struct


class Share(Struct, frozen=True, kw_only=True):
    """A report opened to one named account for a limited time. With `rate_first` the scores stay hidden from
    this account until it has rated the answers itself."""

    id: str
    interview_id: str
    account_id: str
    rate_first: bool
    granted_by: str
    granted_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it lets its account in."""
        return self.revoked_at is None and self.ends_at > now


class Wording(Struct, frozen=True):
    """What a comment said from `at` on."""

    text: str
    at: datetime


class Comment(Struct, frozen=True, kw_only=True):
    """A note on a report, or on sentence `sentence` (from 1) of an answer; 0 and an empty `answer_id` mean
    the whole report. `wordings` holds every text it had, the newest last: an edit hides nothing, and a
    comment taken back stays as a mark with its texts."""

    id: str
    interview_id: str
    answer_id: str
    sentence: int
    author_id: str
    author_label: str
    written_at: datetime
    wordings: tuple[Wording, ...]
    withdrawn_at: datetime | None = None

    @property
    def text(self) -> str:
        """The present wording."""
        return self.wordings[-1].text

    @property
    def earlier(self) -> tuple[Wording, ...]:
        """The wordings before it, oldest first."""
        return self.wordings[:-1]


class Quantile(Struct, frozen=True):
    """`percent` per cent of the norm's people have at most `score` (0 to 10)."""

    percent: float
    score: float


class TradeNorm(Struct, frozen=True, kw_only=True):
    """How a competency's scores lie among people outside this house: how many people, as of which day, from
    which source, and at least three quantiles in rising order."""

    competency_id: str
    size: int
    as_of: date
    source: str
    quantiles: tuple[Quantile, ...]


class NormFile(Struct, frozen=True, kw_only=True):
    """An imported file of norms; `sha256` is of the file's bytes."""

    id: str
    name: str
    sha256: str
    norms: tuple[TradeNorm, ...]
    imported_at: datetime
    imported_by: str
