"""The room's pages and JSON, and its terminal port behind a real server."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from litestar.testing import TestClient

from appliance.attendance import api, pages, pages_punches, pages_shifts
from appliance.attendance.terminals import port
from appliance.kernel.actor import Actor
from tests.attendance.conftest import Room
from tests.signed_in import client_of, somebody

HANDLERS = (*pages.HANDLERS, *pages_punches.HANDLERS, *pages_shifts.HANDLERS, *api.HANDLERS)
ANYBODY = somebody(label="IT-01")


def client(room: Room, actor: Actor = ANYBODY) -> TestClient[Litestar]:
    """A client whose requests come from ``actor``."""
    return client_of(HANDLERS, {"attendance": room.attendance}, room.clock, actor)


def terminal_app(room: Room) -> Litestar:
    """The terminal port as the composition root makes it."""
    handler = port.mount(lambda request: room.push.answer(request), room.clock)
    return Litestar(route_handlers=[handler], openapi_config=None, logging_config=None)


@contextmanager
def listening(app: Any) -> Iterator[tuple[str, int]]:
    """The app behind granian on a free port of the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address: tuple[str, int] = probe.getsockname()
    server = Server(
        app,
        address=address[0],
        port=address[1],
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    for _ in range(200):
        try:
            socket.create_connection(address, timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    try:
        yield address
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)
        loop.close()
