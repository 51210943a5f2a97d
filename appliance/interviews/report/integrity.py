"""What happened beside the words, on one line of time: context for a reader, never a verdict."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from appliance.kernel.db import Transaction


@runtime_checkable
class Timelines(Protocol):
    """The integrity events of an interview, for `interviews/integrity/_timeline.html`; `words` is what that
    template calls them (its `timeline_words`)."""

    words: Any

    def timeline(self, tx: Transaction, interview_id: str) -> Any:
        """What that template shows."""
        ...


class ObservedInReport:
    """No events beside those that the report itself holds (`observed`)."""

    words: Any = None

    def timeline(self, tx: Transaction, interview_id: str) -> Sequence[object]:
        return ()
