"""The employees list as the URL asks for it, and its export for a spreadsheet."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from appliance.kernel.errors import N_
from appliance.kernel.i18n import _
from appliance.people.model import STATE_LABELS, Department, Employee, EmployeeFilter, EmployeeState, Post

PAGE_SIZE: Final = 25
_HEADS: Final = (
    N_("Employee no."),
    N_("Name"),
    N_("Department"),
    N_("Post"),
    N_("State"),
    N_("First day"),
    N_("Probation ends"),
    N_("Phone"),
    N_("E-mail"),
)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class ListQuery(Struct, frozen=True):
    """The list's filters as they stand in the URL; empty values are left out of it."""

    q: str = ""
    state: str = ""
    department: str = ""
    probation: str = ""

    def url(self, path: str, **changes: str) -> str:
        """The same list with some filters changed."""
        values = {
            "q": self.q,
            "state": self.state,
            "department": self.department,
            "probation": self.probation,
        }
        query = urlencode({name: value for name, value in (values | changes).items() if value})
        return f"{path}?{query}" if query else path


def chips(query: ListQuery, counts: Mapping[EmployeeState, int]) -> list[tuple[str, str, bool, int | None]]:
    """Filter chips for ``ui.filters``: (label, path, chosen, count)."""
    everybody = (_("All"), query.url("/employees", state=""), query.state == "", sum(counts.values()))
    states = [
        (
            _(STATE_LABELS[state]),
            query.url("/employees", state=state.value),
            query.state == state.value,
            counts[state],
        )
        for state in EmployeeState
    ]
    toggled = "" if query.probation else "1"
    probation = (_("On probation"), query.url("/employees", probation=toggled), bool(query.probation), None)
    return [everybody, *states, probation]


def spreadsheet(
    employees: Sequence[Employee],
    departments: Mapping[str, Department],
    posts: Mapping[str, Post],
    language: str,
) -> bytes:
    """The list as CSV in UTF-8 with a byte order mark, which spreadsheet programs need to read Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_(head) for head in _HEADS])
    for employee in employees:
        department, post = departments.get(employee.department_id), posts.get(employee.post_id)
        row = (
            employee.number,
            employee.name,
            department.name(language) if department else "",
            post.title(language) if post else "",
            _(STATE_LABELS[employee.state]),
            employee.start_on.isoformat(),
            employee.probation_ends_on.isoformat() if employee.probation_ends_on else "",
            employee.phone,
            employee.email,
        )
        writer.writerow([_cell(value) for value in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def filter_of(query: ListQuery, today: date) -> EmployeeFilter:
    """The filter that the URL asks for; an unknown state shows all."""
    known = {state.value: state for state in EmployeeState}
    return EmployeeFilter(
        search=query.q.strip()[:100],
        state=known.get(query.state),
        department_id=query.department,
        on_probation_on=today if query.probation else None,
    )


def _cell(value: str) -> str:
    """A cell that a spreadsheet takes as text: what an applicant typed must not become a formula."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
