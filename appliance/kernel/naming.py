"""What pages call the party behind an act. The ledger keeps a label (an account's number, a serial), never a name."""

from collections.abc import Callable, Mapping, Sequence

from appliance.kernel.errors import N_

Names = Callable[[str], str]
"""What a room registers: the name that colleagues know behind a label, "" for a label that is not its own."""

PARTIES: Mapping[str, str] = {
    "machine": N_("the machine"),
    "console": N_("the console"),
    "link": N_("the candidate"),
}


def party_name(label: str, names: Sequence[Names], translate: Callable[[str], str]) -> str:
    """The name of a party in the reader's words; the label itself where nobody knows a name."""
    if label in PARTIES:
        return translate(PARTIES[label])
    return next((name for find in names if (name := find(label))), label)
