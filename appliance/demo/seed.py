"""Fills an empty site with the demo's cast, through the same verbs that people use."""

import io
from collections.abc import Mapping
from decimal import Decimal

import docx
import typst

from appliance.app import Appliance
from appliance.attendance.service import Attendance
from appliance.attendance.shifts.service import ShiftDraft
from appliance.demo import cast
from appliance.identity.permissions import EVERYTHING, Role
from appliance.interviews.plans.service import Plans
from appliance.kernel.actor import Actor, ActorKind
from appliance.people.model import NewEmployee, Post
from appliance.people.service import People
from appliance.recruiting.applications import IncomingFile
from appliance.recruiting.model import OpeningDraft, OpeningState, Source
from appliance.recruiting.service import Recruiting

PASSWORD = "Lanting-2026-demo"  # noqa: S105 - invented people in an invented bank
TERMINAL_SERIAL = "DEMO2026110001"
TERMINAL_NAME = "兰亭银行大堂 Lobby"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def is_empty(appliance: Appliance) -> bool:
    """Whether nobody has used this site yet."""
    people = appliance.site.services["people"]
    assert isinstance(people, People)
    return not people.structure.departments()


def seed(appliance: Appliance) -> None:
    """Accounts by role, departments, posts, colleagues, a shift, an approved terminal, openings, applicants."""
    services = appliance.site.services
    people, recruiting = services["people"], services["recruiting"]
    attendance, plans = services["attendance"], services["interview_plans"]
    assert isinstance(people, People) and isinstance(recruiting, Recruiting)
    assert isinstance(attendance, Attendance) and isinstance(plans, Plans)
    hr = open_accounts(appliance)["hr"]
    posts = build_house(people, hr)
    open_shift(attendance, people, hr)
    attendance.approve(TERMINAL_SERIAL, name=TERMINAL_NAME, group="all", zone=None, actor=hr)
    for colleague in cast.COLLEAGUES:
        people.take_on(hr, _colleague(colleague, posts[colleague.post]))
    openings = publish(recruiting, plans, posts, hr)
    for applicant in cast.APPLICANTS:
        recruiting.applications.receive_resume(
            hr,
            openings[applicant.opening],
            IncomingFile(
                f"{applicant.email.partition('@')[0]}.pdf", "application/pdf", pdf(applicant.resume)
            ),
            source=Source.hr,
            email=applicant.email,
        )


def open_accounts(appliance: Appliance) -> dict[str, Actor]:
    """One account a role; returns who acts behind each login."""
    founder = Actor(
        id="demo", kind=ActorKind.PERSON, permissions=frozenset(map(str, EVERYTHING)), label="demo"
    )
    actors: dict[str, Actor] = {}
    for login in cast.LOGINS:
        account = appliance.identity.create_account(
            founder,
            login.login,
            PASSWORD,
            frozenset(Role(role) for role in login.roles),
            display_name=login.name,
            temporary=False,
        )
        actors[login.login] = Actor(
            id=account.id,
            kind=ActorKind.PERSON,
            permissions=frozenset(map(str, EVERYTHING)),
            label=login.login,
        )
    return actors


def build_house(people: People, hr: Actor) -> dict[str, Post]:
    """Departments and posts; returns the posts by Chinese title."""
    posts: dict[str, Post] = {}
    for desk in cast.DESKS:
        department = people.structure.add_department(
            hr, code=desk.code, name_zh=desk.name_zh, name_en=desk.name_en
        )
        for title_zh, title_en, family, floor in desk.posts:
            posts[title_zh] = people.structure.add_post(
                hr,
                title_zh=title_zh,
                title_en=title_en,
                family=family,
                department_id=department.id,
                wage_floor=Decimal(floor),
                default_shift_code="day",
            )
    return posts


def open_shift(attendance: Attendance, people: People, hr: Actor) -> None:
    """The day shift, the default of every department."""
    shift = attendance.shifts.save(
        ShiftDraft(
            name_zh="日班",
            name_en="Day shift",
            starts="08:30",
            ends="17:30",
            break_minutes=60,
            weekdays=(1, 2, 3, 4, 5),
        ),
        actor=hr,
    )
    for department in people.structure.departments():
        attendance.shifts.make_default(shift.id, department.id, actor=hr)


def publish(recruiting: Recruiting, plans: Plans, posts: Mapping[str, Post], hr: Actor) -> dict[str, str]:
    """The openings with their interview plans; returns their ids by Chinese title."""
    openings: dict[str, str] = {}
    for vacancy in cast.VACANCIES:
        draft = OpeningDraft(
            post_id=posts[vacancy.post].id,
            title_zh=vacancy.title_zh,
            title_en=vacancy.title_en,
            description=vacancy.description,
            requirements=None,
        )
        opening = recruiting.openings.draft(hr, draft)
        recruiting.openings.move(hr, opening.id, OpeningState.open)
        plans.for_opening(hr, opening.id)
        openings[vacancy.title_zh] = opening.id
    return openings


def _colleague(colleague: cast.Colleague, post: Post) -> NewEmployee:
    return NewEmployee(
        name=colleague.name,
        email=f"{colleague.number}@lanting.example",
        phone=f"1350000{colleague.number}",
        post_id=post.id,
        department_id=post.department_id,
        start_on=colleague.start_on,
        monthly_wage=colleague.wage,
        contract_months=None,
        probation_months=0,
        card_number=colleague.card,
        number=colleague.number,
    )


def pdf(text: str) -> bytes:
    """A resume as PDF, set in memory."""
    lines = [line.replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    body = "\n".join(f'#text("{line}") \\' if line else "#v(6pt)" for line in lines)
    source = '#set page(paper: "a4", margin: 2cm)\n#set text(font: "Noto Sans CJK SC", size: 11pt)\n' + body
    document: bytes = typst.compile(source.encode())
    return document


def word(paragraphs: tuple[str, ...]) -> bytes:
    """A resume as DOCX, in memory."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
