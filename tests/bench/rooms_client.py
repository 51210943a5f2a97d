"""The least HTTP/1.1 client that keeps a TLS connection open: it shares the machine with what it measures, so every
instruction it spends is taken from the site."""

import asyncio
import ssl
from collections.abc import Mapping

import msgspec

WAIT_S = 30.0
"""As the room's page waits (`static/room/api.js`)."""
BODILESS = frozenset({204, 304})
LONGEST_HEAD = 64 * 1024


class Away(Exception):  # noqa: N818 - the room's page calls it so
    """No answer at all: the connection is gone, or nothing came in time."""


class Answer(msgspec.Struct, frozen=True):
    """Status, headers (names in lower case, the last of equal ones; cookies apart) and body."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes


class Connection:
    """One browser's connection, opened when it is needed and again after it was lost."""

    def __init__(self, host: str, port: int, trust: ssl.SSLContext | None) -> None:
        self._host = host
        self._port = port
        self._trust = trust
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.cookies: dict[str, str] = {}
        self.origin = f"{'https' if trust else 'http'}://{host}:{port}"

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send one request and read its answer; raises `Away`."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._send(self._head(method, path, headers or {}, len(body)) + body)
                return await self._answer(method)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            self.drop()
            raise Away(type(error).__name__) from error

    async def break_off(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, share: float
    ) -> None:
        """Begin a request, send only a share of its body (1: all of it), and lose the network."""
        try:
            whole = self._head(method, path, headers, len(body)) + body
            await self._send(whole[: len(whole) - int(len(body) * (1 - share))])
        except OSError:
            pass
        finally:
            self.drop()

    def drop(self) -> None:
        """The network is gone: no goodbye."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def _send(self, data: bytes) -> None:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self._host, self._port, ssl=self._trust, limit=LONGEST_HEAD
            )
        self._writer.write(data)
        await self._writer.drain()

    def _head(self, method: str, path: str, headers: Mapping[str, str], size: int) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self._host}:{self._port}",
            f"Origin: {self.origin}",
            f"Content-Length: {size}",
        ]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    async def _answer(self, method: str) -> Answer:
        assert self._reader is not None
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                key, _, content = value.strip().partition(";")[0].partition("=")
                cookies[key] = content
            elif name:
                headers[name.lower()] = value.strip()
        self.cookies |= cookies
        size = 0 if method == "HEAD" or status in BODILESS else int(headers.get("content-length", "0"))
        body = await self._reader.readexactly(size) if size else b""
        if headers.get("connection", "").lower() == "close":
            self.drop()
        return Answer(status, headers, cookies, body)
