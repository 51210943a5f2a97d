"""Accounts and tokens for scripts: /api/v1/accounts, /api/v1/tokens, /api/v1/me."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import QueryParameter

from appliance.identity.model import Account, AccountState, TokenView
from appliance.identity.permissions import Permission, Role, requires, signed_in
from appliance.identity.service import Identity
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.web import (
    FromPath,
    FromQuery,
    JSONBody,
    NamedDependency,
    Page,
    PageNumber,
    PageSize,
    Paging,
    WebRequest,
)


class AccountOut(msgspec.Struct, frozen=True):
    """An account."""

    id: str
    number: str
    login: str
    display_name: str
    roles: tuple[Role, ...]
    state: AccountState
    has_totp: bool
    employee_id: str | None
    created_at: datetime
    last_sign_in_at: datetime | None


class AccountIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new account. With `temporary_password` its owner is asked to choose another one."""

    login: str
    password: str
    roles: frozenset[Role]
    display_name: str = ""
    employee_id: str | None = None
    language: str = ""
    temporary_password: bool = True


class RolesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The roles that an account has from now on."""

    roles: frozenset[Role]


class TokenIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new token. With `account_id` it acts as that account within what the account's roles include."""

    label: str
    permissions: frozenset[Permission]
    account_id: str | None = None
    expires_at: datetime | None = None


class TokenOut(msgspec.Struct, frozen=True):
    """A token without its secret."""

    id: str
    label: str
    permissions: tuple[str, ...]
    account_id: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewTokenOut(msgspec.Struct, frozen=True):
    """A new token; `secret` is told now and never again."""

    secret: str
    token: TokenOut


class Me(msgspec.Struct, frozen=True):
    """Who the caller is and what it may do."""

    id: str
    kind: str
    label: str
    permissions: tuple[str, ...]


@get(
    "/api/v1/me",
    guards=[signed_in()],
    operation_id="getMe",
    summary="Who am I",
    description="The caller behind the token, and what it may do.",
    tags=["accounts"],
    sync_to_thread=False,
)
def me(request: WebRequest) -> Me:
    """Who the token stands for."""
    actor = request.user
    return Me(actor.id, str(actor.kind), actor.label, tuple(sorted(actor.permissions)))


class AccountsApi(Controller):
    """Accounts."""

    path = "/api/v1/accounts"
    guards = [requires(Permission.ACCOUNTS_MANAGE)]
    tags = ["accounts"]

    @get("/", operation_id="listAccounts", summary="List accounts", sync_to_thread=True)
    def board(
        self,
        identity: NamedDependency[Identity],
        text: Annotated[str, QueryParameter(name="q", description="part of the login or name")] = "",
        role: FromQuery[Role | None] = None,
        number: PageNumber = 1,
        size: PageSize = 50,
    ) -> Page[AccountOut]:
        """Accounts by login."""
        found = identity.accounts.search(text, role, Paging(number, size))
        return Page([account_out(account) for account in found.items], found.total, found.page, found.size)

    @post("/", operation_id="createAccount", summary="Open an account", sync_to_thread=True)
    def create(
        self, request: WebRequest, identity: NamedDependency[Identity], data: JSONBody[AccountIn]
    ) -> AccountOut:
        """Open an account; 409 when the login is in use."""
        account = identity.accounts.create(
            request.user,
            data.login,
            data.password,
            data.roles,
            display_name=data.display_name,
            employee_id=data.employee_id,
            language=data.language,
            temporary=data.temporary_password,
        )
        return account_out(account)

    @get("/{account_id:str}", operation_id="getAccount", summary="One account", sync_to_thread=True)
    def show(self, identity: NamedDependency[Identity], account_id: FromPath[str]) -> AccountOut:
        """One account; 404 when there is none."""
        return account_out(identity.accounts.get(account_id))

    @put("/{account_id:str}/roles", operation_id="setRoles", summary="Change roles", sync_to_thread=True)
    def set_roles(
        self,
        request: WebRequest,
        identity: NamedDependency[Identity],
        account_id: FromPath[str],
        data: JSONBody[RolesIn],
    ) -> AccountOut:
        """Give the account other roles; its sessions end."""
        return account_out(identity.accounts.set_roles(request.user, account_id, data.roles))

    @post(
        "/{account_id:str}/deactivation",
        operation_id="deactivateAccount",
        summary="Close an account",
        status_code=200,
        sync_to_thread=True,
    )
    def deactivate(
        self, request: WebRequest, identity: NamedDependency[Identity], account_id: FromPath[str]
    ) -> AccountOut:
        """Close the account; its sessions and tokens end at once."""
        identity.accounts.deactivate(request.user, account_id)
        return account_out(identity.accounts.get(account_id))


class TokensApi(Controller):
    """API tokens."""

    path = "/api/v1/tokens"
    guards = [requires(Permission.ACCOUNTS_MANAGE)]
    tags = ["accounts"]

    @get("/", operation_id="listTokens", summary="List API tokens", sync_to_thread=True)
    def board(self, identity: NamedDependency[Identity]) -> Sequence[TokenOut]:
        """All tokens without their secrets, ended ones too."""
        return [token_out(token) for token in identity.tokens.known()]

    @post("/", operation_id="issueToken", summary="Make an API token", sync_to_thread=True)
    def issue(
        self, request: WebRequest, identity: NamedDependency[Identity], data: JSONBody[TokenIn]
    ) -> NewTokenOut:
        """Make a token; it can do no more than the caller, and no more than its account."""
        if data.expires_at is not None and data.expires_at.tzinfo is None:
            raise Invalid({"expires_at": N_("Write it with its zone, such as 2026-11-23T08:00:00Z.")})
        issued = identity.issue_token(
            request.user,
            data.label,
            data.permissions,
            account_id=data.account_id,
            expires_at=data.expires_at.astimezone(UTC) if data.expires_at else None,
        )
        return NewTokenOut(issued.secret, token_out(issued.token))

    @delete("/{token_id:str}", operation_id="revokeToken", summary="End an API token", sync_to_thread=True)
    def revoke(
        self, request: WebRequest, identity: NamedDependency[Identity], token_id: FromPath[str]
    ) -> None:
        """End a token at once."""
        identity.tokens.revoke(request.user, token_id)


def account_out(account: Account) -> AccountOut:
    """An account as the API tells it."""
    return AccountOut(
        id=account.id,
        number=account.label,
        login=account.login,
        display_name=account.display_name,
        roles=tuple(sorted(account.roles)),
        state=account.state,
        has_totp=account.has_totp,
        employee_id=account.employee_id,
        created_at=account.created_at,
        last_sign_in_at=account.last_sign_in_at,
    )


def token_out(token: TokenView) -> TokenOut:
    """A token as the API tells it."""
    return msgspec.convert(msgspec.structs.asdict(token), TokenOut)
