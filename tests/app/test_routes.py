"""No door without a guard: every route of both apps says who may come in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.app import Appliance
from appliance.identity.permissions import InvitationLink, Public, TerminalWire
from appliance.kernel.keys import KeyRing
from appliance.settings import Settings
from inference.engines import unavailable
from tests.identity.routes import handlers, unguarded

OPEN_DOORS = {
    "/api/v1",
    "/api/v1/openapi.json",
    "/api/v1/{path:str}",
    "/apply/{slug:str}",
    "/healthz",
    "/login",
    "/login/code",
    "/logout",
    "/static/{file_path:path}",
}


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    made = Appliance(
        Settings(data=tmp_path), KeyRing.create(tmp_path / "keys.json", "for tests"), unavailable()
    )
    yield made
    made.site.databases.close()


def test_every_route_carries_exactly_one_guard(appliance: Appliance) -> None:
    assert unguarded(appliance.web) == []
    assert unguarded(appliance.terminals) == []
    assert len(handlers(appliance.web)) > 100


def test_only_what_must_be_open_is_open(appliance: Appliance) -> None:
    """Whoever adds a public door adds it here, where a reviewer sees it."""
    open_doors = {each.path for each in handlers(appliance.web) if isinstance(each.guards[0], Public)}
    assert open_doors == OPEN_DOORS


def test_links_of_candidates_and_the_terminals_wire_stay_on_their_paths(appliance: Appliance) -> None:
    for each in handlers(appliance.web):
        if isinstance(each.guards[0], InvitationLink):
            assert each.path.startswith("/room/"), each.path
        assert not isinstance(each.guards[0], TerminalWire), each.path
