"""Whom HR can ask to rate."""

from appliance.identity.permissions import Role
from appliance.identity.service import Identity


class RaterChoice:
    """The accounts that can be asked to rate, as (account id, what to call it)."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def __call__(self) -> list[tuple[str, str]]:
        found = {
            account.id: account
            for role in (Role.INTERVIEWER, Role.DEPARTMENT_HEAD, Role.HR_MANAGER)
            for account in self._identity.accounts.with_role(role)
        }
        return [(account.id, account.display_name or account.login) for account in found.values()]
