"""The steps of a request, and who takes them, in words."""

from collections.abc import Mapping

from appliance.kernel.errors import N_

STEP_LABELS: Mapping[str, tuple[str, str]] = {
    "rights.received": (N_("Request received"), "inbox"),
    "rights.in_work": (N_("Taken into work"), "progress"),
    "rights.assigned": (N_("Somebody else is responsible"), "user-share"),
    "rights.granted": (N_("Granted"), "circle-check"),
    "rights.refused": (N_("Refused"), "circle-x"),
    "rights.copy_handed_out": (N_("Link to the copy sent"), "mail"),
    "rights.copy_code_refused": (N_("Wrong code typed"), "lock-exclamation"),
    "rights.copy_fetched": (N_("Copy fetched"), "file-download"),
    "rights.conversation_held": (N_("Conversation took place"), "messages"),
    "rights.explanation_opened": (N_("Explanation opened"), "file-text"),
}

PARTY_LABELS: Mapping[str, str] = {
    "person": N_("a colleague"),
    "machine": N_("the machine"),
    "candidate": N_("you"),
}
"""Who acted, as a copy tells it to the person: no colleague is named."""
