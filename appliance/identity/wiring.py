"""Hangs identity up in the site."""

from appliance.identity.account_pages import AccountPages
from appliance.identity.api import AccountsApi, TokensApi, me
from appliance.identity.authentication import Authentication
from appliance.identity.home_pages import home, search
from appliance.identity.pages import AccountsPages
from appliance.identity.passwords import Passwords
from appliance.identity.permissions import Permission
from appliance.identity.service import Identity
from appliance.identity.sign_in_pages import SignInPages
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavGroup, NavItem
from appliance.kernel.site import Site


def wire(site: Site, passwords: Passwords | None = None) -> Identity:
    """Build the service and serve its pages and API."""
    identity = Identity(site.databases.core, passwords)
    site.provide("identity", identity)
    site.name_parties(identity.accounts.name_behind)
    site.route(home, search, SignInPages, AccountPages, AccountsPages, AccountsApi, TokensApi, me)
    site.navigation(
        NavItem(NavGroup.SYSTEM, N_("Accounts"), "/accounts", Permission.ACCOUNTS_MANAGE, "users-group", 10)
    )
    return identity


def authentication(site: Site) -> Authentication:
    """The middleware that puts who acts on every request; call it after `wire`."""
    identity = site.services["identity"]
    if not isinstance(identity, Identity):
        raise TypeError("identity is wired before the middleware is made")
    return Authentication(identity)
