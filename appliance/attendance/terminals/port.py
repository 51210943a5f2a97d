"""The terminals' port as Litestar mounts it."""

from collections.abc import Callable

from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from appliance.attendance.terminals.asgi import TerminalPort
from appliance.attendance.terminals.wire.request import WireReply, WireRequest
from appliance.identity.permissions import terminal_wire
from appliance.kernel.clock import Clock


def mount(answer: Callable[[WireRequest], WireReply], clock: Clock) -> ASGIRouteHandler:
    """Everything under ``/iclock`` of the terminals' port; other paths of that port are 404 in plain text."""
    port = TerminalPort(answer, clock)

    @asgi("/", is_mount=True, guards=[terminal_wire()], copy_scope=True)
    async def terminals(scope: Scope, receive: Receive, send: Send) -> None:
        await port(scope, receive, send)

    return terminals
