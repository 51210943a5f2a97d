"""The models that this site brought itself: recorded beside the models, read together with the catalogue.

``<cache>/models/site.json`` lies beside the folders that it describes: neither is worth anything without the
other, and every clone on a machine sees the same models. The file is replaced as a whole, never edited.

Its hashes find damage and mistakes. Whoever may write the cache may write them too; against an intruder there
stand the rights of the folder and the list of checksums that came with the weights.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from appliance.install.cache import cache_dir, exclusive
from models.catalogue import Catalogue, Model, ModelError, shipped

NAME = "site.json"


class Added(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model with the hashes of its files, when it was added (UTC) and what its hashes agreed with."""

    model: Model
    added_at: str
    checked_against: str


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    added: list[Added]


def place() -> Path:
    """The site's own catalogue."""
    return cache_dir() / "models" / NAME


def added() -> dict[str, Added]:
    """What was added here, by name; none where nothing was."""
    path = place()
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        raise ModelError(
            f"{path} cannot be read: {error}. Move it away and add your models again; their files are kept "
            "and not copied twice."
        ) from error
    return {entry.model.name: entry for entry in document.added}


def known() -> Catalogue:
    """The shipped catalogue with what this site added.

    Of a model that both name, the site says revision, files and licence; purpose, users, profiles and shape
    stay those of the catalogue that is installed now.
    """
    models = dict(shipped().models)
    for name, entry in added().items():
        model = models.get(name)
        if model is None:
            models[name] = entry.model
        elif model.shape is not None:
            models[name] = msgspec.structs.replace(
                model,
                revision=entry.model.revision,
                files=entry.model.files,
                memory_mb=entry.model.memory_mb,
                licence=entry.model.licence,
                licence_read_in=entry.model.licence_read_in,
                licence_basis=entry.model.licence_basis,
            )
    return Catalogue(models)


def record(entry: Added) -> None:
    """Add or replace one model's entry, atomically and durably."""
    path = place()
    with exclusive(path):
        entries = added() | {entry.model.name: entry}
        document = _Document(1, [entries[name] for name in sorted(entries)])
        text = msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"
        new = path.with_name(f"{NAME}.new")
        try:
            with new.open("wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            raise
