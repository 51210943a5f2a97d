"""Reading a posted form or upload: in memory only, with a limit that holds before the body is read.

Litestar's own form reading spools parts to temporary files, in clear; nothing a candidate sends may touch a
disk outside of the encrypted files. So handlers never take `data: ...UploadFile` and use this instead:

    @post("/openings", guards=[...], dependencies={"form": form_body()}, sync_to_thread=True)
    def create(self, request: WebRequest, form: NamedDependency[Form]) -> Response[str]: ...

    @post("/resumes", guards=[...], dependencies={"form": form_body(20 * MEGABYTE)})
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.di import Provide
from multipart import (
    MultipartError,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from appliance.kernel.errors import N_, Invalid, Message, TooLarge, Unsupported

MEGABYTE = 1024 * 1024
FORM_BYTES = MEGABYTE
"""What an ordinary form may weigh; an upload names its own limit."""
PART_LIMIT = 500
FILENAME_LENGTH = 200


class UploadedFile(msgspec.Struct, frozen=True):
    """A file as the browser sent it: the name and type are claims, the bytes are hostile until parsed."""

    filename: str
    content_type: str
    data: bytes


class Form(msgspec.Struct, frozen=True):
    """The fields of a form. Every reader names the field when it raises `Invalid`."""

    values: Mapping[str, list[str]]
    files: Mapping[str, list[UploadedFile]] = {}

    def text(self, name: str, *, required: bool = False, default: str = "", max_length: int = 10_000) -> str:
        """The field's text without surrounding blanks; `default` when it is absent or empty."""
        value = (self.values.get(name) or [""])[0].strip()
        if not value:
            if required:
                raise Invalid({name: N_("Please fill this in.")})
            return default
        if len(value) > max_length:
            raise Invalid({name: Message(N_("At most %(limit)d characters."), {"limit": max_length})})
        return value

    def secret(self, name: str) -> str:
        """The field exactly as typed (a password may begin with a blank)."""
        return (self.values.get(name) or [""])[0]

    def texts(self, name: str) -> list[str]:
        """All values of a field that may be given several times (checkboxes)."""
        return [value.strip() for value in self.values.get(name, []) if value.strip()]

    def flag(self, name: str) -> bool:
        """Whether a checkbox is ticked."""
        return bool(self.texts(name))

    def integer(self, name: str, *, default: int | None = None) -> int:
        """A whole number."""
        value = self.text(name, required=default is None)
        if not value and default is not None:
            return default
        try:
            return int(value)
        except ValueError:
            raise Invalid({name: N_("Write a whole number, such as 3.")}) from None

    def decimal(self, name: str, *, default: Decimal | None = None) -> Decimal:
        """An amount; thousands separators are taken as typed."""
        value = self.text(name, required=default is None).replace(",", "").replace("，", "")
        if not value and default is not None:
            return default
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise Invalid({name: N_("Write an amount, such as 12000.00.")}) from None
        if not amount.is_finite():
            raise Invalid({name: N_("Write an amount, such as 12000.00.")})
        return amount

    def day(self, name: str, *, default: date | None = None) -> date:
        """A calendar day as a date field sends it (2026-11-23)."""
        value = self.text(name, required=default is None)
        if not value and default is not None:
            return default
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Invalid({name: N_("Choose a day, or write it as 2026-11-23.")}) from None

    def local_moment(self, name: str) -> datetime:
        """A wall time as a datetime-local field sends it, without a zone: the caller knows the site's."""
        value = self.text(name, required=True)
        try:
            return datetime.fromisoformat(value).replace(tzinfo=None)
        except ValueError:
            raise Invalid({name: N_("Choose a day and a time.")}) from None

    def file(self, name: str) -> UploadedFile:
        """The file of a field; an empty one counts as not chosen."""
        found = self.all_files(name)
        if not found:
            raise Invalid({name: N_("Choose a file first.")})
        return found[0]

    def all_files(self, name: str) -> list[UploadedFile]:
        """All files of a field that takes several, empty ones left out."""
        return [file for file in self.files.get(name, []) if file.data]


def form_body(max_bytes: int = FORM_BYTES) -> Provide:
    """A dependency named `form` for synchronous handlers: the form of the request, read within the limit."""

    async def provide_form(request: Request[Any, Any, Any]) -> Form:
        return await read_form(request, max_bytes=max_bytes)

    return Provide(provide_form)


