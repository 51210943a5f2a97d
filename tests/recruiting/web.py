"""The room's pages and JSON in a web app of their own, behind an actor that the test chooses."""

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
from appliance.kernel.i18n import Catalogue
from appliance.kernel.problems import exception_handlers
from appliance.kernel.web import Web
from appliance.recruiting.api import CandidateApi, OfferApi, OpeningApi
from appliance.recruiting.door import ApplicationDoor
from appliance.recruiting.offer_pages import ApprovalPages
from appliance.recruiting.opening_pages import OpeningPages
from appliance.recruiting.pages import CandidatePages, ResumePages
from appliance.recruiting.public_pages import PublicPages
from tests.recruiting.house import House

HERE = Path(appliance.__file__).parent
EVERYBODY = frozenset(str(item) for item in EVERYTHING)
HR_ACTOR = Actor("account-1", ActorKind.PERSON, EVERYBODY, "HR-01")
SECOND = Actor("account-2", ActorKind.PERSON, EVERYBODY, "HR-02")
HANDLERS = (
    OpeningPages,
    CandidatePages,
    ResumePages,
    ApprovalPages,
    PublicPages,
    OpeningApi,
    CandidateApi,
    OfferApi,
)


def client(house: House, actor: Actor = HR_ACTOR, language: str = "en") -> TestClient[Litestar]:
    """A client whose requests come from ``actor`` in a language."""
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
        "recruiting": house.recruiting,
        "application_door": ApplicationDoor(house.clock),
    }
    app = Litestar(
        route_handlers=list(HANDLERS),
        dependencies={
            name: Provide(_constant(service), sync_to_thread=False) for name, service in services.items()
        },
        middleware=[signed_in],
        exception_handlers=exception_handlers(),
        state=State({"web": web}),
        logging_config=None,
    )
    browser = TestClient(app)
    browser.headers["Accept-Language"] = language
    return browser


def _constant(service: object) -> Any:
    def provide() -> object:
        return service

    return provide
