"""A site with identity and audit alone: real encrypted files, real routes, cheap password hashes."""

from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient

import appliance
from appliance.audit.service import Audit
from appliance.audit.wiring import wire as wire_audit
from appliance.identity.model import Account
from appliance.identity.passwords import Passwords
from appliance.identity.permissions import Permission, Role, public
from appliance.identity.service import Identity
from appliance.identity.wiring import authentication
from appliance.identity.wiring import wire as wire_identity
from appliance.kernel.actor import MACHINE
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.i18n import Catalogue
from appliance.kernel.keys import KeyRing
from appliance.kernel.log import RequestLog
from appliance.kernel.metrics import Metrics
from appliance.kernel.problems import exception_handlers
from appliance.kernel.security import JSON_BODY_BYTES, SameOrigin, secure_headers, static_router
from appliance.kernel.site import Site
from appliance.kernel.web import Web
from appliance.settings import Settings
from inference.engines import unavailable

HERE = Path(appliance.__file__).parent
ADDRESS = "http://testserver.local"
PASSWORD = "a quiet lake 7"


class House:
    """The site, its app and its services."""

    def __init__(self, folder: Path, databases: Databases, keys: KeyRing, clock: FixedClock) -> None:
        self.clock = clock
        self.databases = databases
        self.metrics = Metrics()
        self.site = Site(
            settings=Settings(data=folder),
            databases=databases,
            clock=clock,
            keys=keys,
            blobs=BlobStore(databases.media, keys),
            engines=unavailable(),
            metrics=self.metrics,
        )
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        self.identity: Identity = wire_identity(self.site, cheap)
        self.audit: Audit = wire_audit(self.site)
        self.extra: list[Any] = []

    def app(self, vendor: Path | None = None) -> Litestar:
        """The web app over the site's routes and `extra` ones."""
        web = Web(
            templates=HERE / "templates",
            static=HERE / "static",
            vendor=vendor,
            catalogue=Catalogue.load(HERE / "locale"),
            clock=self.clock,
            navigation=self.site.nav_items,
            waiting=self.site.waiting,
        )
        services = {
            name: Provide(constant(service), sync_to_thread=False)
            for name, service in self.site.services.items()
        }
        return Litestar(
            [static_router(HERE / "static", vendor, public()), *self.site.routes, *self.extra],
            dependencies=services,
            middleware=[RequestLog(self.metrics), authentication(self.site), SameOrigin()],
            before_send=[secure_headers],
            exception_handlers=exception_handlers(),
            request_max_body_size=JSON_BODY_BYTES,
            state=State({"web": web, "site": self.site, "metrics": self.metrics}),
            logging_config=None,
        )

    def client(self, *roles: Role, language: str = "en") -> TestClient[Litestar]:
        """A browser; with roles it is signed in as a new account that has them."""
        client = TestClient(self.app(), base_url=ADDRESS, raise_server_exceptions=False)
        client.follow_redirects = False
        client.headers.update({"accept": "text/html", "origin": ADDRESS, "accept-language": language})
        if roles:
            account = self.account(*roles)
            signed_in = self.identity.sessions.sign_in(account.login, PASSWORD)
            client.cookies.set("muster_session", signed_in.token)
        return client

    def account(self, *roles: Role, login: str = "") -> Account:
        """A new account."""
        wanted = frozenset(roles or {Role.EMPLOYEE})
        name = login or "-".join(sorted(wanted)).replace("_", "") + str(self.identity.accounts.search().total)
        return self.identity.create_account(MACHINE, name, PASSWORD, wanted, temporary=False)

    def bearer(self, *permissions: Permission) -> dict[str, str]:
        """Headers of a script with these permissions."""
        console = self.identity.console_token()
        found = self.identity.authenticate("", console)
        assert found is not None
        issued = self.identity.issue_token(found[0], "test", frozenset(permissions or Permission))
        return {"authorization": f"Bearer {issued.secret}", "accept": "application/json"}

    def actions(self) -> list[str]:
        """The ledger's actions in core, oldest first."""
        from appliance.audit.model import LedgerQuery

        return [row.action for row in reversed(self.audit.ledger(LedgerQuery()).items)]


def constant(service: object) -> Any:
    def provide() -> object:
        return service

    return provide
