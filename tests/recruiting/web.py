"""The room's pages and JSON."""

from litestar import Litestar
from litestar.testing import TestClient

from appliance.kernel.actor import Actor
from appliance.recruiting.api import CandidateApi, OfferApi, OpeningApi
from appliance.recruiting.door import ApplicationDoor
from appliance.recruiting.offer_pages import ApprovalPages
from appliance.recruiting.opening_pages import OpeningPages
from appliance.recruiting.pages import CandidatePages, ResumePages
from appliance.recruiting.public_pages import PublicPages
from tests.recruiting.house import House
from tests.signed_in import client_of, somebody

HR_ACTOR, SECOND = somebody(), somebody(2, "HR-02")
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
    services = {
        "people": house.people,
        "recruiting": house.recruiting,
        "application_door": ApplicationDoor(house.clock),
    }
    browser = client_of(HANDLERS, services, house.clock, actor)
    browser.headers["Accept-Language"] = language
    return browser
