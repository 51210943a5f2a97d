"""Signing in and out: password, one-time code, the session behind the cookie, slowing down who guesses."""

import secrets
from contextlib import suppress
from datetime import timedelta

from appliance.audit.ledger import record
from appliance.identity import store
from appliance.identity.model import Account, AccountState, SessionStage, SessionView, SignedIn
from appliance.identity.passwords import Passwords, digest, matching_step, recovery_digest
from appliance.kernel.actor import ANONYMOUS, Actor
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import (
    N_,
    Invalid,
    NotSignedIn,
    StorageFull,
    StorageUnavailable,
    TooManyAttempts,
)
from appliance.kernel.ids import new_id
from appliance.kernel.web import AuthKind, AuthToken

IDLE = timedelta(minutes=45)
ABSOLUTE = timedelta(hours=12)
CODE_TIME = timedelta(minutes=5)
"""How long a session may wait for its one-time code."""
TOUCH = timedelta(minutes=1)
"""How exactly the last use is remembered: one write a minute, not one a request."""
FREE_FAILURES = 5
FIRST_BLOCK = timedelta(seconds=15)
LONGEST_BLOCK = timedelta(hours=1)
BROWSERS = (("Edg", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)

WRONG = N_("Login or password is not right.")


class Sessions:
    """The verbs of signing in. A session's token is 256 random bits in a cookie; only its hash is kept."""

    def __init__(self, core: Database, passwords: Passwords) -> None:
        self._core = core
        self._passwords = passwords

    def sign_in(self, login: str, password: str, browser: str = "") -> SignedIn:
        """Check login and password and begin a session, waiting for a one-time code where that is on.

        Raises `Invalid` when they do not fit, in the same words and time whether or not the login exists, and
        `TooManyAttempts` after several failures in a row, again alike for logins that do not exist.
        """
        login = login.strip().casefold()
        key = digest(f"login:{login}")
        self._core.write(lambda tx: _count_attempt(tx, key))
        row = self._core.read(lambda tx: store.account_row(tx, login=login)) if login else None
        active = row is not None and row.state == AccountState.ACTIVE
        fits = self._passwords.fits(password, row.password_hash if row is not None else None)
        if row is None or not active or not fits:
            subject = f"account:{row.id}" if row is not None else "account:unknown"
            self._core.write(lambda tx: record(tx, ANONYMOUS, "account.sign_in_failed", subject))
            raise Invalid({"password": WRONG})
        account = store.account_of(row)
        renewed = self._passwords.hash(password) if self._passwords.is_outdated(row.password_hash) else ""

        def work(tx: Transaction) -> SignedIn:
            if renewed:
                store.update_account(tx, account.id, password_hash=renewed)
            if account.has_totp:
                return SignedIn(_begin(tx, account, SessionStage.CODE, browser), SessionStage.CODE, account)
            return _open(tx, account, key, browser)

        return self._core.write(work)

    def confirm_code(self, token: str, code: str, browser: str = "") -> SignedIn:
        """Open the session that waits for its one-time code; a recovery code does as well, once.

        The session gets a new token. Raises `NotSignedIn` when nothing waits under this token, `Invalid` for
        a wrong or used code, `TooManyAttempts` like `sign_in`.
        """
        waiting = self._waiting(token)
        key = digest(f"login:{waiting.login}")
        self._core.write(lambda tx: _count_attempt(tx, key))

        def work(tx: Transaction) -> SignedIn | None:
            row = store.find_session(tx, digest(token))
            if row is None:
                raise NotSignedIn()
            account = store.account_of(row)
            step = matching_step(row.totp_secret, code, tx.now)
            if step is not None and step > row.totp_last_step:
                store.update_account(tx, account.id, totp_last_step=step)
            elif not store.use_recovery_code(tx, account.id, recovery_digest(code)):
                record(tx, account.as_actor(), "account.code_refused", f"account:{account.id}")
                return None
            store.delete_session(tx, row.session_id)
            return _open(tx, account, key, browser)

        opened = self._core.write(work)
        if opened is None:
            raise Invalid({"code": N_("This code does not fit or was used before. Wait for the next one.")})
        return opened

    def waits_for_code(self, token: str) -> bool:
        """Whether a session under this token waits for its one-time code."""
        try:
            self._waiting(token)
        except NotSignedIn:
            return False
        return True

    def authenticate(self, token: str) -> tuple[Actor, AuthToken] | None:
        """Who the cookie's token stands for; None when the session is over, or was never opened."""
        row = self._core.read(lambda tx: store.find_session(tx, digest(token)))
        if row is None or row.session_stage != SessionStage.OPEN or row.state != AccountState.ACTIVE:
            return None
        now = self._core.clock.now()
        last_seen = from_text(row.session_last_seen_at)
        if now > from_text(row.session_ends_at) or now - last_seen > IDLE:
            with suppress(StorageFull, StorageUnavailable):  # over it is, whether or not its row can go
                self._core.write(lambda tx: store.delete_session(tx, row.session_id))
            return None
        if now - last_seen > TOUCH:
            with suppress(StorageFull, StorageUnavailable):  # who may only read on a full disk still may read
                self._core.write(lambda tx: store.touch_session(tx, row.session_id))
        account = store.account_of(row)
        auth = AuthToken(
            AuthKind.SESSION, row.session_id, account.id, account.login, account.language, account.theme
        )
        return account.as_actor(), auth

    def sign_out(self, actor: Actor, session_id: str) -> None:
        """End this session."""

        def work(tx: Transaction) -> None:
            store.delete_session(tx, session_id)
            record(tx, actor, "account.signed_out", f"account:{actor.id}")

        self._core.write(work)

    def sign_out_everywhere(self, actor: Actor, but: str = "") -> int:
        """End all sessions of the actor's account except this one; returns how many ended."""

        def work(tx: Transaction) -> int:
            ended = store.delete_sessions(tx, actor.id, but=but)
            record(tx, actor, "account.signed_out_everywhere", f"account:{actor.id}", {"sessions": ended})
            return ended

        return self._core.write(work)

    def of(self, actor: Actor) -> list[SessionView]:
        """The open sessions of the actor's account."""
        return self._core.read(lambda tx: store.sessions_of(tx, actor.id))

    def _waiting(self, token: str) -> Account:
        row = self._core.read(lambda tx: store.find_session(tx, digest(token))) if token else None
        now = self._core.clock.now()
        if row is None or row.session_stage != SessionStage.CODE or now > from_text(row.session_ends_at):
            raise NotSignedIn(N_("The sign-in took too long. Begin again with login and password."))
        return store.account_of(row)


def _count_attempt(tx: Transaction, key: str) -> None:
    """Count an attempt before it is looked at (a right one is forgotten again), so that guessing in parallel
    does not help. After five failures in a row each further one doubles the wait, to an hour at most.
    """
    failures, blocked_until = store.attempts_of(tx, key)
    if blocked_until is not None and tx.now < blocked_until:
        raise TooManyAttempts(int((blocked_until - tx.now).total_seconds()) + 1)
    failures += 1
    over = failures - FREE_FAILURES
    block = min(FIRST_BLOCK * 2 ** min(over, 20), LONGEST_BLOCK) if over >= 0 else timedelta(0)
    store.put_attempts(tx, key, failures, tx.now + block)


def _open(tx: Transaction, account: Account, key: str, browser: str) -> SignedIn:
    store.forget_attempts(tx, key)
    token = _begin(tx, account, SessionStage.OPEN, browser)
    store.update_account(tx, account.id, last_sign_in_at=to_text(tx.now))
    record(tx, account.as_actor(), "account.signed_in", f"account:{account.id}", {"code": account.has_totp})
    return SignedIn(token, SessionStage.OPEN, account)


def browser_name(user_agent: str) -> str:
    """Browser and system in two words, to recognise one's own devices; the rest is not kept."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


def _begin(tx: Transaction, account: Account, stage: SessionStage, browser: str) -> str:
    """A session row with a token of its own: a token never outlives the stage it was made for."""
    token = secrets.token_urlsafe(32)
    lasts = ABSOLUTE if stage is SessionStage.OPEN else CODE_TIME
    store.insert_session(
        tx,
        {
            "id": new_id(),
            "token_hash": digest(token),
            "account_id": account.id,
            "stage": stage,
            "browser": browser_name(browser),
            "ends_at": to_text(tx.now + lasts),
        },
    )
    return token
