"""The tables of accounts, sessions and tokens (core.db), and the only SQL over them."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Text

from appliance.identity.model import Account, AccountState, SessionView, TokenView
from appliance.identity.permissions import Role
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

IDENTITY = MetaData()

ACCOUNT = Table(
    "account",
    IDENTITY,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("login", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("password_is_temporary", Integer, nullable=False, server_default="0"),
    Column("roles", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("theme", Text, nullable=False, server_default=""),
    Column("totp_secret", Text),
    Column("totp_confirmed_at", Text),
    Column("totp_last_step", Integer, nullable=False, server_default="0"),
    Column("employee_id", Text),
    Column("created_at", Text, nullable=False),
    Column("last_sign_in_at", Text),
    Index("account_employee", "employee_id"),
)

SESSION = Table(
    "session",
    IDENTITY,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("browser", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("last_seen_at", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Index("session_account", "account_id"),
    Index("session_end", "ends_at"),
)

RECOVERY_CODE = Table(
    "recovery_code",
    IDENTITY,
    Column("code_hash", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False),
    Column("used_at", Text),
    Index("recovery_code_account", "account_id"),
)

API_TOKEN = Table(
    "api_token",
    IDENTITY,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("account_id", Text, ForeignKey("account.id")),
    Column("is_console", Integer, nullable=False, server_default="0"),
    Column("permissions", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),
    Column("last_used_at", Text),
    Column("revoked_at", Text),
)

SIGN_IN_ATTEMPT = Table(
    "sign_in_attempt",
    IDENTITY,
    Column("login_hash", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("blocked_until", Text, nullable=False),
)

# accounts


def insert_account(tx: Transaction, values: dict[str, Any]) -> None:
    """Add an account with the next number."""
    last = tx.execute(sa.select(sa.func.max(ACCOUNT.c.number))).scalar() or 0
    tx.execute(sa.insert(ACCOUNT), values | {"number": last + 1, "created_at": to_text(tx.now)})


def update_account(tx: Transaction, account_id: str, **values: Any) -> None:
    """Change columns of an account."""
    tx.execute(sa.update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**values))


def find_account(tx: Transaction, account_id: str) -> Account | None:
    """The account of that id."""
    row = tx.execute(sa.select(ACCOUNT).where(ACCOUNT.c.id == account_id)).first()
    return account_of(row) if row else None


def display_name(tx: Transaction, number: int) -> str:
    """What colleagues call the person of that account number; "" when there is no such account."""
    row = tx.execute(sa.select(ACCOUNT.c.display_name).where(ACCOUNT.c.number == number)).scalar()
    return row or ""


def account_row(tx: Transaction, *, login: str = "", account_id: str = "") -> Any:
    """The whole row with its secrets, by login or id; None when there is none."""
    where = ACCOUNT.c.login == login if login else ACCOUNT.c.id == account_id
    return tx.execute(sa.select(ACCOUNT).where(where)).first()


def count_accounts(tx: Transaction) -> int:
    """How many accounts there are, closed ones too."""
    return int(tx.execute(sa.select(sa.func.count()).select_from(ACCOUNT)).scalar_one())


def search_accounts(
    tx: Transaction, text: str, role: Role | None, offset: int, limit: int
) -> tuple[list[Account], int]:
    """Accounts whose login or name holds the text, by login, and how many there are in all."""
    where: list[sa.ColumnElement[bool]] = []
    if text:
        columns = (ACCOUNT.c.login, ACCOUNT.c.display_name)
        where.append(sa.or_(*(column.contains(text, autoescape=True) for column in columns)))
    if role:
        where.append(ACCOUNT.c.roles.contains(f'"{role}"'))
    total = tx.execute(sa.select(sa.func.count()).select_from(ACCOUNT).where(*where)).scalar_one()
    rows = tx.execute(sa.select(ACCOUNT).where(*where).order_by(ACCOUNT.c.login).offset(offset).limit(limit))
    return [account_of(row) for row in rows], int(total)


def account_of(row: Any) -> Account:
    """A row as the room's Struct, without its secrets."""
    return Account(
        id=row.id,
        number=row.number,
        login=row.login,
        display_name=row.display_name,
        roles=frozenset(Role(role) for role in json.loads(row.roles)),
        state=AccountState(row.state),
        created_at=from_text(row.created_at),
        last_sign_in_at=_moment(row.last_sign_in_at),
        language=row.language,
        theme=row.theme,
        has_totp=row.totp_confirmed_at is not None,
        password_is_temporary=bool(row.password_is_temporary),
        employee_id=row.employee_id,
    )


# sessions


def insert_session(tx: Transaction, values: dict[str, Any]) -> None:
    """Add a session, and forget those that have ended."""
    tx.execute(sa.delete(SESSION).where(SESSION.c.ends_at < to_text(tx.now)))
    now = to_text(tx.now)
    tx.execute(sa.insert(SESSION), values | {"created_at": now, "last_seen_at": now})


def find_session(tx: Transaction, token_hash: str) -> Any:
    """The session's row joined with its account's, or None. Columns of the session begin with `session_`."""
    session = [column.label(f"session_{column.name}") for column in SESSION.c]
    query = sa.select(ACCOUNT, *session).join(SESSION, SESSION.c.account_id == ACCOUNT.c.id)
    return tx.execute(query.where(SESSION.c.token_hash == token_hash)).first()


def touch_session(tx: Transaction, session_id: str) -> None:
    """The session was used just now."""
    tx.execute(sa.update(SESSION).where(SESSION.c.id == session_id).values(last_seen_at=to_text(tx.now)))


