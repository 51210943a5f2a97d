"""HTTP to an engine: one pool of connections, one deadline, one translation of failures."""

import httpx

from inference.errors import InferenceInvalid, InferenceRefused, InferenceTimeout, InferenceUnavailable
from inference.gate import Deadline

CONNECT_ATTEMPTS = 3
"""Only connecting is tried again: a request that may have reached the engine is the job queue's to repeat."""


class EngineUnreachable(InferenceUnavailable):
    """No connection could be made, so the request was never sent and another replica may be asked."""


def connections(address: str, most: int) -> httpx.Client:
    """A thread-safe pool for ``address``; proxies of the environment are ignored, engines are inside."""
    limits = httpx.Limits(max_connections=most + 2, max_keepalive_connections=most)
    transport = httpx.HTTPTransport(limits=limits, retries=CONNECT_ATTEMPTS - 1)
    return httpx.Client(base_url=address, transport=transport, trust_env=False)


def send(client: httpx.Client, request: httpx.Request, deadline: Deadline, *, engine: str) -> httpx.Response:
    """A successful response, or an error of ``inference.errors``; ``engine`` names it in messages."""
    left_s = deadline.left_s()
    request.extensions["timeout"] = httpx.Timeout(left_s).as_dict()
    try:
        response = client.send(request)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise EngineUnreachable(f"{engine} at {client.base_url} does not answer ({error})") from error
    except httpx.TimeoutException as error:
        raise InferenceTimeout(f"{engine} did not answer within {left_s:.1f} s") from error
    except httpx.TransportError as error:
        raise InferenceUnavailable(f"{engine} at {client.base_url} broke off ({error})") from error
    if response.is_success:
        return response
    raise _translated(engine, response)


def _translated(engine: str, response: httpx.Response) -> Exception:
    said = response.text[:500]
    if response.status_code in (429, 503) and "retry-after" in response.headers:
        wait_s = _retry_after_s(response.headers["retry-after"])
        return InferenceRefused(f"{engine} is busy: {said}", retry_after_s=wait_s)
    if response.status_code == 429:
        return InferenceRefused(f"{engine} is busy: {said}", retry_after_s=1.0)
    if 400 <= response.status_code < 500 and response.status_code not in (404, 408):
        return InferenceInvalid(f"{engine} cannot process this input: {said}")
    return InferenceUnavailable(f"{engine} failed with status {response.status_code}: {said}")


def _retry_after_s(value: str) -> float:
    """Seconds of a Retry-After header; the date form is not used by engines and counts as a minute."""
    return float(value) if value.strip().isdigit() else 60.0
