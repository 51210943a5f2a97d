"""Puts the room together and hangs it into the site."""

from functools import partial

from appliance.attendance import api, pages, pages_punches, pages_shifts
from appliance.attendance.provisioning.service import Provisioning
from appliance.attendance.punches.service import Punches
from appliance.attendance.service import Attendance
from appliance.attendance.shifts.service import Shifts
from appliance.attendance.terminals import port
from appliance.attendance.terminals.commands import CommandQueue
from appliance.attendance.terminals.model import TerminalState
from appliance.attendance.terminals.registry import Registry
from appliance.attendance.terminals.uploads import Uploads
from appliance.attendance.terminals.zk_push import PushSettings, ZkPush
from appliance.events import EmployeeCreated, EmployeeLeft
from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavItem, Urgency, WaitingCard
from appliance.kernel.outbox import Subscription
from appliance.kernel.site import Site
from appliance.people.service import People


def build(
    database: Database, clock: Clock, blobs: BlobStore, push: PushSettings | None = None
) -> tuple[Attendance, ZkPush]:
    """The room's services, and what answers terminals."""
    registry, commands = Registry(database, clock), CommandQueue()
    shifts, punches = Shifts(database, clock), Punches(database, clock)
    provisioning = Provisioning(clock, shifts)
    commands.listen(provisioning.answered)
    attendance = Attendance(database, clock, registry, commands, provisioning, punches, shifts)
    uploads = Uploads(database, clock, registry, commands)
    return attendance, ZkPush(database, clock, registry, punches, uploads, commands, blobs, push)


def wire(site: Site, people: People, push: PushSettings | None = None) -> Attendance:
    """Build the room, subscribe to people coming and going, offer routes on both ports.

    ``people`` is the room that is asked first: attendance follows its events and calls no verb of it yet.
    """
    database = site.databases.attendance
    attendance, terminals = build(database, site.clock, site.blobs, push)
    provisioning = attendance.provisioning
    site.subscribe(
        Subscription(
            "attendance.employee_created", EmployeeCreated, database.name, provisioning.employee_created
        )
    )
    site.subscribe(
        Subscription("attendance.employee_left", EmployeeLeft, database.name, provisioning.employee_left)
    )
    site.provide("attendance", attendance)
    site.route(*pages.HANDLERS, *pages_punches.HANDLERS, *pages_shifts.HANDLERS, *api.HANDLERS)
    site.terminal_route(port.mount(terminals.answer, site.clock))
    site.waiting_card(partial(_waiting, attendance))
    _navigation(site)
    return attendance


def _waiting(attendance: Attendance, actor: Actor) -> list[WaitingCard]:
    """Terminals that wait for whoever looks after them."""
    if not actor.may(Permission.TERMINALS_MANAGE):
        return []
    rows = attendance.board()
    pending = sum(row.terminal.state is TerminalState.PENDING for row in rows)
    alarmed = sum(bool(row.alarms) for row in rows)
    cards = []
    if pending:
        path = "/terminals?state=pending"
        cards.append(WaitingCard(N_("Terminals wait for approval"), pending, path, "device-tablet"))
    if alarmed:
        title = N_("Terminals called from a second address")
        cards.append(WaitingCard(title, alarmed, "/terminals", "alarm", urgency=Urgency.NOW))
    return cards


def _navigation(site: Site) -> None:
    site.navigation(
        NavItem("time", N_("Punches"), "/punches", Permission.PUNCHES_READ.value, "fingerprint", 10)
    )
    site.navigation(
        NavItem("time", N_("Shifts"), "/shifts", Permission.ROSTERS_READ.value, "clock-hour-8", 20)
    )
    site.navigation(
        NavItem("time", N_("Terminals"), "/terminals", Permission.TERMINALS_READ.value, "device-tablet", 30)
    )
