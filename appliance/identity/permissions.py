"""What an account may do, which role includes it, and the guards that say so at every handler.

Every route carries a guard of this module; `tests/identity/routes.py` walks all routes and fails on one
without. A guard says who may come in; rules about one particular thing (a named interviewer, a second person)
belong to the verb of the room.

    @get("/openings", guards=[requires(Permission.OPENINGS_READ)])
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.errors import N_, Forbidden, NotSignedIn

Connection = ASGIConnection[Any, Any, Any, Any]


class Permission(StrEnum):
    """One thing an account may do; the value is what tokens and roles name."""

    OPENINGS_READ = "openings.read"
    OPENINGS_WRITE = "openings.write"
    CANDIDATES_READ = "candidates.read"
    CANDIDATES_WRITE = "candidates.write"
    CANDIDATES_DECIDE = "candidates.decide"
    INTERVIEWS_READ = "interviews.read"
    INTERVIEWS_MANAGE = "interviews.manage"
    INTERVIEWS_RATE = "interviews.rate"
    RECORDINGS_OPEN = "recordings.open"
    RECORDINGS_OPEN_ASSIGNED = "recordings.open_assigned"
    OFFERS_READ = "offers.read"
    OFFERS_WRITE = "offers.write"
    OFFERS_APPROVE = "offers.approve"
    EMPLOYEES_READ = "employees.read"
    EMPLOYEES_WRITE = "employees.write"
    EMPLOYEES_READ_DEPARTMENT = "employees.read_department"
    TERMINALS_READ = "terminals.read"
    TERMINALS_MANAGE = "terminals.manage"
    PUNCHES_READ = "punches.read"
    ROSTERS_READ = "rosters.read"
    ROSTERS_WRITE = "rosters.write"
    PAYROLL_READ = "payroll.read"
    PAYROLL_WRITE = "payroll.write"
    PAYROLL_APPROVE = "payroll.approve"
    OWN_RECORDS = "own.read"
    REPORTS_READ = "reports.read"
    NOTIFICATIONS_READ = "notifications.read"
    JOBS_READ = "jobs.read"
    JOBS_MANAGE = "jobs.manage"
    AUDIT_READ = "audit.read"
    ACCOUNTS_MANAGE = "accounts.manage"
    SETTINGS_MANAGE = "settings.manage"
    METRICS_READ = "metrics.read"


class Role(StrEnum):
    """A job in the house; an account has one or more."""

    HR_MANAGER = "hr_manager"
    RECRUITER = "recruiter"
    INTERVIEWER = "interviewer"
    PAYROLL = "payroll"
    DEPARTMENT_HEAD = "department_head"
    EMPLOYEE = "employee"
    IT = "it"
    AUDITOR = "auditor"


ROLE_LABELS: Mapping[Role, str] = {
    Role.HR_MANAGER: N_("HR manager"),
    Role.RECRUITER: N_("Recruiter"),
    Role.INTERVIEWER: N_("Interviewer"),
    Role.PAYROLL: N_("Payroll accountant"),
    Role.DEPARTMENT_HEAD: N_("Head of department"),
    Role.EMPLOYEE: N_("Employee"),
    Role.IT: N_("IT"),
    Role.AUDITOR: N_("Auditor"),
}

ROLE_DUTIES: Mapping[Role, str] = {
    Role.HR_MANAGER: N_(
        "Everything in recruiting and people, including decisions, recordings and approving offers and pay; "
        "sees terminals, punches, background work and the ledger. Does not manage accounts or the machine."
    ),
    Role.RECRUITER: N_(
        "Openings, candidates, interviews and offers. Opens no recording and approves nothing."
    ),
    Role.INTERVIEWER: N_("Reads and rates the interviews that name this person, with their recordings."),
    Role.PAYROLL: N_("Pay records and wages, approving pay; sees employees and punches."),
    Role.DEPARTMENT_HEAD: N_("Reads shifts, and reads and rates the interviews that name this person."),
    Role.EMPLOYEE: N_("Own records only."),
    Role.IT: N_("Accounts, terminals, background work and settings. Sees no candidate, recording or pay."),
    Role.AUDITOR: N_("Reads files, pay, jobs and the ledger, and changes nothing."),
}
"""What a role is for, for whoever hands it out; ROLE_PERMISSIONS is what it is."""

P = Permission
_EMPLOYEE = frozenset({P.OWN_RECORDS})
_RECRUITER = _EMPLOYEE | {
    P.OPENINGS_READ,
    P.OPENINGS_WRITE,
    P.CANDIDATES_READ,
    P.CANDIDATES_WRITE,
    P.CANDIDATES_DECIDE,
    P.INTERVIEWS_READ,
    P.INTERVIEWS_MANAGE,
    P.OFFERS_READ,
    P.OFFERS_WRITE,
    P.NOTIFICATIONS_READ,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.HR_MANAGER: _RECRUITER
    | {
        P.INTERVIEWS_RATE,
        P.RECORDINGS_OPEN,
        P.OFFERS_APPROVE,
        P.EMPLOYEES_READ,
        P.EMPLOYEES_WRITE,
        P.TERMINALS_READ,
        P.PUNCHES_READ,
        P.ROSTERS_READ,
        P.ROSTERS_WRITE,
        P.PAYROLL_READ,
        P.PAYROLL_APPROVE,
        P.REPORTS_READ,
        P.JOBS_READ,
        P.AUDIT_READ,
    },
    Role.RECRUITER: _RECRUITER,
    # An interviewer sees the interviews that name them, and those recordings; the room checks the naming.
    Role.INTERVIEWER: _EMPLOYEE | {P.INTERVIEWS_READ, P.INTERVIEWS_RATE, P.RECORDINGS_OPEN_ASSIGNED},
    Role.PAYROLL: _EMPLOYEE
    | {P.PAYROLL_READ, P.PAYROLL_WRITE, P.PAYROLL_APPROVE, P.EMPLOYEES_READ, P.PUNCHES_READ, P.REPORTS_READ},
    # A head's view ends at the department. Punches and shifts are not yet shown by department, and those of the
    # whole site are no head's business; until then they are HR's.
    Role.DEPARTMENT_HEAD: _EMPLOYEE
    | {
        P.EMPLOYEES_READ_DEPARTMENT,
        P.ROSTERS_READ,
        P.INTERVIEWS_READ,
        P.INTERVIEWS_RATE,
        P.RECORDINGS_OPEN_ASSIGNED,
        P.REPORTS_READ,
    },
    Role.EMPLOYEE: _EMPLOYEE,
    # IT keeps the machine running and sees no candidate, no recording and no pay.
    Role.IT: _EMPLOYEE
    | {
        P.TERMINALS_READ,
        P.TERMINALS_MANAGE,
        P.JOBS_READ,
        P.JOBS_MANAGE,
        P.ACCOUNTS_MANAGE,
        P.SETTINGS_MANAGE,
        P.METRICS_READ,
        P.NOTIFICATIONS_READ,
    },
    # An auditor reads the ledger and what stands behind it, and changes nothing.
    Role.AUDITOR: frozenset(
        {
            P.AUDIT_READ,
            P.JOBS_READ,
            P.OPENINGS_READ,
            P.CANDIDATES_READ,
            P.INTERVIEWS_READ,
            P.OFFERS_READ,
            P.EMPLOYEES_READ,
            P.PAYROLL_READ,
            P.REPORTS_READ,
        }
    ),
}

EVERYTHING: frozenset[Permission] = frozenset(Permission)


def permissions_of(roles: frozenset[Role] | set[Role]) -> frozenset[str]:
    """All that the roles include together, as the plain strings that an Actor carries."""
    return frozenset(str(permission) for role in roles for permission in ROLE_PERMISSIONS[role])


class Guard:
    """Base of every guard, so that a test can tell a guarded route from a forgotten one."""

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Return when the connection may come in; raise `NotSignedIn` or `Forbidden` when not."""
        raise NotImplementedError


