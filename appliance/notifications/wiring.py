"""Puts the room together."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavItem, WaitingCard
from appliance.kernel.site import Site
from appliance.notifications.jobs import SendMail
from appliance.notifications.model import MailSecurity, MailServer
from appliance.notifications.pages import MessagePages
from appliance.notifications.service import MAIL_JOB, Notifications

if TYPE_CHECKING:
    from appliance.settings import Mail

PASSWORD_VARIABLE = "MUSTER_SMTP_PASSWORD"  # noqa: S105 - the variable's name, no secret
_LATE_AFTER = timedelta(hours=1)


def wire(site: Site) -> Notifications:
    """Build the service and hang up its job, routes, navigation and card."""
    server = mail_server(site.settings.mail, os.environ.get(PASSWORD_VARIABLE, ""))
    notifications = Notifications(site.databases.core, site.clock, server)
    site.jobs.register(MAIL_JOB, "core", SendMail(notifications))
    site.provide("notifications", notifications)
    site.route(MessagePages)
    site.navigation(NavItem("system", N_("Messages"), "/messages", Permission.NOTIFICATIONS_READ, "mail", 30))
    site.waiting_card(MailTrouble(notifications, site.clock))
    return notifications


def mail_server(mail: "Mail", password: str) -> MailServer:
    """The mail server of the settings; the password comes from the environment, never from the file."""
    return MailServer(
        host=mail.host,
        port=mail.port,
        security=MailSecurity(mail.tls),
        sender=mail.sender,
        sender_name=mail.sender_name,
        user=mail.username,
        password=password,
    )


class MailTrouble:
    """Says on the home page how many letters did not arrive."""

    def __init__(self, notifications: Notifications, clock: Clock) -> None:
        self._notifications = notifications
        self._clock = clock

    def __call__(self, actor: Actor) -> list[WaitingCard]:
        """A card for whoever may read the list, when there is trouble."""
        if not actor.may(Permission.NOTIFICATIONS_READ):
            return []
        count = self._notifications.in_trouble(self._clock.now() - _LATE_AFTER)
        if not count:
            return []
        return [WaitingCard(N_("Letters that did not arrive"), count, "/messages", "mail-exclamation")]
