"""The room's pages and JSON in a web app of their own, behind a signed-in actor that the test chooses."""

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
from appliance.kernel.blobs import BlobStore
from appliance.kernel.i18n import Catalogue
from appliance.kernel.problems import exception_handlers
from appliance.kernel.web import Web
from appliance.notifications.pages import MessagePages
from appliance.payroll.api import PayrollApi
from appliance.payroll.pages import PayrollPages
from appliance.people.api import EmployeeApi, StructureApi
from appliance.people.pages import EmployeePages
from appliance.people.photos import FacePhotos
from appliance.people.structure_pages import StructurePages
from tests.people.house import House

HERE = Path(appliance.__file__).parent
ANYBODY = Actor("account-1", ActorKind.PERSON, frozenset(str(item) for item in EVERYTHING), "HR-01")


def client(house: House, actor: Actor = ANYBODY) -> TestClient[Litestar]:
    """A client whose requests come from ``actor``."""
    web = Web(
        templates=HERE / "templates",
        static=HERE / "static",
        vendor=None,
        catalogue=Catalogue.load(HERE / "locale"),
        clock=house.clock,
        site_name="测试医院",
    )

    def signed_in(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
            scope["user"] = actor
            await app(scope, receive, send)

        return middleware

    services: dict[str, Any] = {
        "people": house.people,
        "payroll": house.payroll,
        "notifications": house.notifications,
        "face_photos": FacePhotos(BlobStore(house.databases.media, house.keys)),
    }
    app = Litestar(
        route_handlers=[
            EmployeePages,
            StructurePages,
            EmployeeApi,
            StructureApi,
            PayrollPages,
            PayrollApi,
            MessagePages,
        ],
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
