"""Which licences a deployment may rely on: the one place where that is decided.

Production means people are judged with a model's help in a company that earns money. There a licence must
have been read, in what was actually fetched or brought or by whoever added it, and must allow commercial
use. An evaluation may go on without, and is told so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

from models.catalogue import Model, ModelError

Use = Literal["evaluation", "production"]

UNKNOWN = "unknown"
ALLOW_COMMERCE = {
    identifier.casefold(): identifier
    for identifier in (
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC-BY-4.0",
        "CC0-1.0",
        "ISC",
        "LicenseRef-public-domain",
        "MIT",
        "Unlicense",
    )
}
"""Licences that allow commercial use of unchanged weights: small letters to SPDX's own spelling."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,99}")
_NOT_FOR_COMMERCE = {"nc", "noncommercial", "research", "academic"}


def checked_identifier(licence: str) -> str:
    """``licence`` in SPDX's spelling, where it has the form of one SPDX identifier, ``LicenseRef-...`` or
    ``unknown``."""
    if not _IDENTIFIER.fullmatch(licence):
        raise ModelError(
            f"{licence!r} is not an SPDX licence identifier. Give one such as Apache-2.0, LicenseRef-NAME for a "
            f"licence that SPDX does not list, or {UNKNOWN}."
        )
    return ALLOW_COMMERCE.get(licence.casefold(), licence)


def forbids_commerce(licence: str) -> bool:
    """Whether the identifier itself says non-commercial: CC-BY-NC-4.0, PolyForm-Noncommercial-1.0.0."""
    parts = re.split(r"[^a-z0-9]+", licence.casefold().replace("non-commercial", "noncommercial"))
    return bool(_NOT_FOR_COMMERCE.intersection(parts))


def objection(model: Model) -> str | None:
    """Why ``model`` may not serve in production, as the end of a sentence; None where it may."""
    if forbids_commerce(model.licence):
        return f"its licence {model.licence} ({model.licence_read_in}) allows no commercial use"
    if model.licence_basis == "unread":
        return f"nobody has read a licence for it ({model.licence_read_in})"
    if model.licence_basis == "upstream":
        return (
            f"its licence {model.licence} was read only upstream ({model.licence_read_in}); "
            "the files themselves state none"
        )
    if model.licence_basis != "site" and model.licence.casefold() not in ALLOW_COMMERCE:
        return f"its licence {model.licence} ({model.licence_read_in}) was not yet read for commercial use"
    return None


def way_out(model: Model) -> str:
    """What IT can do about an objection."""
    if model.shape is None:
        return "Name another model in the profile: one whose own files state a licence, or one of your own."
    return (
        "Have somebody read the licence of your copy and add it again with what they read: "
        f"python3 installer.py models add {model.name} --from FOLDER --licence SPDX --licence-read-in WHERE"
    )


def admit(models: Iterable[Model], use: Use, profile: str, tell: Callable[[str], None]) -> None:
    """Refuse the profile by its first model that may not serve in production; for an evaluation ``tell`` one
    line for each."""
    for model in models:
        reason = objection(model)
        if reason is None:
            continue
        if use == "production":
            raise ModelError(
                f"The profile {profile} is for production, and {model.name} may not serve there: {reason}. "
                f"{way_out(model)}"
            )
        tell(f"! {model.name} is for evaluation only: {reason}")
