"""The first page (what waits for you) and the search box."""

from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter

from appliance.identity.permissions import signed_in
from appliance.kernel.navigation import SearchHit, Urgency, WaitingCard
from appliance.kernel.web import Web, WebRequest, page, translator_of

LONGEST_QUERY = 100
HITS = 60


@get("/", guards=[signed_in()], include_in_schema=False, sync_to_thread=True)
def home(request: WebRequest) -> Response[str]:
    """What waits for this person, the most urgent first."""
    web: Web = request.app.state.web
    cards: list[WaitingCard] = [card for cards in web.waiting for card in cards(request.user) if card.count]
    order = list(Urgency)
    cards.sort(key=lambda card: order.index(card.urgency))
    return page(request, "identity/home.html", cards=cards)


@get("/search", guards=[signed_in()], include_in_schema=False, sync_to_thread=True)
def search(request: WebRequest, text: Annotated[str, QueryParameter(name="q")] = "") -> Response[str]:
    """What the rooms find for the text, only what the reader may see."""
    web: Web = request.app.state.web
    text = text.strip()[:LONGEST_QUERY]
    hits: list[SearchHit] = []
    if text:
        with translator_of(request).active():
            hits = [hit for find in web.searches for hit in find(request.user, text)][:HITS]
    return page(request, "identity/search.html", hits=hits, text=text)
