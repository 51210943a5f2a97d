"""Where a person can go, by the job to be done, and what waits for them on the first page."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_, Message


class NavGroup(StrEnum):
    """The jobs to be done, in the order of the navigation."""

    RECRUITING = "recruiting"
    PEOPLE = "people"
    TIME = "time"
    PAY = "pay"
    GROWTH = "growth"
    INSIGHT = "insight"
    SYSTEM = "system"


NAV_GROUP_LABELS: Mapping[NavGroup, str] = {
    NavGroup.RECRUITING: N_("Recruiting"),
    NavGroup.PEOPLE: N_("People"),
    NavGroup.TIME: N_("Time"),
    NavGroup.PAY: N_("Pay"),
    NavGroup.GROWTH: N_("Growth"),
    NavGroup.INSIGHT: N_("Insight"),
    NavGroup.SYSTEM: N_("System"),
}


class NavItem(msgspec.Struct, frozen=True):
    """One entry of the left navigation: under which job to be done it stands and who sees it.

    `label_key` is a msgid; `icon` a Tabler icon name without `ti-`; `order` sorts within the group. An empty
    `permission` means everybody who is signed in.
    """

    group: NavGroup | str
    label_key: str
    path: str
    permission: str
    icon: str
    order: int = 50


class Urgency(StrEnum):
    """How soon somebody should look; orders the cards of the first page."""

    NOW = "now"
    SOON = "soon"
    CALM = "calm"


class WaitingCard(msgspec.Struct, frozen=True):
    """One thing on the first page that waits for this person: a count, what it counts, where to go."""

    title: str | Message
    count: int
    path: str
    icon: str
    text: str | Message = ""
    urgency: Urgency = Urgency.SOON


WaitingCards = Callable[[Actor], list[WaitingCard]]
"""What a room registers: given the reader, the cards that wait for them (none when nothing does)."""


class SearchHit(msgspec.Struct, frozen=True):
    """One find of the search box: what it is called, what it is (a msgid), where it is."""

    title: str
    kind: str
    path: str
    text: str | Message = ""


Searches = Callable[[Actor, str], list[SearchHit]]
"""What a room registers for the search box: given the reader and the text, at most twenty finds."""


class NavLink(msgspec.Struct, frozen=True):
    """A navigation entry as the page shows it."""

    label: str
    path: str
    icon: str
    active: bool


class NavSection(msgspec.Struct, frozen=True):
    """A group of the navigation as the page shows it."""

    label: str
    links: tuple[NavLink, ...]


def sections_for(
    items: list[NavItem], actor: Actor, path: str, translate: Callable[[str], str]
) -> tuple[NavSection, ...]:
    """The navigation of an actor: groups in order, what they may open, the longest match active."""
    visible = [item for item in items if not item.permission or actor.may(item.permission)]
    matching = [
        item.path for item in visible if path == item.path or path.startswith(item.path.rstrip("/") + "/")
    ]
    active = max(matching, key=len, default="")
    sections: list[NavSection] = []
    for group in NavGroup:
        mine = sorted((item for item in visible if str(item.group) == group), key=lambda item: item.order)
        if mine:
            links = tuple(
                NavLink(translate(item.label_key), item.path, item.icon, item.path == active) for item in mine
            )
            sections.append(NavSection(translate(NAV_GROUP_LABELS[group]), links))
    return tuple(sections)
