"""HTTP to an engine: one pool of connections, one translation of failures, no repetition.

Whether a failed request may be sent again depends on how far it came, so the errors here tell that apart:
``EngineUnreachable`` and ``EngineNotServing`` never began, ``EngineBrokeOff`` may have been worked on,
``EngineFailed`` was.
"""

from collections.abc import Sequence

import httpx
import msgspec
from msgspec import Struct

from inference.errors import InferenceInvalid, InferenceRefused, InferenceUnavailable

CONNECT_TIMEOUT_S = 5.0
"""Engines are on this machine or in its network; a longer silence means that the machine is off."""

KEEPALIVE_S = 2.0
"""Below the 5 s after which vLLM's server closes an idle connection (VLLM_HTTP_TIMEOUT_KEEP_ALIVE): a request
written just as the server closes would be lost, and nobody could say whether it was read."""

MOST_ANSWER_BYTES = 64 * 2**20
"""No engine has that much to say; a broken one must not fill the memory."""

QUOTED_CHARACTERS = 300
WINDOW = 8
"""An engine's message that shares this many characters in a row with what was sent quotes it."""


class EngineUnreachable(InferenceUnavailable):
    """No connection could be made: the request was never sent."""


class EngineNotServing(InferenceUnavailable):
    """The engine said that it does not serve now (status 503): the request was not begun."""


class EngineBrokeOff(InferenceUnavailable):
    """The connection ended before a whole answer: the engine may have begun the request."""


class EngineFailed(InferenceUnavailable):
    """The engine began the request and failed (status 500 and the like)."""


class Reply(Struct, frozen=True):
    """A successful response."""

    content: bytes
    headers: httpx.Headers


def connections(address: str, most: int) -> httpx.AsyncClient:
    """A pool for ``address`` for one event loop; proxies of the environment are ignored, engines are inside.
    Reading has no timeout of its own: the caller's deadline ends the whole call."""
    limits = httpx.Limits(
        max_connections=most + 2, max_keepalive_connections=most, keepalive_expiry=KEEPALIVE_S
    )
    return httpx.AsyncClient(
        base_url=address,
        limits=limits,
        timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_S),
        trust_env=False,
        headers={"Accept-Encoding": "identity"},
    )


async def send(
    client: httpx.AsyncClient, request: httpx.Request, *, engine: str, said: Sequence[str] = ()
) -> Reply:
    """A successful response, or an error of this module or of ``inference.errors``. ``engine`` names it in
    messages; ``said`` are the texts in the request, which no message may quote. Cancelling the task closes the
    connection, upon which vLLM aborts the request."""
    try:
        response = await client.send(request, stream=True)
        try:
            content = await _content(response, engine)
        finally:
            await response.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise EngineUnreachable(f"{engine} at {client.base_url} does not answer ({error})") from error
    except httpx.TransportError as error:
        raise EngineBrokeOff(f"{engine} at {client.base_url} broke off ({type(error).__name__})") from error
    if response.is_success:
        return Reply(content, response.headers)
    raise _translated(engine, response, _message(content, said))


async def _content(response: httpx.Response, engine: str) -> bytes:
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > MOST_ANSWER_BYTES:
            raise InferenceUnavailable(f"{engine} answered with more than {MOST_ANSWER_BYTES >> 20} MiB")
    return bytes(content)


def _translated(engine: str, response: httpx.Response, message: str) -> Exception:
    status = response.status_code
    if status == 429 or (status == 503 and "retry-after" in response.headers):
        wait_s = _retry_after_s(response.headers.get("retry-after", "1"))
        return InferenceRefused(f"{engine} is busy: {message}", retry_after_s=wait_s)
    if status == 503:
        return EngineNotServing(f"{engine} does not serve now: {message}")
    if 400 <= status < 500 and status not in (404, 408):
        return InferenceInvalid(f"{engine} cannot process this input: {message}")
    if status >= 500:
        return EngineFailed(f"{engine} failed with status {status}: {message}")
    return InferenceUnavailable(f"{engine} answered with status {status}: {message}")


def _retry_after_s(value: str) -> float:
    """Seconds of a Retry-After header; the date form is not used by engines and counts as a minute."""
    return float(value) if value.strip().isdigit() else 60.0


def _message(content: bytes, said: Sequence[str]) -> str:
    """The engine's own words, unless they repeat what it was asked: validation errors of vLLM quote up to 200
    characters of the offending value, which would carry a candidate's words into errors and logs."""
    words = _unwrapped(content)[:QUOTED_CHARACTERS]
    if any(_quotes(words, text) for text in said):
        return "its message quotes the request and is withheld"
    return words


class _Detail(Struct):
    message: str


class _Told(Struct):
    error: str | _Detail


def _unwrapped(content: bytes) -> str:
    """The sentence inside the JSON that Triton (``{"error": "..."}``) and vLLM (``{"error": {"message": "..."}}``)
    put it in; of anything else the beginning."""
    try:
        told = msgspec.json.decode(content, type=_Told).error
    except msgspec.DecodeError:
        return content[: 4 * QUOTED_CHARACTERS].decode(errors="replace")
    return told if isinstance(told, str) else told.message


def _quotes(words: str, text: str) -> bool:
    window = min(WINDOW, len(text))
    return window > 1 and any(words[at : at + window] in text for at in range(len(words) - window + 1))
