"""Logs: JSON lines on stderr, without personal data.

Only the keys of `ALLOWED` leave the process, with short scalar values; anything else is dropped and its key
named under `dropped`, so that a careless line is seen in review and tells nothing about anybody.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from time import perf_counter
from typing import Any, TextIO, cast

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from appliance.kernel.actor import Actor
from appliance.kernel.metrics import Metrics

ALLOWED = frozenset(
    {
        "actor_id",
        "attempt",
        "attempts",
        "bytes",
        "code",
        "count",
        "database",
        "delivery",
        "engine",
        "error_class",
        "error_id",
        "event",
        "interview_id",
        "job_id",
        "kind",
        "level",
        "logger",
        "method",
        "model",
        "ms",
        "name",
        "operation",
        "pid",
        "place",
        "port",
        "profile",
        "queue",
        "reason_code",
        "revision",
        "route",
        "seconds",
        "serial",
        "signal",
        "state",
        "status",
        "step",
        "subscriber",
        "terminal_id",
        "timestamp",
        "trace",
        "version",
        "worker",
    }
)
TEXT_LIMIT = 400


def configure(stream: TextIO | None = None, level: str = "info") -> None:
    """Set up structlog, and the standard library's warnings the same way. Once, by the composition root."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    bridge = _StandardLibrary()
    root = logging.getLogger()
    root.handlers[:] = [bridge]
    root.setLevel(logging.WARNING)


def logger(**values: Any) -> structlog.typing.FilteringBoundLogger:
    """A logger with some keys already bound: `logger(job_id=job.id).info("job.done", ms=12)`."""
    return cast(structlog.typing.FilteringBoundLogger, structlog.get_logger(**values))


def told(error: BaseException) -> dict[str, Any]:
    """What a log may say of an error: its class and where it came from, never its text, which may quote anybody."""
    return {
        "error_class": type(error).__name__,
        "trace": [
            f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
            if "/litestar/" not in frame.filename
        ],
    }


def keep_allowed(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: drop what is not on the list and name the dropped keys."""
    kept = {key: _short(value) for key, value in event.items() if key in ALLOWED}
    dropped = sorted(key for key in event if key not in ALLOWED)
    return kept | {"dropped": dropped} if dropped else kept


def _short(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_short(item) for item in value[:40]]
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value)[:TEXT_LIMIT]


class _StandardLibrary(logging.Handler):
    """Tells that a library warned, and where; not what it said, which may quote its input."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        structlog.get_logger().warning(
            "library.warning",
            logger=record.name,
            place=f"{record.module}:{record.lineno}",
            error_class=error.__name__ if error else "",
        )


QUIET = {"quiet": True}
"""`opt` of a route that is asked many times a second by one page: what goes well there is counted in the metrics and
not told line by line."""


def _is_quiet(scope: Scope) -> bool:
    handler = cast("dict[str, Any]", scope).get("route_handler")
    return handler is not None and "quiet" in handler.opt


class RequestLog(ASGIMiddleware):
    """One line a request: the route as written (no ids, no tokens), status, time, who; and the metrics. Of a quiet
    route only what was refused or failed."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        started = perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, watch)
        except Exception as error:  # answered further out, so the answer's status does not pass here
            status = int(getattr(error, "status", getattr(error, "status_code", 500)))
            raise
        finally:
            seconds = perf_counter() - started
            route = str(scope.get("path_template") or "(no route)")
            method = str(scope.get("method", ""))
            self._metrics.request(method, route, status, seconds)
            if not route.startswith("/static") and not (status < 400 and _is_quiet(scope)):
                user = cast("dict[str, Any]", scope).get("user")
                logger().info(
                    "request",
                    method=method,
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                    actor_id=user.id if isinstance(user, Actor) else "",
                )
