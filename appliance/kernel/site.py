"""The site as the rooms see it while it is put together: what they stand on, and where they hang up theirs."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import Clock
from appliance.kernel.databases import Databases
from appliance.kernel.jobs import JobRegistry
from appliance.kernel.keys import KeyRing
from appliance.kernel.metrics import Metrics
from appliance.kernel.naming import Names
from appliance.kernel.navigation import NavItem, Searches, WaitingCards
from appliance.kernel.outbox import Subscription

if TYPE_CHECKING:
    from appliance.settings import Settings
    from inference.engines import Engines


@dataclass
class Site:
    """Handed to every room's `wire`: the shared parts to take, the registries to fill."""

    settings: "Settings"
    databases: Databases
    clock: Clock
    keys: KeyRing
    blobs: BlobStore
    engines: "Engines"
    metrics: Metrics
    jobs: JobRegistry = field(default_factory=JobRegistry)
    subscriptions: list[Subscription] = field(default_factory=list)
    routes: list[Any] = field(default_factory=list)
    terminal_routes: list[Any] = field(default_factory=list)
    services: dict[str, object] = field(default_factory=dict)
    nav_items: list[NavItem] = field(default_factory=list)
    waiting: list[WaitingCards] = field(default_factory=list)
    searches: list[Searches] = field(default_factory=list)
    names: list[Names] = field(default_factory=list)

    def subscribe(self, subscription: Subscription) -> None:
        """Ask to be told of an event."""
        self.subscriptions.append(subscription)

    def route(self, *handlers: Any) -> None:
        """Serve these handlers or routers to people and scripts."""
        self.routes.extend(handlers)

    def terminal_route(self, *handlers: Any) -> None:
        """Serve these on the terminals' own port."""
        self.terminal_routes.extend(handlers)

    def provide(self, name: str, service: object) -> None:
        """Hand this service to every handler that has a parameter called `name`."""
        if name in self.services:
            raise ValueError(f"two services want to be called {name}")
        self.services[name] = service

    def navigation(self, item: NavItem) -> None:
        """Add an entry to the left navigation."""
        self.nav_items.append(item)

    def waiting_card(self, cards: WaitingCards) -> None:
        """Ask this, with the actor, what waits for them; it answers a list of `WaitingCard`."""
        self.waiting.append(cards)

    def search(self, search: Searches) -> None:
        """Ask this, with the actor and the words typed, what the search box finds."""
        self.searches.append(search)

    def name_parties(self, names: Names) -> None:
        """Ask this for the name behind the label of whoever acted."""
        self.names.append(names)
