"""Tables of the room in core.db. Money is kept in whole fen, days as ISO text."""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text

PEOPLE = MetaData()

DEPARTMENT = Table(
    "department",
    PEOPLE,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("head_employee_id", Text),
    Column("created_at", Text, nullable=False),
)

POST = Table(
    "post",
    PEOPLE,
    Column("id", Text, primary_key=True),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("department_id", Text, nullable=False),
    Column("wage_floor_fen", Integer),
    Column("default_shift_code", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)

EMPLOYEE = Table(
    "employee",
    PEOPLE,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("post_id", Text, nullable=False),
    Column("department_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("start_on", Text, nullable=False),
    Column("contract_months", Integer),
    Column("probation_months", Integer, nullable=False),
    Column("probation_ends_on", Text),
    Column("card_number", Text),
    Column("face_blob_id", Text),
    Column("face_consent", Boolean, nullable=False),
    Column("candidate_id", Text, unique=True),
    Column("activated_on", Text),
    Column("leaves_on", Text),
    Column("left_on", Text),
    Column("leave_reason", Text, nullable=False, server_default=""),
    Column("created_at", Text, nullable=False),
    Index("employee_state", "state", "start_on"),
    Index("employee_department", "department_id", "state"),
)

ISSUED_NUMBER = Table(
    "issued_number",
    PEOPLE,
    # Stays when the employee is erased: a number on an old list must never mean somebody else.
    Column("number", Integer, primary_key=True),
    Column("issued_at", Text, nullable=False),
)

CONTRACT = Table(
    "contract",
    PEOPLE,
    Column("id", Text, primary_key=True),
    Column("employee_id", Text, nullable=False),
    Column("starts_on", Text, nullable=False),
    Column("ends_on", Text),
    Column("probation_share", Text),
    Column("created_at", Text, nullable=False),
    Index("contract_employee", "employee_id", "starts_on"),
)

CONTRACT_WAGE = Table(
    "contract_wage",
    PEOPLE,
    Column("contract_id", Text, primary_key=True),
    Column("effective_from", Text, primary_key=True),
    Column("monthly_wage_fen", Integer, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("created_at", Text, nullable=False),
)

ONBOARDING_STEP = Table(
    "onboarding_step",
    PEOPLE,
    Column("employee_id", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("waiting_since", Text),
    Column("done_at", Text),
    Column("done_by", Text, nullable=False, server_default=""),
    Column("count", Integer, nullable=False, server_default="0"),
    Index("onboarding_open", "done_at", "waiting_since"),
)
