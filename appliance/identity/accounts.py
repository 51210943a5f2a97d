"""Accounts: who has one, what it may do, its password and its one-time codes."""

import json

from appliance.audit.ledger import record
from appliance.identity import store
from appliance.identity.model import Account, AccountState, TotpSetup
from appliance.identity.passwords import (
    Passwords,
    check_password,
    matching_step,
    new_recovery_codes,
    new_totp_secret,
    recovery_digest,
    totp_setup,
)
from appliance.identity.permissions import Role
from appliance.kernel.actor import Actor
from appliance.kernel.clock import to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Forbidden, Invalid, NotFound
from appliance.kernel.i18n import LANGUAGES
from appliance.kernel.ids import new_id
from appliance.kernel.web import THEMES, Page, Paging

LONGEST_LOGIN = 64
ISSUER = "Muster"


class Accounts:
    """The verbs about accounts. Every one of them leaves its row in the ledger."""

    def __init__(self, core: Database, passwords: Passwords) -> None:
        self._core = core
        self._passwords = passwords

    def create(
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
        """Open an account; `temporary` asks its owner to choose a password of their own.

        Raises `Invalid` for a login or password that cannot be taken, `Conflict` for a login that is in use.
        """
        login = _login(login)
        check_password(password, login)
        if not roles:
            raise Invalid({"roles": N_("Choose at least one role.")})
        kept = self._passwords.hash(password)

        def work(tx: Transaction) -> Account:
            if store.account_row(tx, login=login) is not None:
                raise Conflict(N_("There is an account %(login)s already. Choose another."), login=login)
            account_id = new_id()
            store.insert_account(
                tx,
                {
                    "id": account_id,
                    "login": login,
                    "display_name": display_name.strip() or login,
                    "password_hash": kept,
                    "password_is_temporary": int(temporary),
                    "roles": _roles_text(roles),
                    "state": AccountState.ACTIVE,
                    "language": language if language in LANGUAGES else "",
                    "employee_id": employee_id,
                },
            )
            record(tx, actor, "account.created", f"account:{account_id}", {"roles": ",".join(sorted(roles))})
            return _found(tx, account_id)

        return self._core.write(work)

    def get(self, account_id: str) -> Account:
        """The account. Raises `NotFound`."""
        return self._core.read(lambda tx: _found(tx, account_id))

    def name_behind(self, label: str) -> str:
        """The name behind an account number as the ledger shows it (A00001); "" for any other label."""
        digits = label.removeprefix("A")
        if digits == label or not (digits.isascii() and digits.isdigit()):
            return ""
        return self._core.read(lambda tx: store.display_name(tx, int(digits)))

    def search(self, text: str = "", role: Role | None = None, paging: Paging | None = None) -> Page[Account]:
        """Accounts by login, those whose login or name holds the text."""
        paging = paging or Paging()
        accounts, total = self._core.read(
            lambda tx: store.search_accounts(tx, text.strip(), role, paging.offset, paging.size)
        )
        return Page(accounts, total, paging.number, paging.size)

    def with_role(self, role: Role) -> list[Account]:
        """Active accounts that have the role, for choosing an interviewer or a head of department."""
        accounts, _total = self._core.read(lambda tx: store.search_accounts(tx, "", role, 0, 1000))
        return [account for account in accounts if account.state is AccountState.ACTIVE]

    def exist(self) -> bool:
        """Whether anybody has an account yet."""
        return self._core.read(store.count_accounts) > 0

    def set_roles(self, actor: Actor, account_id: str, roles: frozenset[Role]) -> Account:
        """Give the account other roles and end its sessions. Nobody changes their own roles."""
        if actor.id == account_id:
            raise Forbidden(N_("Nobody changes their own roles; ask another person who manages accounts."))
        if not roles:
            raise Invalid({"roles": N_("Choose at least one role.")})

        def work(tx: Transaction) -> Account:
            before = _found(tx, account_id)
            store.update_account(tx, account_id, roles=_roles_text(roles))
            store.delete_sessions(tx, account_id)
            details = {"before": ",".join(sorted(before.roles)), "after": ",".join(sorted(roles))}
            record(tx, actor, "account.roles_changed", f"account:{account_id}", details)
            return _found(tx, account_id)

        return self._core.write(work)

    def deactivate(self, actor: Actor, account_id: str) -> None:
        """Close the account: its sessions end at once and nobody can sign in with it."""
        if actor.id == account_id:
            raise Forbidden(N_("Nobody closes their own account; ask another person who manages accounts."))

        def work(tx: Transaction) -> None:
            if _found(tx, account_id).state is AccountState.INACTIVE:
                raise Conflict(N_("This account is closed already."))
            store.update_account(tx, account_id, state=AccountState.INACTIVE)
            store.delete_sessions(tx, account_id)
            record(tx, actor, "account.closed", f"account:{account_id}")

        self._core.write(work)

    def reactivate(self, actor: Actor, account_id: str) -> None:
        """Open a closed account again."""

        def work(tx: Transaction) -> None:
            if _found(tx, account_id).state is AccountState.ACTIVE:
                raise Conflict(N_("This account is open already."))
            store.update_account(tx, account_id, state=AccountState.ACTIVE)
            record(tx, actor, "account.reopened", f"account:{account_id}")

        self._core.write(work)

    def reset_password(self, actor: Actor, account_id: str, password: str) -> None:
        """Give a temporary password and take the one-time codes away, for somebody who lost both."""
        check_password(password, self.get(account_id).login)
        kept = self._passwords.hash(password)

        def work(tx: Transaction) -> None:
            store.update_account(
                tx,
                account_id,
                password_hash=kept,
                password_is_temporary=1,
                totp_secret=None,
                totp_confirmed_at=None,
            )
            store.replace_recovery_codes(tx, account_id, [])
            store.delete_sessions(tx, account_id)
            record(tx, actor, "account.password_reset", f"account:{account_id}")

        self._core.write(work)

    # what an account's owner does

    def change_password(self, actor: Actor, present: str, wanted: str, *, session_id: str = "") -> None:
        """Choose another password; every other session ends. `Invalid` when the present one is wrong."""
        row = self._core.read(lambda tx: store.account_row(tx, account_id=actor.id))
        if row is None or not self._passwords.fits(present, row.password_hash):
            raise Invalid({"present": N_("This is not your present password.")})
        check_password(wanted, row.login, "wanted")
        if present == wanted:
            raise Invalid({"wanted": N_("Choose another password than the present one.")})
        kept = self._passwords.hash(wanted)

        def work(tx: Transaction) -> None:
            store.update_account(tx, actor.id, password_hash=kept, password_is_temporary=0)
            store.delete_sessions(tx, actor.id, but=session_id)
            record(tx, actor, "account.password_changed", f"account:{actor.id}")

        self._core.write(work)

    def set_preferences(self, actor: Actor, language: str, theme: str) -> None:
        """Remember language and theme; empty means as the browser says."""
        if language and language not in LANGUAGES:
            raise Invalid({"language": N_("Choose one of the languages of the list.")})
        if theme and theme not in THEMES:
            raise Invalid({"theme": N_("Choose one of the themes of the list.")})
        self._core.write(lambda tx: store.update_account(tx, actor.id, language=language, theme=theme))

    def begin_totp(self, actor: Actor) -> TotpSetup:
        """A new secret for the authenticator app; nothing is asked for until a code of it was confirmed."""
        account = self.get(actor.id)
        if account.has_totp:
            raise Conflict(N_("One-time codes are on already. Turn them off first to use another device."))
        secret = new_totp_secret()
        self._core.write(lambda tx: store.update_account(tx, actor.id, totp_secret=secret))
        return totp_setup(secret, account.login, ISSUER)

    def pending_totp(self, actor: Actor) -> TotpSetup | None:
        """The set-up under way, to show its QR code again; None when there is none."""
        row = self._core.read(lambda tx: store.account_row(tx, account_id=actor.id))
        if row is None or row.totp_secret is None or row.totp_confirmed_at is not None:
            return None
        return totp_setup(row.totp_secret, row.login, ISSUER)

    def finish_totp(self, actor: Actor, code: str) -> list[str]:
        """Turn one-time codes on with a first right code; returns the recovery codes, shown once."""
        codes = new_recovery_codes()

        def work(tx: Transaction) -> None:
            row = store.account_row(tx, account_id=actor.id)
            if row is None or row.totp_secret is None or row.totp_confirmed_at is not None:
                raise Conflict(N_("The set-up was not begun, or is finished already. Begin it again."))
            step = matching_step(row.totp_secret, code, tx.now)
            if step is None:
                raise Invalid({"code": N_("This code does not fit. Check the clock of your phone.")})
            store.update_account(tx, actor.id, totp_confirmed_at=to_text(tx.now), totp_last_step=step)
            store.replace_recovery_codes(tx, actor.id, [recovery_digest(text) for text in codes])
            record(tx, actor, "account.totp_on", f"account:{actor.id}")

        self._core.write(work)
        return codes

    def remove_totp(self, actor: Actor, password: str) -> None:
        """Turn one-time codes off; the password is asked for again."""
        row = self._core.read(lambda tx: store.account_row(tx, account_id=actor.id))
        if row is None or not self._passwords.fits(password, row.password_hash):
            raise Invalid({"password": N_("This is not your present password.")})

        def work(tx: Transaction) -> None:
            store.update_account(tx, actor.id, totp_secret=None, totp_confirmed_at=None)
            store.replace_recovery_codes(tx, actor.id, [])
            record(tx, actor, "account.totp_off", f"account:{actor.id}")

        self._core.write(work)

    def recovery_codes_left(self, actor: Actor) -> int:
        """How many recovery codes the owner has not used yet."""
        return self._core.read(lambda tx: store.recovery_codes_left(tx, actor.id))


def _login(text: str) -> str:
    login = text.strip().casefold()
    if not login:
        raise Invalid({"login": N_("Please fill this in.")})
    if len(login) > LONGEST_LOGIN or any(not (char.isalnum() or char in "._-@") for char in login):
        raise Invalid({"login": N_("Letters, digits and . _ - @ only, at most 64 of them.")})
    return login


def _roles_text(roles: frozenset[Role]) -> str:
    return json.dumps(sorted(roles))


def _found(tx: Transaction, account_id: str) -> Account:
    account = store.find_account(tx, account_id)
    if account is None:
        raise NotFound(N_("There is no such account."))
    return account
