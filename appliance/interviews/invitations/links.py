"""The candidate's link and device: random secrets of which only hashes are kept, and the ways a link can
be over."""

import hashlib
import hmac
import secrets

from appliance.kernel.errors import N_, Conflict, Forbidden, Gone, NotFound

TOKEN_BYTES = 32


def new_secret() -> str:
    """A new capability of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def secret_hash(secret: str) -> str:
    """What is stored of a capability. The secret is random, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def same_hash(given: str, stored: str | None) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given, stored or "")


class LinkUnknown(NotFound):
    """No interview has this link."""

    code = "link_unknown"
    title = N_("This link does not lead to an interview")
    default = N_(
        "Part of the address may be missing: open the link from the letter again, or copy it whole. "
        "If it still does not open, answer the letter and we will send you a new link."
    )


class LinkEarly(Forbidden):
    """The window has not opened yet; `opens_at` is an instant."""

    code = "link_early"
    title = N_("Your interview is not open yet")
    default = N_("You are early, and the link is right. Please come back when the interview opens.")


class LinkExpired(Gone):
    """The window is over."""

    code = "link_expired"
    title = N_("The time for this interview is over")
    default = N_(
        "Something may have come in between; that happens. Answer the letter and ask for a new time, "
        "or for a conversation with a person instead."
    )


class LinkRevoked(Gone):
    """HR has withdrawn the invitation, or a newer one took its place."""

    code = "link_revoked"
    title = N_("This invitation has been withdrawn")
    default = N_(
        "You may have received a newer letter: please use the link in that one. "
        "If not, answer the letter and the recruiting team will tell you why."
    )


class LinkForPerson(LinkRevoked):
    """A conversation with a person takes the place of the interview."""

    code = "link_for_person"
    title = N_("A person will talk with you instead")
    default = N_(
        "You asked for a conversation with a person, and it has been agreed: the letter says when. "
        "It counts the same; there is nothing more to do here."
    )


class LinkErased(LinkRevoked):
    """The interview's data were erased."""

    code = "link_erased"
    title = N_("Your data have been erased")
    default = N_("Nothing that you said or wrote here is kept any more. Your receipt is on your own page.")


class LinkHandOverLate(Gone):
    """A link for another device that nobody took up in time."""

    code = "hand_over_late"
    title = N_("This code is no longer valid")
    default = N_(
        "A code for another device is good for ten minutes. Show a new one on the first device, or open the link "
        "in your letter here. Everything you have answered is kept."
    )


class LinkHandedOver(Gone):
    """A link for another device that a different browser has taken up."""

    code = "hand_over_used"
    title = N_("This code has been used")
    default = N_(
        "A code is for one device and one browser. Go on where you opened it first, show a new code there, or open "
        "the link in your letter here. Everything you have answered is kept."
    )


class LinkFinished(Gone):
    """The interview was finished; nothing can be changed any more."""

    code = "link_finished"
    title = N_("You have finished this interview")
    default = N_("Your answers have arrived. There is nothing more to do here.")


class OtherDevice(Conflict):
    """The interview goes on in another browser; this one may take over."""

    code = "other_device"
    title = N_("Your interview is open on another device")
    default = N_("Open the link again on this device to go on here.")
