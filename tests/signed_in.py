"""A room's pages and JSON in a web app of their own, behind an actor that the test chooses."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient
from litestar.types import ASGIApp, Receive, Scope, Send

import appliance
from appliance.identity.permissions import EVERYTHING
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import Clock
from appliance.kernel.i18n import Catalogue
from appliance.kernel.problems import exception_handlers
from appliance.kernel.web import Web

HERE = Path(appliance.__file__).parent


def somebody(number: int = 1, label: str = "HR-01") -> Actor:
    """A person who may do everything."""
    return Actor(f"account-{number}", ActorKind.PERSON, frozenset(map(str, EVERYTHING)), label)


def client_of(
    handlers: Sequence[Any], services: Mapping[str, object], clock: Clock, actor: Actor
) -> TestClient[Litestar]:
    """A client of these handlers whose requests come from `actor`; `services` by their parameters' names."""
    web = Web(
        templates=HERE / "templates",
        static=HERE / "static",
        vendor=None,
        catalogue=Catalogue.load(HERE / "locale"),
        clock=clock,
        site_name="测试医院",
    )

    def signed_in(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
            scope["user"] = actor
            await app(scope, receive, send)

        return middleware

    app = Litestar(
        route_handlers=list(handlers),
        dependencies={
            name: Provide(_constant(service), sync_to_thread=False) for name, service in services.items()
        },
        middleware=[signed_in],
        exception_handlers=exception_handlers(),
        state=State({"web": web}),
        logging_config=None,
    )
    return TestClient(app)


def _constant(service: object) -> Any:
    def provide() -> object:
        return service

    return provide
