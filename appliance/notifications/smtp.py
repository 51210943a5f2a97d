"""Hands one letter to the mail server on the LAN and says what came of it, without quoting anybody."""

import smtplib
import ssl
from email.message import EmailMessage
from enum import StrEnum

from msgspec import Struct

from appliance.notifications.model import MailSecurity, MailServer, Trouble


class Outcome(StrEnum):
    """What the server made of the letter."""

    TAKEN = "taken"
    LATER = "later"
    """Worth another try: the server is away, busy, or will not let us in yet."""
    NEVER = "never"
    """The server refuses this letter for good (RFC 5321 section 4.2.1, a 5yz reply)."""


class Delivery(Struct, frozen=True):
    """The outcome and its reason."""

    outcome: Outcome
    trouble: Trouble = Trouble.NONE


_TAKEN = Delivery(Outcome.TAKEN)
_PERMANENT_REPLY = 500


def deliver(server: MailServer, letter: EmailMessage) -> Delivery:
    """Send ``letter``; network and SMTP failures come back as a ``Delivery``, never as an exception with an
    address.
    """
    if not server.host or not server.sender:
        return Delivery(Outcome.LATER, Trouble.NOT_CONFIGURED)
    try:
        return _conversation(server, letter)
    except smtplib.SMTPAuthenticationError:
        return Delivery(Outcome.LATER, Trouble.LOGIN_REFUSED)
    except smtplib.SMTPRecipientsRefused as refused:
        permanent = all(code >= _PERMANENT_REPLY for code, _ in refused.recipients.values())
        outcome = Outcome.NEVER if permanent else Outcome.LATER
        return Delivery(outcome, Trouble.RECIPIENT_REFUSED)
    except smtplib.SMTPSenderRefused as refused:
        return _by_reply(refused.smtp_code)
    except smtplib.SMTPDataError as refused:
        return _by_reply(refused.smtp_code)
    except smtplib.SMTPNotSupportedError:
        return Delivery(Outcome.LATER, Trouble.LOGIN_REFUSED)
    except (smtplib.SMTPException, OSError):
        return Delivery(Outcome.LATER, Trouble.SERVER_AWAY)


def _conversation(server: MailServer, letter: EmailMessage) -> Delivery:
    context = ssl.create_default_context()
    if server.security is MailSecurity.TLS:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=server.timeout_s, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
    with connection:
        if server.security is MailSecurity.STARTTLS:
            # Raises when the server has no STARTTLS: a letter with a link is never sent in clear by
            # downgrade.
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
        connection.send_message(letter)
    return _TAKEN


def _by_reply(code: int) -> Delivery:
    if code >= _PERMANENT_REPLY:
        return Delivery(Outcome.NEVER, Trouble.CONTENT_REFUSED)
    return Delivery(Outcome.LATER, Trouble.SERVER_BUSY)
