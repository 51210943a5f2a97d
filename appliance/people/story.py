"""An employee's timeline: ledger rows told in the reader's words."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from msgspec import Struct

from appliance.kernel.clock import from_text
from appliance.kernel.errors import N_
from appliance.kernel.i18n import _, current

_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "employee.created": (N_("File opened"), "folder-plus"),
    "employee.activated": (N_("First day worked, active"), "login"),
    "employee.card_assigned": (N_("Card handed out"), "id-badge-2"),
    "employee.leaving": (N_("Leaving noted"), "door-exit"),
    "employee.left": (N_("Employment ended"), "logout"),
    "onboarding.pay_record": (N_("Pay record opened"), "cash"),
    "onboarding.terminals": (N_("Known to all terminals"), "fingerprint"),
}


class StoryItem(Struct, frozen=True):
    """One entry of the timeline."""

    at: datetime
    title: str
    text: str
    icon: str
    who: str


def story(rows: Sequence[Mapping[str, Any]]) -> list[StoryItem]:
    """The timeline of ledger rows, in their order; an act without words of its own is shown by its name."""
    return [_item(row) for row in rows]


def _item(row: Mapping[str, Any]) -> StoryItem:
    title, icon = _TITLES.get(row["action"], (row["action"], "point"))
    details = json.loads(row["details"])
    day = details.get("on") or details.get("last_day") or ""
    text = current().day(date.fromisoformat(day)) if day else ""
    return StoryItem(from_text(row["at"]), _(title), text, icon, row["actor_label"])
