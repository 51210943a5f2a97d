"""Accounts, sessions and tokens as the room speaks of them."""

from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.identity.permissions import Role, permissions_of
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.errors import N_


class AccountState(StrEnum):
    """Whether an account may sign in."""

    ACTIVE = "active"
    INACTIVE = "inactive"


ACCOUNT_STATE_LABELS = {AccountState.ACTIVE: N_("Account open"), AccountState.INACTIVE: N_("Account closed")}


class Account(msgspec.Struct, frozen=True):
    """One person's access. `number` is what the ledger and logs show instead of a name."""

    id: str
    number: int
    login: str
    display_name: str
    roles: frozenset[Role]
    state: AccountState
    created_at: datetime
    last_sign_in_at: datetime | None = None
    language: str = ""
    theme: str = ""
    has_totp: bool = False
    password_is_temporary: bool = False
    employee_id: str | None = None

    @property
    def label(self) -> str:
        """The account's number as the ledger shows it."""
        return f"A{self.number:05d}"

    def as_actor(self) -> Actor:
        """The account as the one who acts, with all that its roles include."""
        return Actor(self.id, ActorKind.PERSON, permissions_of(self.roles), self.label)


class SessionStage(StrEnum):
    """A session waits for the one-time code before it opens anything."""

    CODE = "code"
    OPEN = "open"


class SignedIn(msgspec.Struct, frozen=True):
    """What a right password leads to: the cookie's token and whether a one-time code is still asked for."""

    token: str
    stage: SessionStage
    account: Account


class SessionView(msgspec.Struct, frozen=True):
    """A session as its owner sees it."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    browser: str


class TokenView(msgspec.Struct, frozen=True):
    """An API token without its secret, which is shown once when it is made."""

    id: str
    label: str
    permissions: tuple[str, ...]
    account_id: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class IssuedToken(msgspec.Struct, frozen=True):
    """A new API token; `secret` is shown now and never again."""

    secret: str
    token: TokenView


class TotpSetup(msgspec.Struct, frozen=True):
    """What an authenticator app needs: the QR code (SVG) or the secret typed by hand."""

    secret: str
    svg: str