def raw_body(max_bytes: int) -> Provide:
    """A dependency for synchronous handlers that take the bare body (an upload chunk, a device's lines)."""

    async def provide_body(request: Request[Any, Any, Any]) -> bytes:
        return await read_body(request, max_bytes=max_bytes)

    return Provide(provide_body)


async def read_form(request: Request[Any, Any, Any], *, max_bytes: int = FORM_BYTES) -> Form:
    """The urlencoded or multipart form of a request.

    Raises `TooLarge` before reading when the announced length is over the limit, or as soon as the bytes are;
    `Unsupported` for other content; `Invalid` for a broken form.
    """
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    if content_type == "application/x-www-form-urlencoded":
        return _urlencoded(await read_body(request, max_bytes=max_bytes))
    if content_type == "multipart/form-data":
        return await _multipart(request, options.get("boundary", ""), max_bytes)
    raise Unsupported(N_("This address takes a form (urlencoded or multipart)."))


async def read_body(request: Request[Any, Any, Any], *, max_bytes: int) -> bytes:
    """The bare body, in memory. Raises `TooLarge` like `read_form`."""
    body = bytearray()
    async for chunk in _chunks(request, max_bytes):
        body += chunk
    return bytes(body)


class _Chunks:
    """The body's chunks as they arrive, counted against the limit.

    Reads the connection itself: `request.stream()` would apply the handler's limit of another size, and the
    limit here is the one that the page has told its reader.
    """

    def __init__(self, request: Request[Any, Any, Any], max_bytes: int) -> None:
        announced = request.headers.get("content-length", "0")
        if not (announced.isascii() and announced.isdigit()):
            raise Invalid(message=N_("The request's length is not a number."))
        if int(announced) > max_bytes:
            raise _too_large(max_bytes)
        self._request = request
        self._limit = max_bytes
        self._seen = 0
        self._over = False

    def __aiter__(self) -> "_Chunks":
        return self

    async def __anext__(self) -> bytes:
        if self._over:
            raise StopAsyncIteration
        event = cast("dict[str, Any]", await self._request.receive())
        if event["type"] == "http.disconnect":
            raise Invalid(message=N_("The connection was lost before everything had arrived. Send it again."))
        chunk: bytes = event.get("body", b"")
        self._over = not event.get("more_body", False)
        self._seen += len(chunk)
        if self._seen > self._limit:
            raise _too_large(self._limit)
        return chunk


def _chunks(request: Request[Any, Any, Any], max_bytes: int) -> _Chunks:
    return _Chunks(request, max_bytes)


def _too_large(limit: int) -> TooLarge:
    if limit >= MEGABYTE:
        return TooLarge(N_("At most %(limit)d MB can be sent here."), limit=limit // MEGABYTE)
    return TooLarge(N_("At most %(limit)d kB can be sent here."), limit=limit // 1024)


def _urlencoded(body: bytes) -> Form:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=PART_LIMIT, errors="strict"
        )
    except ValueError:
        raise Invalid(
            message=N_("The form could not be read. Load the page again and send it once more.")
        ) from None
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Form(values)


async def _multipart(request: Request[Any, Any, Any], boundary: str, max_bytes: int) -> Form:
    values: dict[str, list[str]] = {}
    files: dict[str, list[UploadedFile]] = {}
    chunks = _chunks(request, max_bytes)
    try:
        with PushMultipartParser(boundary, max_segment_count=PART_LIMIT, strict=True) as parser:
            part: Any = None
            data = bytearray()
            async for chunk in chunks:
                for event in parser.parse(chunk):
                    if event is None:
                        _keep(part, bytes(data), values, files)
                    elif isinstance(event, bytes | bytearray):
                        data += event
                    else:
                        part, data = event, bytearray()
    except ParserLimitReached:
        raise TooLarge(N_("The form has more parts than this page takes.")) from None
    except (MultipartError, UnicodeDecodeError):
        raise Invalid(
            message=N_("The form could not be read. Load the page again and send it once more.")
        ) from None
    return Form(values, files)


def _keep(part: Any, data: bytes, values: dict[str, list[str]], files: dict[str, list[UploadedFile]]) -> None:
    if part.filename is None:
        values.setdefault(part.name, []).append(data.decode("utf-8"))
        return
    name = part.filename.replace("\\", "/").rsplit("/", 1)[-1][:FILENAME_LENGTH]
    files.setdefault(part.name, []).append(
        UploadedFile(name, part.content_type or "application/octet-stream", data)
    )
