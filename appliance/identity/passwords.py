"""Passwords: what is taken, how they are kept (argon2id), one-time codes (RFC 6238) and recovery codes."""

import hashlib
import secrets
from datetime import datetime

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from appliance.identity.model import TotpSetup
from appliance.kernel.errors import N_, Invalid, Message

SHORTEST = 12
LONGEST = 256
DISTINCT = 5
STEP_S = 30
"""Length of a one-time code's validity (RFC 6238, section 5.2)."""
RECOVERY_CODES = 10


class Passwords:
    """Keeps passwords as argon2id hashes with the parameters of RFC 9106, section 4 (64 MiB, 3 passes)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def hash(self, password: str) -> str:
        """The hash to keep, salt and parameters in it."""
        return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether the password is the one; without a hash it takes as long and says no."""
        try:
            return self._hasher.verify(kept or self._nobody, password) and kept is not None
        except (VerifyMismatchError, InvalidHashError):
            return False

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def check_password(password: str, login: str, field: str = "password") -> None:
    """Raise `Invalid` for one that is too short, too long, too plain or holds the login."""
    if len(password) < SHORTEST:
        raise Invalid({field: Message(N_("At least %(count)d characters."), {"count": SHORTEST})})
    if len(password) > LONGEST:
        raise Invalid({field: Message(N_("At most %(limit)d characters."), {"limit": LONGEST})})
    if len(set(password)) < DISTINCT:
        raise Invalid({field: N_("Use more different characters.")})
    if login and login.casefold() in password.casefold():
        raise Invalid({field: N_("The password must not contain the login.")})


def digest(secret: str) -> str:
    """How a random token or code is kept: SHA-256 suffices where the secret has 80 bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_totp_secret() -> str:
    """A new shared secret (160 bits, base 32)."""
    return pyotp.random_base32()


def totp_setup(secret: str, login: str, issuer: str) -> TotpSetup:
    """The secret as a QR code for the authenticator app, drawn as SVG by ourselves."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
    svg = segno.make(address, error="m").svg_inline(scale=5, border=1, omitsize=True)
    return TotpSetup(secret, svg)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step (30 s since 1970) whose code this is, one step of clock drift either way; else None."""
    text = "".join(code.split())
    if not (text.isascii() and text.isdigit() and len(text) == 6):
        return None
    present = int(now.timestamp()) // STEP_S
    generator = pyotp.TOTP(secret)
    for step in (present, present - 1, present + 1):
        if secrets.compare_digest(generator.at(step * STEP_S), text):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Codes for the day the phone is lost, each good once: 80 bits, in groups that can be read out."""
    return ["-".join(_group() for _part in range(4)) for _code in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """The hash of a recovery code however it was typed."""
    return digest("".join(code.split()).replace("-", "").upper())


def _group() -> str:
    return "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _place in range(4))
