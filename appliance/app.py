"""The composition root: opens the site's files, lets every room hang up its part, and makes the two web apps.

Nothing else knows all rooms. The order of the `wire` calls is the order of the arrows in ARCHITECTURE.md.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

import appliance
from appliance.attendance.wiring import wire as wire_attendance
from appliance.audit.wiring import wire as wire_audit
from appliance.identity.permissions import public
from appliance.identity.service import Identity
from appliance.identity.wiring import authentication
from appliance.identity.wiring import wire as wire_identity
from appliance.interviews.assessment.wiring import wire_assessment
from appliance.interviews.report.letter import Letters
from appliance.interviews.rights.wiring import wire_rights
from appliance.interviews.validation.ratings import erase_ratings
from appliance.interviews.wiring import wire as wire_interviews
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import SystemClock, from_text
from appliance.kernel.databases import Databases
from appliance.kernel.db import Database
from appliance.kernel.i18n import Catalogue
from appliance.kernel.jobs import JobRunner
from appliance.kernel.keys import KeyRing
from appliance.kernel.log import RequestLog
from appliance.kernel.metrics import Metrics
from appliance.kernel.outbox import Dispatcher
from appliance.kernel.problems import exception_handlers
from appliance.kernel.schema import AUDIT
from appliance.kernel.security import (
    JSON_BODY_BYTES,
    PlainAddresses,
    SameOrigin,
    secure_headers,
    static_router,
)
from appliance.kernel.site import Site
from appliance.kernel.web import Web
from appliance.notifications.wiring import wire as wire_notifications
from appliance.payroll.wiring import wire as wire_payroll
from appliance.people.wiring import wire as wire_people
from appliance.recruiting.wiring import wire as wire_recruiting
from appliance.settings import Settings
from inference.engines import Engines

HERE = Path(appliance.__file__).parent

API_DESCRIPTION = """Everything that the pages do, for scripts on the site's own network.

Send `Authorization: Bearer <token>`. Instants are ISO 8601 in UTC, days are the site's own, money is a decimal
string in yuan. Lists take `page` and `size` and answer `items`, `total`, `page`, `size`. Errors are
`application/problem+json` (RFC 9457) with a stable `code`; send `Accept-Language: en` for English texts.
"""


class Appliance:
    """One opened site: its files, its two web apps, and what runs in the background."""

    def __init__(self, settings: Settings, keys: KeyRing, engines: Engines) -> None:
        clock = SystemClock(ZoneInfo(settings.zone))
        databases = Databases.open(settings.data, keys, clock)
        try:
            for database in databases:
                clock.raise_floor(_last_instant(database))
            self.metrics = Metrics()
            self.metrics.before_reading(lambda: self.metrics.clock_behind(clock.behind.total_seconds()))
            self.site = Site(
                settings=settings,
                databases=databases,
                clock=clock,
                keys=keys,
                blobs=BlobStore(databases.media, keys),
                engines=engines,
                metrics=self.metrics,
            )
            self.identity = _wire(self.site)
            self.web = _web_app(self.site, self.metrics)
            self.terminals = _terminal_app(self.site, self.metrics)
            self.runner = JobRunner(list(databases), self.site.jobs, clock)
            self.dispatcher = Dispatcher(list(databases), self.site.subscriptions)
        except BaseException:
            databases.close()
            raise

    def start(self) -> None:
        """Begin background work; what an earlier run left behind is taken up."""
        self.dispatcher.start()
        self.runner.start()

    def stop(self) -> None:
        """End background work, hand back leased jobs, close the files."""
        self.runner.stop()
        self.dispatcher.stop()
        self.site.databases.close()


def _wire(site: Site) -> Identity:
    """Let the rooms hang up their parts, lowest first."""
    identity = wire_identity(site)
    wire_audit(site)
    notifications = wire_notifications(site)
    people = wire_people(site, notifications)
    wire_attendance(site, people)
    recruiting = wire_recruiting(site, people)
    wire_interviews(site, recruiting, notifications)
    wire_assessment(site, recruiting)
    letters = site.services["interview_letters"]
    assert isinstance(letters, Letters), "reports are wired with the assessment"
    wire_rights(site, recruiting, letters.explanation).also(erase_ratings)
    wire_payroll(site, people)
    return identity


def _web_app(site: Site, metrics: Metrics) -> Litestar:
    settings = site.settings
    web = Web(
        templates=HERE / "templates",
        static=HERE / "static",
        vendor=settings.vendor_dir,
        catalogue=Catalogue.load(HERE / "locale"),
        clock=site.clock,
        navigation=site.nav_items,
        waiting=site.waiting,
        searches=site.searches,
        names=site.names,
        site_name=settings.site_name,
    )
    return Litestar(
        route_handlers=[static_router(HERE / "static", settings.vendor_dir, public()), *site.routes],
        dependencies=_dependencies(site),
        middleware=[RequestLog(metrics), PlainAddresses(), authentication(site), SameOrigin()],
        before_send=[secure_headers],
        exception_handlers=exception_handlers(),
        request_max_body_size=JSON_BODY_BYTES,
        openapi_config=_openapi(),
        state=State({"web": web, "site": site, "metrics": metrics}),
        debug=False,
        logging_config=None,
    )


def _terminal_app(site: Site, metrics: Metrics) -> Litestar:
    """Plain HTTP for terminals: no sessions, no pages, no documentation, nothing but the wire."""
    return Litestar(
        route_handlers=site.terminal_routes,
        dependencies=_dependencies(site),
        openapi_config=None,
        state=State({"site": site, "metrics": metrics}),
        debug=False,
        logging_config=None,
    )


def _dependencies(site: Site) -> dict[str, Provide]:
    return {
        name: Provide(_constant(service), sync_to_thread=False) for name, service in site.services.items()
    }


def _constant(service: object) -> Callable[[], object]:
    def provide() -> object:
        return service

    return provide


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Muster 点将",
        version="1",
        description=API_DESCRIPTION,
        # The document alone: the viewers that Litestar offers load their scripts from the internet.
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        openapi_router=Router("/api/v1", route_handlers=[], guards=[public()]),
        components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"token": []}],
    )


def _last_instant(database: Database) -> datetime:
    """When the ledger was last written: the past, whatever the machine's clock says today."""
    text = database.read(lambda tx: tx.execute(sa.select(sa.func.max(AUDIT.c.at))).scalar())
    return from_text(text) if text else from_text("1970-01-01T00:00:00.000000Z")
