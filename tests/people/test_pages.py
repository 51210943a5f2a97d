"""Pages and JSON of people, in both languages."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.blobs import BlobStore
from tests.people.house import House
from tests.people.web import client

NOBODY_SPECIAL = Actor("account-2", ActorKind.PERSON, frozenset({"own.read"}), "E-02")


@pytest.mark.parametrize(("language", "title"), [("zh", "员工"), ("en", "Employees")])
def test_the_list_speaks_the_readers_language(house: House, language: str, title: str) -> None:
    house.hire()
    with client(house) as browser:
        answer = browser.get("/employees", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f">{title} <" in answer.text
    assert "测试甲" in answer.text


def test_an_empty_house_says_what_to_do_first(house: House) -> None:
    with client(house) as browser:
        assert "还没有员工" in browser.get("/employees").text
        assert "先建立部门和岗位" in browser.get("/employees/new").text


@pytest.mark.parametrize("tab", ["overview", "contract", "onboarding", "nonsense"])
def test_every_tab_of_an_employee_opens(house: House, tab: str) -> None:
    employee = house.hire()
    house.punch(employee.id, datetime(2026, 11, 9, 8, 2))
    with client(house) as browser:
        for language in ("zh", "en"):
            answer = browser.get(f"/employees/{employee.id}?tab={tab}", headers={"Accept-Language": language})
            assert answer.status_code == 200
            assert "100001" in answer.text


def test_filters_stay_in_the_url_and_narrow_the_list(house: House) -> None:
    house.hire()
    with client(house) as browser:
        assert "测试甲" in browser.get("/employees?state=onboarding&probation=1&q=1000").text
        assert "测试甲" not in browser.get("/employees?state=left").text
        assert browser.get("/employees?state=nonsense&page_number=99").status_code == 200
        assert browser.get("/employees?page_number=0").status_code == 422


def test_the_export_is_a_spreadsheet_without_formulas(house: House) -> None:
    house.hire(name="=测试甲", email="test.a@house.example")
    with client(house) as browser:
        answer = browser.get("/employees/export")
    assert answer.headers["content-type"].startswith("text/csv")
    text = answer.content.decode("utf-8-sig").splitlines()
    assert text[0].startswith("工号,姓名,部门")
    assert text[1].startswith("100001,'=测试甲,重症医学科")


def test_a_form_with_mistakes_comes_back_with_what_was_typed(house: House) -> None:
    post = house.post()
    form = {"name": "测试丁", "post_id": post.id, "start_on": "2026-11-01", "monthly_wage": "9000.001"}
    with client(house) as browser:
        answer = browser.post("/employees", data=form, follow_redirects=False)
        assert answer.status_code == 422
        assert 'value="9000.001"' in answer.text
        assert "最多两位小数" in answer.text
        good = browser.post("/employees", data=form | {"monthly_wage": "9,000"}, follow_redirects=False)
        assert good.status_code == 303
        assert browser.get(good.headers["location"]).status_code == 200


def test_leaving_through_the_page(house: House) -> None:
    employee = house.hire()
    path = f"/employees/{employee.id}/leaving"
    with client(house) as browser:
        assert browser.post(path, data={"last_day": "soon", "reason": "x"}).status_code == 422
        done = browser.post(
            path, data={"last_day": "2026-11-09", "reason": "本人辞职"}, follow_redirects=False
        )
        assert done.status_code == 303
        assert "已离职" in browser.get(f"/employees/{employee.id}").text


def test_departments_and_posts_are_opened_on_their_page(house: House) -> None:
    with client(house) as browser:
        assert browser.post("/departments", data={"code": "OPD", "name_zh": "门诊"}).status_code == 200
        assert browser.post("/departments", data={"code": "OPD", "name_zh": "门诊"}).status_code == 422
        department = house.people.structure.departments()[0]
        form = {"department_id": department.id, "title_zh": "导诊", "wage_floor": "3500.50"}
        assert "¥3,500.50" in browser.post("/departments/posts", data=form).text


def test_who_may_not_read_gets_nothing(house: House) -> None:
    employee = house.hire()
    with client(house, NOBODY_SPECIAL) as browser:
        for path in (
            "/employees",
            "/employees/export",
            f"/employees/{employee.id}",
            "/departments",
            "/messages",
            "/payroll",
            f"/payroll/{employee.id}",
            "/api/v1/employees",
            f"/api/v1/payroll/records/{employee.id}",
        ):
            assert browser.get(path).status_code == 403, path


def test_a_script_opens_a_house_and_takes_people_on(house: House) -> None:
    with client(house) as script:
        department = script.post("/api/v1/departments", json={"code": "ICU", "name_zh": "重症医学科"}).json()
        post = script.post(
            "/api/v1/posts",
            json={"department_id": department["id"], "title_zh": "护士", "wage_floor": "4000.00"},
        ).json()
        assert Decimal(post["wage_floor"]) == 4000
        body = {
            "name": "测试戊",
            "post_id": post["id"],
            "start_on": "2026-11-09",
            "monthly_wage": "8000.50",
            "contract_months": 36,
            "probation_months": 2,
        }
        created = script.post("/api/v1/employees", json=body)
        assert created.status_code == 201
        employee = created.json()
        assert (employee["number"], employee["state"], employee["probation_ends_on"]) == (
            "100001",
            "onboarding",
            "2027-01-08",
        )
        assert employee["onboarding"][0] == employee["onboarding"][0] | {"step": "file", "done": True}
        assert script.get(f"/api/v1/employees/{employee['id']}").json() == employee
        assert script.get("/api/v1/employees?q=测试戊").json()["total"] == 1
        left = script.post(
            f"/api/v1/employees/{employee['id']}/leaving", json={"last_day": "2026-11-09", "reason": "x"}
        )
        assert (left.status_code, left.json()["state"]) == (200, "left")
        assert len(script.get("/api/v1/departments").json()["items"]) == 1
        assert len(script.get("/api/v1/posts").json()["items"]) == 1


def test_a_script_is_told_which_field_is_wrong(house: House) -> None:
    post = house.post()
    body = {"name": "测试", "post_id": post.id, "start_on": "2026-11-09", "monthly_wage": "-1"}
    with client(house) as script:
        wrong = script.post("/api/v1/employees", json=body, headers={"Accept": "application/json"})
        assert wrong.status_code == 422
        assert "monthly_wage" in wrong.text
        unknown = script.post("/api/v1/employees", json=body | {"post_id": "x", "monthly_wage": "1"})
        assert unknown.status_code == 404
        assert script.post("/api/v1/employees", json=body | {"surprise": 1}).status_code in (400, 422)


def test_the_face_is_only_served_when_there_is_one(house: House) -> None:
    employee = house.hire()
    with client(house) as browser:
        assert browser.get(f"/employees/{employee.id}/face").status_code == 404
    key = house.databases.media.write(lambda tx: house.keys.data_key_create(tx, "face", employee.id))
    blobs = BlobStore(house.databases.media, house.keys)
    blob = house.databases.media.write(lambda tx: blobs.create(tx, key, "image/jpeg"))
    house.databases.media.write(lambda tx: blobs.append(tx, blob, 0, b"\xff\xd8artificial"))
    house.databases.media.write(lambda tx: blobs.seal(tx, blob))
    second = house.people.take_on(
        Actor("a", ActorKind.PERSON, frozenset(), "A"),
        house.new(house.people.structure.posts()[0], face_blob_id=blob, start_on=date(2026, 11, 1)),
    )
    with client(house) as browser:
        face = browser.get(f"/employees/{second.id}/face")
    assert (face.content, face.headers["cache-control"]) == (b"\xff\xd8artificial", "no-store")
