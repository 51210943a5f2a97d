"""What the search box finds in recruiting: candidates by name, e-mail or telephone, openings by title."""

from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_, Message
from appliance.kernel.i18n import current
from appliance.kernel.navigation import SearchHit
from appliance.recruiting.model import STATE_LABELS, CandidateFilter
from appliance.recruiting.service import Recruiting
from appliance.recruiting.showing import OPENING_LABELS

MOST = 20


class RecruitingSearch:
    """Finds only what the reader may open."""

    def __init__(self, recruiting: Recruiting) -> None:
        self._recruiting = recruiting

    def __call__(self, actor: Actor, text: str) -> list[SearchHit]:
        """At most twenty candidates, newest first, and as many openings."""
        hits: list[SearchHit] = []
        if actor.may(Permission.CANDIDATES_READ):
            hits += self._candidates(text)
        if actor.may(Permission.OPENINGS_READ):
            hits += self._openings(text)
        return hits

    def _candidates(self, text: str) -> list[SearchHit]:
        board = self._recruiting.candidates.board(CandidateFilter(text=text), limit=MOST)
        language = current().language
        return [
            SearchHit(
                item.name or item.email,
                N_("Candidate"),
                f"/candidates/{item.id}",
                Message(
                    N_("%(post)s · %(state)s"),
                    {
                        "post": board.openings[item.opening_id].title(language),
                        "state": Message(STATE_LABELS[item.state]),
                    },
                ),
            )
            for item in board.items
        ]

    def _openings(self, text: str) -> list[SearchHit]:
        wanted = text.casefold()
        found = [
            opening
            for opening in self._recruiting.openings.listed()
            if wanted in opening.title_zh.casefold() or wanted in opening.title_en.casefold()
        ]
        return [
            SearchHit(
                opening.title(current().language),
                N_("Opening"),
                f"/openings/{opening.id}",
                OPENING_LABELS[opening.state][0],
            )
            for opening in found[:MOST]
        ]
