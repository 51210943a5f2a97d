"""Walks every route of an app and says which handlers let in whom."""

from typing import NamedTuple

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from appliance.identity.permissions import Guard


class Handler(NamedTuple):
    """One handler under one path."""

    path: str
    methods: tuple[str, ...]
    guards: tuple[Guard, ...]
    handler: HTTPRouteHandler

    @property
    def name(self) -> str:
        return f"{'/'.join(self.methods)} {self.path}"


def handlers(app: Litestar) -> list[Handler]:
    """Every HTTP handler of the app except the automatic OPTIONS ones."""
    found: list[Handler] = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            methods = tuple(sorted(str(method) for method in handler.http_methods))
            if methods == ("OPTIONS",):
                continue
            guards = tuple(guard for guard in handler.resolve_guards() if isinstance(guard, Guard))
            found.append(Handler(route.path, methods, guards, handler))
    return found


def unguarded(app: Litestar) -> list[str]:
    """Handlers that nobody thought about: they carry no guard of `identity.permissions`."""
    return sorted(found.name for found in handlers(app) if not found.guards)
