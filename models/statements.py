"""The licence that a folder of weights states about itself, and where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from models.licensing import checked_identifier

FIRST_BYTES = 65_536
_CARD = re.compile(r"\A---\s*\n(.*?)^---\s*$", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(
    r"^(license|license_name):[ \t]*[\"']?([A-Za-z0-9][A-Za-z0-9.+-]*)[\"']?[ \t]*$", re.MULTILINE
)
_TEXTS = {
    "Apache-2.0": (re.compile(r"\A\s*Apache License\s+Version 2\.0"), 12_000),
    "MIT": (re.compile(r"\A\s*(The )?MIT License( \(MIT\))?\s"), 1_500),
    "CC-BY-NC-4.0": (
        re.compile(r"\A[^\n]*\s*(Creative Commons )?Attribution-NonCommercial 4\.0"),
        FIRST_BYTES,
    ),
    "CC-BY-4.0": (re.compile(r"\A[^\n]*\s*(Creative Commons )?Attribution 4\.0 International"), 22_000),
}
"""How the licence's own text begins, and its greatest length in characters: a longer one has conditions of its
own, which a person must read."""


class Statement(msgspec.Struct, frozen=True):
    """An SPDX identifier as it is written there (``LicenseRef-NAME`` for a name that SPDX lacks), and the
    file."""

    licence: str
    file: str


def stated_licence(folder: Path, paths: Iterable[str]) -> Statement | None:
    """What the model card (``README.md`` with a header) says, else what a licence text is; None for neither."""
    top = [path for path in paths if "/" not in path]
    if "README.md" in top:
        found = _from_card(_beginning(folder / "README.md"))
        if found is not None:
            return Statement(found, "README.md")
    for path in top:
        if path.upper().startswith(("LICENSE", "LICENCE")):
            text = _beginning(folder / path)
            for licence, (beginning, longest) in _TEXTS.items():
                if beginning.search(text) and len(text) <= longest:
                    return Statement(licence, path)
    return None


def _from_card(text: str) -> str | None:
    card = _CARD.match(text)
    fields = dict(_FIELD.findall(card[1])) if card else {}
    licence = fields.get("license")
    if licence is None:
        return None
    # "other" with a name is how model cards spell a licence that their list lacks.
    named = f"LicenseRef-{fields.get('license_name', 'other')}" if licence == "other" else licence
    return checked_identifier(named)


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(FIRST_BYTES).decode(errors="replace")
