"""What this room asks of recruiting about a candidate."""

from typing import Protocol

import msgspec

from appliance.kernel.actor import Actor
from appliance.kernel.db import Transaction


class CandidateBrief(msgspec.Struct, frozen=True):
    """What an invitation needs to know of a candidate."""

    candidate_id: str
    opening_id: str
    name: str
    post_zh: str
    post_en: str
    has_address: bool

    def post(self, language: str) -> str:
        """The post's name for a reader."""
        return (self.post_en or self.post_zh) if language == "en" else (self.post_zh or self.post_en)


class CandidateDesk(Protocol):
    """What this room asks of recruiting, inside the caller's transaction on core.db."""

    def brief(self, tx: Transaction, candidate_id: str) -> CandidateBrief:
        """Raises `NotFound`."""
        ...

    def mark_invited(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        """Raises `Conflict` when the candidate's state does not allow it."""
        ...

    def mark_interviewing(self, tx: Transaction, actor: Actor, candidate_id: str) -> None: ...

    def mark_interviewed(self, tx: Transaction, actor: Actor, candidate_id: str) -> None: ...