@dataclass(frozen=True)
class Requires(Guard):
    """Somebody who holds at least one of the permissions."""

    any_of: frozenset[Permission]

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        actor = _signed_in(connection)
        if not any(actor.may(permission) for permission in self.any_of):
            raise Forbidden()


@dataclass(frozen=True)
class SignedIn(Guard):
    """Anybody with an account, for what everybody has: the first page, the own account."""

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        _signed_in(connection)


@dataclass(frozen=True)
class Public(Guard):
    """Everybody on the network: sign-in, the post's public page, static files, the health check."""

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        return None


@dataclass(frozen=True)
class InvitationLink(Guard):
    """Whoever holds the link: the path carries a capability token that the handler's verb must check."""

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        return None


@dataclass(frozen=True)
class TerminalWire(Guard):
    """An attendance terminal on the terminals' own port: the handler's verb checks serial and approval."""

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        return None


@dataclass(frozen=True)
class LocalOr(Guard):
    """A caller on this machine (the site's own monitoring), or somebody who holds the permission."""

    permission: Permission

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        client = connection.client
        forwarded = "x-forwarded-for" in connection.headers
        if client is not None and client.host in {"127.0.0.1", "::1"} and not forwarded:
            return
        await Requires(frozenset({self.permission}))(connection, handler)


def requires(permission: Permission, *alternatives: Permission) -> Requires:
    """Let in who holds the permission (or one of the alternatives)."""
    return Requires(frozenset({permission, *alternatives}))


def signed_in() -> SignedIn:
    """Let in anybody with an account."""
    return SignedIn()


def public() -> Public:
    """Let in everybody on the network."""
    return Public()


def invitation_link() -> InvitationLink:
    """Let in whoever holds the link; the verb checks the token."""
    return InvitationLink()


def terminal_wire() -> TerminalWire:
    """Let in terminals on their port; the verb checks the serial."""
    return TerminalWire()


def local_or(permission: Permission) -> LocalOr:
    """Let in callers on this machine, and who holds the permission."""
    return LocalOr(permission)


def _signed_in(connection: Connection) -> Actor:
    actor = connection.scope.get("user")
    if not isinstance(actor, Actor) or actor.kind is ActorKind.ANONYMOUS:
        raise NotSignedIn()
    return actor
