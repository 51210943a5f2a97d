"""The room's pages and JSON in a web app of their own, and its terminal port behind a real server."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient
from litestar.types import ASGIApp, Receive, Scope, Send

import appliance
from appliance.attendance import api, pages, pages_punches, pages_shifts
from appliance.attendance.terminals import port
from appliance.identity.permissions import EVERYTHING
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.i18n import Catalogue
from appliance.kernel.problems import exception_handlers
from appliance.kernel.web import Web
from tests.attendance.conftest import Room

HERE = Path(appliance.__file__).parent
ANYBODY = Actor("account-1", ActorKind.PERSON, frozenset(str(item) for item in EVERYTHING), "IT-01")


def client(room: Room, actor: Actor = ANYBODY) -> TestClient[Litestar]:
    """A client whose requests come from ``actor``."""
    web = Web(
        templates=HERE / "templates",
        static=HERE / "static",
        vendor=None,
        catalogue=Catalogue.load(HERE / "locale"),
        clock=room.clock,
        site_name="测试医院",
    )

    def signed_in(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
            scope["user"] = actor
            await app(scope, receive, send)

        return middleware

    def attendance() -> object:
        return room.attendance

    app = Litestar(
        route_handlers=[*pages.HANDLERS, *pages_punches.HANDLERS, *pages_shifts.HANDLERS, *api.HANDLERS],
        dependencies={"attendance": Provide(attendance, sync_to_thread=False)},
        middleware=[signed_in],
        exception_handlers=exception_handlers(),
        state=State({"web": web}),
        logging_config=None,
    )
    return TestClient(app)


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
