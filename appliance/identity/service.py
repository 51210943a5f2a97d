"""Identity as the other rooms and the handlers see it."""

from datetime import datetime

from appliance.identity.accounts import Accounts
from appliance.identity.model import Account, IssuedToken
from appliance.identity.passwords import Passwords
from appliance.identity.permissions import Permission, Role
from appliance.identity.sessions import Sessions
from appliance.identity.tokens import Tokens
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database
from appliance.kernel.web import AuthToken


class Identity:
    """Accounts, sessions and tokens of one site, kept in core.db."""

    def __init__(self, core: Database, passwords: Passwords | None = None) -> None:
        passwords = passwords or Passwords()
        self.accounts = Accounts(core, passwords)
        self.sessions = Sessions(core, passwords)
        self.tokens = Tokens(core)

    def create_account(
        self,
        actor: Actor,
        login: str,
        password: str,
        roles: frozenset[Role],
        *,
        display_name: str = "",
        employee_id: str | None = None,
        language: str = "",
        temporary: bool = True,
    ) -> Account:
        """Open an account; see `Accounts.create`."""
        return self.accounts.create(
            actor,
            login,
            password,
            roles,
            display_name=display_name,
            employee_id=employee_id,
            language=language,
            temporary=temporary,
        )

    def issue_token(
        self,
        actor: Actor,
        label: str,
        permissions: frozenset[Permission],
        *,
        account_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> IssuedToken:
        """Make an API token; see `Tokens.issue`."""
        return self.tokens.issue(actor, label, permissions, account_id=account_id, expires_at=expires_at)

    def console_token(self) -> str:
        """A token with every permission for whoever starts the machine; the one of the last start ends."""
        return self.tokens.console()

    def authenticate(self, session_token: str, bearer: str) -> tuple[Actor, AuthToken] | None:
        """Who acts: the bearer token's account or, without one, the session's. None when neither holds."""
        if bearer:
            return self.tokens.authenticate(bearer)
        return self.sessions.authenticate(session_token) if session_token else None
