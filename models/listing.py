"""Showing the catalogue, and what this site added, beside what is in the cache."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from appliance.install.progress import Progress
from models import licensing, site
from models.catalogue import ModelError
from models.disk import spelled
from models.fetch import folder, is_here, verify


def rows(used: Mapping[str, Collection[str]], profile: str | None = None) -> list[dict[str, Any]]:
    """One row for each model, or each that ``profile`` loads; sizes in megabytes.

    ``used`` has the names of the models of each profile. ``production`` is None where a model may serve in
    production, else why not; of a folder still to be brought, it is what holds if the folder states no licence.
    """
    added = site.added()
    found = []
    for model in site.known().models.values():
        profiles = sorted({*model.profiles, *(name for name, names in used.items() if model.name in names)})
        if profile is not None and profile not in profiles:
            continue
        entry = added.get(model.name)
        found.append(
            {
                "name": model.name,
                "revision": model.revision,
                "purpose": model.purpose,
                "source": "packages" if model.shape is None else "folder",
                "kind": model.shape.kind if model.shape else None,
                "megabytes": round(model.size / 1e6, 3),
                "memory_mb": model.memory_mb,
                "licence": model.licence,
                "licence_read_in": model.licence_read_in,
                "licence_basis": model.licence_basis,
                "production": licensing.objection(model),
                "users": list(model.users),
                "profiles": profiles,
                "here": is_here(model),
                "path": str(folder(model)),
                "get": model.way_to_get_it,
                "added_at": entry.added_at if entry else None,
                "checked_against": entry.checked_against if entry else None,
            }
        )
    return found


def lines(found: list[dict[str, Any]]) -> list[str]:
    """The rows for a person: what it is, where it comes from, under which licence, for which profiles."""
    shown: list[str] = []
    for row in found:
        here = "on this machine" if row["here"] else "not on this machine"
        shown.append(f"{row['name']}: {here}")
        shown.append(f"    {row['purpose']}")
        shown.append(f"    {_source(row)}; {row['memory_mb']} MB of memory; for {', '.join(row['users'])}")
        shown.append(f"    licence {row['licence']}: {row['licence_read_in']}")
        shown.append(f"    profiles: {', '.join(row['profiles']) or 'none; name it in one to use it'}")
        if row["production"]:
            shown.append(f"    {_restriction(row)}")
        if not row["here"]:
            shown.append(f"    bring it: {row['get']}")
    return shown


def _restriction(row: dict[str, Any]) -> str:
    if row["source"] == "folder" and not row["here"] and row["licence_basis"] == "upstream":
        return "for production, if your copy states its licence or you say where you read it"
    return f"for evaluation only: {row['production']}"


def _source(row: dict[str, Any]) -> str:
    size = spelled(round(row["megabytes"] * 1e6))
    if row["source"] == "packages":
        return f"{size} from packages"
    if not row["here"]:
        return "from a folder of your own"
    agreed = f", agreed with {row['checked_against']}" if row["checked_against"] else ""
    return f"{size} from a folder of your own, revision {row['revision']}, added {row['added_at']}{agreed}"


def verified(names: list[str], progress: Progress) -> list[dict[str, str | None]]:
    """Every byte hashed: each model with what is wrong with it, or None."""
    chosen = names or [model.name for model in site.known().models.values() if is_here(model)]
    findings: list[dict[str, str | None]] = []
    for name in chosen:
        try:
            verify(name, progress)
            findings.append({"name": name, "problem": None})
        except ModelError as error:
            findings.append({"name": name, "problem": str(error)})
    return findings
