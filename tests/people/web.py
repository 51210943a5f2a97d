"""The room's pages and JSON, with those of the rooms that show its people."""

from litestar import Litestar
from litestar.testing import TestClient

from appliance.kernel.actor import Actor
from appliance.kernel.blobs import BlobStore
from appliance.notifications.pages import MessagePages
from appliance.payroll.api import PayrollApi
from appliance.payroll.pages import PayrollPages
from appliance.people.api import EmployeeApi, StructureApi
from appliance.people.pages import EmployeePages
from appliance.people.photos import FacePhotos
from appliance.people.structure_pages import StructurePages
from tests.people.house import House
from tests.signed_in import client_of, somebody

HANDLERS = (
    EmployeePages,
    StructurePages,
    EmployeeApi,
    StructureApi,
    PayrollPages,
    PayrollApi,
    MessagePages,
)
ANYBODY = somebody()


def client(house: House, actor: Actor = ANYBODY) -> TestClient[Litestar]:
    """A client whose requests come from ``actor``."""
    services = {
        "people": house.people,
        "payroll": house.payroll,
        "notifications": house.notifications,
        "face_photos": FacePhotos(BlobStore(house.databases.media, house.keys)),
    }
    return client_of(HANDLERS, services, house.clock, actor)
