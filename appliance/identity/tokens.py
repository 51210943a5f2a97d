"""API tokens: scripts act with a part of what an account or their issuer may do."""

import json
import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from appliance.audit.ledger import record
from appliance.identity import store
from appliance.identity.model import AccountState, IssuedToken, TokenView
from appliance.identity.passwords import digest
from appliance.identity.permissions import EVERYTHING, Permission, permissions_of
from appliance.kernel.actor import MACHINE, Actor, ActorKind
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import (
    N_,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    StorageFull,
    StorageUnavailable,
)
from appliance.kernel.ids import new_id
from appliance.kernel.web import AuthKind, AuthToken

PREFIX = "mst_"
TOUCH = timedelta(minutes=1)
LONGEST_LABEL = 80
CONSOLE = "console"


class Tokens:
    """The verbs about API tokens. Only a token's hash is kept."""

    def __init__(self, core: Database) -> None:
        self._core = core

    def issue(
        self,
        actor: Actor,
        label: str,
        permissions: frozenset[Permission],
        *,
        account_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> IssuedToken:
        """A new token. With `account_id` it acts as that account, within what the account's roles include;
        without, it acts as itself, a machine, within what its issuer may do.

        Raises `Invalid` for a missing label or an expiry in the past, `Forbidden` for more than the issuer
        has.
        """
        label = label.strip()
        if not label or len(label) > LONGEST_LABEL:
            raise Invalid({"label": N_("Say in a few words what the token is for.")})
        if not permissions:
            raise Invalid({"permissions": N_("Choose at least one permission.")})
        if expires_at is not None and expires_at <= self._core.clock.now():
            raise Invalid({"expires_at": N_("Choose a day that is still to come.")})
        beyond = sorted(permission for permission in permissions if not actor.may(permission))
        if beyond:
            raise Forbidden(
                N_("A token cannot do more than whoever issues it: %(permissions)s."),
                permissions=", ".join(beyond),
            )

        def work(tx: Transaction) -> IssuedToken:
            if account_id is not None and store.find_account(tx, account_id) is None:
                raise NotFound(N_("There is no such account."))
            return _insert(tx, actor, label, permissions, account_id, expires_at)

        return self._core.write(work)

    def console(self) -> str:
        """The token that a start of the machine prints: it may do everything, until the next start."""

        def work(tx: Transaction) -> str:
            store.revoke_console_tokens(tx)
            return _insert(tx, MACHINE, CONSOLE, EVERYTHING, None, None, is_console=True).secret

        return self._core.write(work)

    def revoke(self, actor: Actor, token_id: str) -> None:
        """End a token at once."""

        def work(tx: Transaction) -> None:
            if store.token_by_id(tx, token_id) is None:
                raise NotFound(N_("There is no such token."))
            if not store.revoke_token(tx, token_id):
                raise Conflict(N_("This token had ended before."))
            record(tx, actor, "token.revoked", f"token:{token_id}")

        self._core.write(work)

    def known(self) -> list[TokenView]:
        """All tokens, ended ones too, the newest first."""
        return self._core.read(store.list_tokens)

    def authenticate(self, secret: str) -> tuple[Actor, AuthToken] | None:
        """Who the bearer of this secret is; None when the token is unknown, over or its account is closed."""
        row = self._core.read(lambda tx: store.find_token(tx, digest(secret)))
        now = self._core.clock.now()
        if row is None or row.revoked_at is not None:
            return None
        if row.expires_at is not None and now >= from_text(row.expires_at):
            return None
        permissions = frozenset(str(name) for name in json.loads(row.permissions))
        # Whoever reads the console's token started the machine: a person, told as the console.
        kind = ActorKind.PERSON if row.is_console else ActorKind.MACHINE
        # The same person at every start, so that starting the machine again makes nobody a second person.
        actor = Actor(CONSOLE if row.is_console else row.id, kind, permissions, row.label)
        if row.account_id is not None:
            account = self._core.read(lambda tx: store.find_account(tx, row.account_id))
            if account is None or account.state is not AccountState.ACTIVE:
                return None
            actor = Actor(
                account.id, ActorKind.PERSON, permissions & permissions_of(account.roles), account.label
            )
        if row.last_used_at is None or now - from_text(row.last_used_at) > TOUCH:
            with suppress(StorageFull, StorageUnavailable):  # who may only read on a full disk still may read
                self._core.write(lambda tx: store.touch_token(tx, row.id))
        return actor, AuthToken(AuthKind.TOKEN, row.id, row.account_id or "", row.label)


def _insert(
    tx: Transaction,
    actor: Actor,
    label: str,
    permissions: frozenset[Permission],
    account_id: str | None,
    expires_at: datetime | None,
    *,
    is_console: bool = False,
) -> IssuedToken:
    secret = PREFIX + secrets.token_urlsafe(32)
    token_id = new_id()
    store.insert_token(
        tx,
        {
            "id": token_id,
            "token_hash": digest(secret),
            "label": label,
            "account_id": account_id,
            "is_console": int(is_console),
            "permissions": json.dumps(sorted(permissions)),
            "created_by": actor.id,
            "expires_at": to_text(expires_at) if expires_at else None,
        },
    )
    record(
        tx,
        actor,
        "token.issued",
        f"token:{token_id}",
        {"permissions": len(permissions), "account": account_id or "", "console": is_console},
    )
    token = store.token_by_id(tx, token_id)
    if token is None:
        raise NotFound(N_("There is no such token."))
    return IssuedToken(secret, token)
