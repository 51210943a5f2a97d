"""What the search box finds among employees, and the way there from a candidate."""

import msgspec

from appliance.identity.permissions import Permission
from appliance.people.finding import EmployeeSearch
from tests.people.house import HR, House
from tests.people.web import client

READER = msgspec.structs.replace(HR, permissions=frozenset({Permission.EMPLOYEES_READ.value}))


def test_an_employee_is_found_by_number_name_and_phone(house: House) -> None:
    employee = house.hire()
    search = EmployeeSearch(house.people)
    for text in (employee.number, "测试甲", "13800000000"):
        assert [hit.path for hit in search(READER, text)] == [f"/employees/{employee.id}"]
    assert search(READER, "nobody is called this") == []


def test_without_the_permission_nobody_is_found(house: House) -> None:
    house.hire()
    assert EmployeeSearch(house.people)(HR, "测试甲") == []


def test_a_hired_candidate_leads_to_the_employee_file(house: House) -> None:
    employee = house.hire()
    with client(house) as browser:
        found = browser.get(f"/employees/of/{employee.candidate_id}", follow_redirects=False)
        assert found.headers["location"] == f"/employees/{employee.id}"
        assert browser.get("/employees/of/nobody").status_code == 404
