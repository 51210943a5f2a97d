"""What of recruiting waits for a person, for the first page."""

from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_
from appliance.kernel.navigation import Urgency, WaitingCard
from appliance.recruiting.model import CandidateState
from appliance.recruiting.service import Recruiting


class RecruitingCards:
    """Cards by what the reader may do."""

    def __init__(self, recruiting: Recruiting) -> None:
        self._recruiting = recruiting

    def __call__(self, actor: Actor) -> list[WaitingCard]:
        """The cards with something in them."""
        cards: list[WaitingCard] = []
        if actor.may(Permission.CANDIDATES_DECIDE):
            counts = self._recruiting.candidates.counts()
            decide = counts.get(CandidateState.assessed, 0) + counts.get(CandidateState.second_round, 0)
            cards = [
                WaitingCard(
                    N_("New candidates"),
                    counts["new"],
                    "/candidates?state=new",
                    "user-plus",
                    N_("Nobody has opened their files yet."),
                ),
                WaitingCard(
                    N_("Candidates to decide about"),
                    decide,
                    "/candidates?state=waiting",
                    "gavel",
                    N_("The report is there; a person decides."),
                    urgency=Urgency.NOW,
                ),
                WaitingCard(
                    N_("Resumes that could not be read"),
                    counts["trouble"],
                    "/candidates?state=trouble",
                    "file-alert",
                    N_("Add another file or the text by hand."),
                    urgency=Urgency.NOW,
                ),
            ]
        if actor.may(Permission.OFFERS_APPROVE):
            offers = [offer for offer, _ in self._recruiting.offers.waiting() if offer.made_by != actor.id]
            cards.append(
                WaitingCard(
                    N_("Offers to approve"),
                    len(offers),
                    "/approvals",
                    "file-certificate",
                    N_("Written by somebody else; you are the second person."),
                    urgency=Urgency.NOW,
                )
            )
        return [card for card in cards if card.count]
