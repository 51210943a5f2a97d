"""The board's filters, kept in the address."""

from urllib.parse import urlencode

from msgspec import Struct

from appliance.kernel.errors import N_
from appliance.recruiting.model import STATE_LABELS, CandidateFilter, CandidateState

STATES = frozenset(state.value for state in CandidateState)
SPECIAL = {"new": N_("New"), "waiting": N_("Waiting for a person"), "trouble": N_("Went wrong")}


class BoardQuery(Struct, frozen=True, kw_only=True):
    """The address's parameters; ``state`` is a state or ``new``, ``waiting``, ``trouble``."""

    text: str = ""
    state: str = ""
    opening: str = ""
    order: str = "newest"

    def wanted(self) -> CandidateFilter:
        """What the list is asked for; parameters that mean nothing filter nothing."""
        return CandidateFilter(
            state=CandidateState(self.state) if self.state in STATES else None,
            opening_id=self.opening,
            text=self.text.strip()[:80],
            only_new=self.state == "new",
            waiting=self.state == "waiting",
            trouble=self.state == "trouble",
            order="score" if self.order == "score" else "newest",
        )

    def address(self, **changes: str) -> str:
        """The list's address with other parameters."""
        values = {"q": self.text, "state": self.state, "opening": self.opening, "order": self.order} | changes
        kept = {
            name: value for name, value in values.items() if value and (name, value) != ("order", "newest")
        }
        return "/candidates" + (f"?{urlencode(kept)}" if kept else "")


def chips(query: BoardQuery, counts: dict[str, int]) -> list[tuple[str, str, bool, int]]:
    """For ``ui.filters``: label (a msgid), address, chosen, count; states without anybody are left out."""
    found = [(N_("All"), query.address(state=""), query.state == "", counts["all"])]
    for name, label in SPECIAL.items():
        found.append((label, query.address(state=name), query.state == name, counts.get(name, 0)))
    for state in CandidateState:
        if counts.get(state.value) or query.state == state.value:
            chosen = query.state == state.value
            label = STATE_LABELS[state]
            found.append((label, query.address(state=state.value), chosen, counts.get(state.value, 0)))
    return found
