"""What can go wrong, in words that a reader can act on; mapped to HTTP once, in `kernel.problems`.

An error carries a translatable message (an English msgid with `%(name)s` places) and the values for it apart.
`str(error)` is the bare msgid: values may be personal data, and exception texts end up in logs.

    raise NotFound(N_("There is no opening %(id)s. It may have been closed."), id=opening_id)
    raise Invalid({"email": N_("Write an address such as name@hospital.example.")})
"""

from collections.abc import Mapping
from typing import ClassVar

import msgspec


def N_(message: str) -> str:
    """Mark a msgid for extraction where it is written; it is translated where it is shown."""
    return message


class Message(msgspec.Struct, frozen=True):
    """A msgid with the values for its places, for messages that travel before they are translated."""

    text: str
    params: Mapping[str, object] = {}


class MusterError(Exception):
    """Base of every error that a reader is told about. `message` is a msgid, `params` its values."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title: ClassVar[str] = N_("Something went wrong")
    default: ClassVar[str] = N_(
        "The appliance could not finish this. Try again, and tell IT if it happens twice."
    )

    def __init__(self, message: str = "", /, **params: object) -> None:
        self.message = message or self.default
        self.params: dict[str, object] = params
        super().__init__(self.message)

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer, such as Retry-After."""
        return {}


class Invalid(MusterError):
    """The input cannot be taken as it is; `fields` says what is wrong beside which field."""

    status = 422
    code = "invalid"
    title = N_("Please check what you entered")
    default = N_("Some fields need another look; each says why.")

    def __init__(
        self,
        fields: Mapping[str, str | Message] | None = None,
        message: str = "",
        **params: object,
    ) -> None:
        self.fields: dict[str, str | Message] = dict(fields or {})
        super().__init__(message, **params)


class NotSignedIn(MusterError):
    """Nobody is signed in, and the page or verb needs somebody."""

    status = 401
    code = "not_signed_in"
    title = N_("Please sign in")
    default = N_("This needs a signed-in account. Sign in and you will come back here.")

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(MusterError):
    """The actor is known and may not do this."""

    status = 403
    code = "forbidden"
    title = N_("Your account may not do this")
    default = N_("Your role does not include this. Whoever manages accounts can change that.")


class NotFound(MusterError):
    """The thing is not there, or the actor may not know that it is."""

    status = 404
    code = "not_found"
    title = N_("There is nothing here")
    default = N_("The address may be mistyped, or what was here has been removed.")


class Conflict(MusterError):
    """The thing is in another state than the verb needs; somebody may have been quicker."""

    status = 409
    code = "conflict"
    title = N_("This has changed in the meantime")
    default = N_("Somebody may have been quicker. Load the page again to see where it stands.")


class Gone(MusterError):
    """The thing was here and is over: an expired or used link."""

    status = 410
    code = "gone"
    title = N_("This link is no longer valid")
    default = N_("The link has expired or has been used. Ask whoever sent it for a new one.")


class TooLarge(MusterError):
    """The request body is larger than this address takes."""

    status = 413
    code = "too_large"
    title = N_("This is too large to send")
    default = N_("The file or form is too large for this page.")


class Unsupported(MusterError):
    """The content is of a kind that this address does not read."""

    status = 415
    code = "unsupported"
    title = N_("This kind of file cannot be read here")
    default = N_("Send one of the kinds of file that the page names.")


class TooManyAttempts(MusterError):
    """Too many tries in too short a time; `retry_after_s` is when the next one is looked at."""

    status = 429
    code = "too_many_attempts"
    title = N_("Please wait a moment")
    default = N_("Too many attempts. Try again in %(seconds)d seconds.")

    def __init__(self, retry_after_s: int, message: str = "", /, **params: object) -> None:
        self.retry_after_s = max(1, retry_after_s)
        super().__init__(message, **({"seconds": self.retry_after_s} | params))

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class Unavailable(MusterError):
    """A part that this needs does not answer at the moment."""

    status = 503
    code = "unavailable"
    title = N_("Not available at the moment")
    default = N_("A part of the appliance is not answering. Nothing was lost; try again shortly.")

    def __init__(self, message: str = "", /, *, retry_after_s: int = 5, **params: object) -> None:
        self.retry_after_s = max(1, retry_after_s)
        super().__init__(message, **params)

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class StorageUnavailable(Unavailable):
    """A data file cannot be read or written (`name` is core, attendance or media)."""

    code = "storage_unavailable"
    default = N_("The data file %(file)s cannot be written at the moment. Nothing was changed; tell IT.")

    def __init__(self, name: str) -> None:
        super().__init__(file=name, retry_after_s=30)


class StorageFull(Unavailable):
    """The disk under a data file is full; nothing of the change was kept."""

    status = 507
    code = "storage_full"
    title = N_("The disk is full")
    default = N_("The disk under the data file %(file)s is full. Nothing was changed; IT must make room.")

    def __init__(self, name: str) -> None:
        super().__init__(file=name, retry_after_s=300)


class WrongKey(MusterError):
    """A data file does not open with the key given; the file was left as it is."""

    code = "wrong_key"
    title = N_("The data file does not open")
    default = N_("The key does not open %(file)s. The file was not touched: check the passphrase.")

    def __init__(self, name: str) -> None:
        super().__init__(file=name)


class KeyDestroyed(Gone):
    """The key of this data was destroyed: the data was erased on purpose and cannot come back."""

    code = "erased"
    title = N_("This has been erased")
    default = N_("This was erased on purpose. Its receipt is in the ledger; the data cannot be brought back.")


class OffsetMismatch(Conflict):
    """Bytes arrived for another place than the end; `expected` is the size stored so far."""

    code = "offset_mismatch"
    default = N_("The recording continues at byte %(expected)d; send it from there.")

    def __init__(self, expected: int) -> None:
        self.expected = expected
        super().__init__(expected=expected)

    @property
    def headers(self) -> dict[str, str]:
        return {"Upload-Offset": str(self.expected)}
