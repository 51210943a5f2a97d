"""The terminals' port as an ASGI application: plain HTTP exactly as their firmware can read it.

Terminals read headers with simple parsers: every reply has an exact Content-Length, ``text/plain``, and a
Date in GMT, from which they set their clock. No redirect, no compression, no chunks. Litestar's own handlers
would redirect spellings of a path and treat ``SN`` and ``sn`` as two parameters, so this is mounted through
``@asgi``.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import anyio.to_thread
from anyio import CapacityLimiter
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Scope, Send

from appliance.attendance.terminals.wire.clock import http_date
from appliance.attendance.terminals.wire.request import (
    MAX_BODY_BYTES,
    WireReply,
    WireRequest,
    endpoint_of,
    parse_query,
    peer,
)
from appliance.kernel.clock import Clock

WORKERS: Final = 64
"""Requests answered at once. They mostly wait for a commit, and those that wait together commit together."""

BODY_WITHIN_S: Final = 60.0
"""How long a body may take to arrive: a terminal on a slow line, not one that drips on purpose."""


class BodyRefused(Exception):
    """The body is too large, too slow or malformed; ``status`` says which."""

    def __init__(self, status: int, reason: bytes) -> None:
        super().__init__(status)
        self.reply = WireReply(status, reason)


class Disconnected(Exception):
    """The terminal went away before its body was complete; nothing of it may be used."""


class TerminalPort:
    """Reads a request, has it answered on a worker thread, writes the reply."""

    def __init__(self, answer: Callable[[WireRequest], WireReply], clock: Clock) -> None:
        self._answer = answer
        self._clock = clock
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return
        try:
            body = await asyncio.wait_for(_body(scope, receive), BODY_WITHIN_S)
        except Disconnected:
            return
        except TimeoutError:
            reply = WireReply(408, b"too slow")
        except BodyRefused as refused:
            reply = refused.reply
        else:
            reply = await self._served(scope, body)
        await self._reply(reply, send, head=scope["method"] == "HEAD")

    async def _served(self, scope: HTTPScope, body: bytes) -> WireReply:
        client = scope.get("client")
        path = scope["path"]
        request = WireRequest(
            method=str(scope["method"]),
            endpoint=endpoint_of(path),
            path=path,
            query=parse_query(scope.get("query_string", b"")),
            body=body,
            address=peer(client[0] if client else ""),
        )
        if self._limiter is None:
            self._limiter = CapacityLimiter(WORKERS)
        return await anyio.to_thread.run_sync(self._answer, request, limiter=self._limiter)

    async def _reply(self, reply: WireReply, send: Send, *, head: bool) -> None:
        headers = [
            (b"content-type", b"text/plain"),
            (b"content-length", str(len(reply.body)).encode("ascii")),
            (b"date", http_date(self._clock.now()).encode("ascii")),
            (b"cache-control", b"no-store"),
        ]
        start: Any = {"type": "http.response.start", "status": reply.status, "headers": headers}
        await send(start)
        body: Any = {
            "type": "http.response.body",
            "body": b"" if head else reply.body,
            "more_body": False,
        }
        await send(body)


async def _body(scope: HTTPScope, receive: Receive) -> bytes:
    """The whole body, exactly as long as announced. Raises ``BodyRefused`` or ``Disconnected``."""
    announced = _announced_length(scope)
    if announced is not None and announced > MAX_BODY_BYTES:
        raise BodyRefused(413, b"too large")
    pieces: list[bytes] = []
    size = 0
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        piece = message.get("body", b"")
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise BodyRefused(413, b"too large")
        pieces.append(piece)
        if not message.get("more_body", False):
            break
    if announced is not None and size != announced:
        raise BodyRefused(400, b"body cut short")
    return b"".join(pieces)


def _announced_length(scope: HTTPScope) -> int | None:
    for name, value in scope.get("headers", []):
        if name.lower() == b"content-length":
            if not value.isdigit():
                raise BodyRefused(400, b"bad length")
            return int(value)
    return None
