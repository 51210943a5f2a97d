"""What the search box finds among employees: by number, name, telephone or e-mail."""

from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_, Message
from appliance.kernel.i18n import current
from appliance.kernel.navigation import SearchHit
from appliance.people.model import STATE_LABELS, EmployeeFilter
from appliance.people.service import People

MOST = 20


class EmployeeSearch:
    """Finds employees for whoever may open their files."""

    def __init__(self, people: People) -> None:
        self._people = people

    def __call__(self, actor: Actor, text: str) -> list[SearchHit]:
        """At most twenty employees by number."""
        if not actor.may(Permission.EMPLOYEES_READ):
            return []
        found, _total = self._people.page(EmployeeFilter(search=text), page=1, size=MOST)
        posts = {post.id: post for post in self._people.structure.posts()}
        return [
            SearchHit(
                employee.name,
                N_("Employee"),
                f"/employees/{employee.id}",
                Message(
                    N_("No. %(number)s · %(post)s · %(state)s"),
                    {
                        "number": employee.number,
                        "post": posts[employee.post_id].title(current().language),
                        "state": Message(STATE_LABELS[employee.state]),
                    },
                ),
            )
            for employee in found
        ]
