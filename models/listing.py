"""Showing the catalogue beside what is in the cache."""

from __future__ import annotations

from typing import Any

from appliance.install.cache import is_complete
from models.catalogue import ModelError, shipped
from models.fetch import folder, verify


def rows() -> list[dict[str, Any]]:
    """One row for each model; sizes in megabytes."""
    return [
        {
            "name": model.name,
            "revision": model.revision,
            "purpose": model.purpose,
            "megabytes": round(model.size / 1e6, 1),
            "memory_mb": model.memory_mb,
            "licence": model.licence,
            "licence_read_in": model.licence_read_in,
            "users": list(model.users),
            "profiles": list(model.profiles),
            "here": is_complete(folder(model)),
            "path": str(folder(model)),
        }
        for model in shipped().models.values()
    ]


def lines(found: list[dict[str, Any]]) -> list[str]:
    """The rows for a person, two lines each."""
    shown = []
    for row in found:
        here = "on this machine" if row["here"] else "not on this machine"
        users = ", ".join(row["users"])
        shown.append(f"{row['name']}  {row['megabytes']:.0f} MB, {row['licence']}, for {users}; {here}")
        shown.append(f"    {row['purpose']}")
    return shown


def verified(names: list[str]) -> list[dict[str, str | None]]:
    """Every byte hashed: each model with what is wrong with it, or None."""
    chosen = names or [row["name"] for row in rows() if row["here"]]
    findings: list[dict[str, str | None]] = []
    for name in chosen:
        try:
            verify(name)
            findings.append({"name": name, "problem": None})
        except ModelError as error:
            findings.append({"name": name, "problem": str(error)})
    return findings