def delete_session(tx: Transaction, session_id: str) -> None:
    """End one session."""
    tx.execute(sa.delete(SESSION).where(SESSION.c.id == session_id))


def delete_sessions(tx: Transaction, account_id: str, *, but: str = "") -> int:
    """End all sessions of an account except one; returns how many."""
    ended = tx.execute(sa.delete(SESSION).where(SESSION.c.account_id == account_id, SESSION.c.id != but))
    return int(ended.rowcount)


def sessions_of(tx: Transaction, account_id: str) -> list[SessionView]:
    """The open sessions of an account, the latest used first."""
    query = sa.select(SESSION).where(SESSION.c.account_id == account_id, SESSION.c.stage == "open")
    rows = tx.execute(query.order_by(SESSION.c.last_seen_at.desc()))
    return [
        SessionView(row.id, from_text(row.created_at), from_text(row.last_seen_at), row.browser)
        for row in rows
    ]


# one-time codes


def replace_recovery_codes(tx: Transaction, account_id: str, hashes: list[str]) -> None:
    """Forget the old recovery codes and keep these."""
    tx.execute(sa.delete(RECOVERY_CODE).where(RECOVERY_CODE.c.account_id == account_id))
    if hashes:
        rows = [{"code_hash": text, "account_id": account_id} for text in hashes]
        tx.execute(sa.insert(RECOVERY_CODE), rows)


def use_recovery_code(tx: Transaction, account_id: str, code_hash: str) -> bool:
    """Use up a recovery code; False when there is no such unused one."""
    unused = (
        RECOVERY_CODE.c.account_id == account_id,
        RECOVERY_CODE.c.code_hash == code_hash,
        RECOVERY_CODE.c.used_at.is_(None),
    )
    return tx.execute(sa.update(RECOVERY_CODE).where(*unused).values(used_at=to_text(tx.now))).rowcount == 1


def recovery_codes_left(tx: Transaction, account_id: str) -> int:
    """How many recovery codes are unused."""
    query = sa.select(sa.func.count()).select_from(RECOVERY_CODE)
    unused = query.where(RECOVERY_CODE.c.account_id == account_id, RECOVERY_CODE.c.used_at.is_(None))
    return int(tx.execute(unused).scalar_one())


# tokens


def insert_token(tx: Transaction, values: dict[str, Any]) -> None:
    """Add an API token."""
    tx.execute(sa.insert(API_TOKEN), values | {"created_at": to_text(tx.now)})


def find_token(tx: Transaction, token_hash: str) -> Any:
    """The row of a token by its hash, or None."""
    return tx.execute(sa.select(API_TOKEN).where(API_TOKEN.c.token_hash == token_hash)).first()


def token_by_id(tx: Transaction, token_id: str) -> TokenView | None:
    """A token without its secret."""
    row = tx.execute(sa.select(API_TOKEN).where(API_TOKEN.c.id == token_id)).first()
    return token_of(row) if row else None


def touch_token(tx: Transaction, token_id: str) -> None:
    """The token was used just now."""
    tx.execute(sa.update(API_TOKEN).where(API_TOKEN.c.id == token_id).values(last_used_at=to_text(tx.now)))


def revoke_token(tx: Transaction, token_id: str) -> bool:
    """End a token; False when it had ended before."""
    live = (API_TOKEN.c.id == token_id, API_TOKEN.c.revoked_at.is_(None))
    return tx.execute(sa.update(API_TOKEN).where(*live).values(revoked_at=to_text(tx.now))).rowcount == 1


def revoke_console_tokens(tx: Transaction) -> None:
    """End the tokens that earlier starts of the machine printed."""
    live = (API_TOKEN.c.is_console == 1, API_TOKEN.c.revoked_at.is_(None))
    tx.execute(sa.update(API_TOKEN).where(*live).values(revoked_at=to_text(tx.now)))


def list_tokens(tx: Transaction) -> list[TokenView]:
    """All tokens, the newest first."""
    return [token_of(row) for row in tx.execute(sa.select(API_TOKEN).order_by(API_TOKEN.c.id.desc()))]


def token_of(row: Any) -> TokenView:
    """A row as the room's Struct."""
    return TokenView(
        id=row.id,
        label=row.label,
        permissions=tuple(json.loads(row.permissions)),
        account_id=row.account_id,
        created_at=from_text(row.created_at),
        expires_at=_moment(row.expires_at),
        last_used_at=_moment(row.last_used_at),
        revoked_at=_moment(row.revoked_at),
    )


# attempts


def attempts_of(tx: Transaction, login_hash: str) -> tuple[int, datetime | None]:
    """Failures in a row for a login, and until when its next attempt is not looked at."""
    row = tx.execute(sa.select(SIGN_IN_ATTEMPT).where(SIGN_IN_ATTEMPT.c.login_hash == login_hash)).first()
    return (row.failures, from_text(row.blocked_until)) if row else (0, None)


def put_attempts(tx: Transaction, login_hash: str, failures: int, blocked_until: datetime) -> None:
    """Remember failures in a row for a login."""
    forget_attempts(tx, login_hash)
    values = {"login_hash": login_hash, "failures": failures, "blocked_until": to_text(blocked_until)}
    tx.execute(sa.insert(SIGN_IN_ATTEMPT), values)


def forget_attempts(tx: Transaction, login_hash: str) -> None:
    """A right sign-in ends the row of failures."""
    tx.execute(sa.delete(SIGN_IN_ATTEMPT).where(SIGN_IN_ATTEMPT.c.login_hash == login_hash))


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
