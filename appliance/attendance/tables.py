"""The room's tables, all in attendance.db. Instants are UTC text; ``*_local`` is a terminal's wall time.

A terminal has a small number (``key``) beside its public id: punches carry it, and there are millions of
them.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

ATTENDANCE: Final = MetaData()

TERMINAL: Final = Table(
    "terminal",
    ATTENDANCE,
    Column("key", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("serial", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("group_name", Text, nullable=False, server_default=""),
    Column("zone", Text),
    Column("state", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("address_locked", Integer, nullable=False, server_default="0"),
    Column("last_address", Text, nullable=False, server_default=""),
    Column("first_seen_at", Text),
    Column("last_seen_at", Text),
    Column("approved_at", Text),
    Column("next_command", Integer, nullable=False, server_default="1"),
    Column("push_version", Text, nullable=False, server_default=""),
    Column("device_type", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("firmware", Text, nullable=False, server_default=""),
    Column("users", Integer),
    Column("faces", Integer),
    Column("records", Integer),
    Column("drift_s", Integer),
    Column("drift_at", Text),
    Column("attlog_stamp", Text, nullable=False, server_default=""),
    Column("operlog_stamp", Text, nullable=False, server_default=""),
    Column("rows_received", Integer, nullable=False, server_default="0"),
    Column("rows_new", Integer, nullable=False, server_default="0"),
    Column("rows_bad", Integer, nullable=False, server_default="0"),
    Column("options", LargeBinary, nullable=False, server_default="{}"),
    Column("profile", LargeBinary, nullable=False, server_default="{}"),
    Index("terminal_state", "state", "serial"),
)

TERMINAL_ALARM: Final = Table(
    "terminal_alarm",
    ATTENDANCE,
    Column("id", Text, primary_key=True),
    Column("terminal_key", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("raised_at", Text, nullable=False),
    Column("last_at", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("settled_at", Text),
    Index("terminal_alarm_open", "terminal_key", "settled_at"),
)

TERMINAL_COMMAND: Final = Table(
    "terminal_command",
    ATTENDANCE,
    Column("terminal_key", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("pin", Text, nullable=False, server_default=""),
    Column("employee_id", Text),
    Column("photo_blob_id", Text),
    Column("start_local", Text, nullable=False, server_default=""),
    Column("end_local", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("due_at", Text),
    Column("expires_at", Text),
    Column("offers", Integer, nullable=False, server_default="0"),
    Column("sent_at", Text),
    Column("answered_at", Text),
    Column("return_code", Integer),
    Column("trouble", Text, nullable=False, server_default=""),
    Column("answer", LargeBinary),
    Column("retries", Integer, nullable=False, server_default="0"),
    Index("terminal_command_due", "terminal_key", "due_at"),
    Index("terminal_command_employee", "employee_id", "terminal_key"),
    sqlite_with_rowid=False,
)

TERMINAL_USER: Final = Table(
    "terminal_user",
    ATTENDANCE,
    Column("terminal_key", Integer, primary_key=True),
    Column("pin", Text, primary_key=True),
    Column("name", Text),
    Column("card", Text, nullable=False, server_default=""),
    Column("privilege", Text, nullable=False, server_default=""),
    Column("has_face", Integer, nullable=False, server_default="0"),
    Column("has_finger", Integer, nullable=False, server_default="0"),
    Column("seen_at", Text, nullable=False),
    sqlite_with_rowid=False,
)

TERMINAL_OPERATION: Final = Table(
    "terminal_operation",
    ATTENDANCE,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("terminal_key", Integer, nullable=False),
    Column("operation", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at_local", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("received_at", Text, nullable=False),
    UniqueConstraint("terminal_key", "raw"),
)

TERMINAL_PHOTO: Final = Table(
    "terminal_photo",
    ATTENDANCE,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("terminal_key", Integer, nullable=False),
    Column("pin", Text, nullable=False),
    Column("taken_at_local", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("jpeg", LargeBinary, nullable=False),
    Column("received_at", Text, nullable=False),
    UniqueConstraint("terminal_key", "pin", "taken_at_local", "digest"),
)

QUARANTINE: Final = Table(
    "quarantine",
    ATTENDANCE,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("terminal_key", Integer, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("address", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("times", Integer, nullable=False, server_default="1"),
    UniqueConstraint("terminal_key", "table_name", "digest"),
)

PUNCH: Final = Table(
    "punch",
    ATTENDANCE,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("terminal_key", Integer, nullable=False),
    Column("pin", Text, nullable=False),
    Column("punched_at_local", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("verify", Integer, nullable=False),
    Column("workcode", Text, nullable=False),
    Column("employee_id", Text),
    Column("doubtful", Integer, nullable=False, server_default="0"),
    Column("zone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Index(
        "punch_identity",
        "terminal_key",
        "pin",
        "punched_at_local",
        "status",
        "verify",
        "workcode",
        unique=True,
    ),
    Index("punch_employee", "employee_id", "punched_at_local"),
    Index("punch_time", "punched_at_local"),
    sqlite_autoincrement=True,
)

ATTENDANCE_EMPLOYEE: Final = Table(
    "attendance_employee",
    ATTENDANCE,
    Column("employee_id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("pin", Text),
    Column("name", Text, nullable=False),
    Column("department_id", Text, nullable=False),
    Column("start_on", Text, nullable=False),
    Column("known_from", Text, nullable=False),
    Column("left_on", Text),
    Column("card_number", Text, nullable=False, server_default=""),
    Column("face_blob_id", Text),
    Column("first_punch_id", Integer),
    Column("enrolled_everywhere_at", Text),
    Column("trouble", Text, nullable=False, server_default=""),
    Index("attendance_employee_pin", "pin"),
)

ENROLMENT: Final = Table(
    "enrolment",
    ATTENDANCE,
    Column("employee_id", Text, primary_key=True),
    Column("terminal_key", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("user_command", Integer),
    Column("photo_command", Integer),
    Column("removal_command", Integer),
    Column("return_code", Integer),
    Column("trouble", Text, nullable=False, server_default=""),
    Column("acknowledged_at", Text),
    Column("proof", LargeBinary),
    Column("changed_at", Text, nullable=False),
    Index("enrolment_terminal", "terminal_key", "state"),
    sqlite_with_rowid=False,
)

GROUP_DEPARTMENT: Final = Table(
    "terminal_group_department",
    ATTENDANCE,
    Column("group_name", Text, primary_key=True),
    Column("department_id", Text, primary_key=True),
    sqlite_with_rowid=False,
)

SHIFT: Final = Table(
    "shift",
    ATTENDANCE,
    Column("id", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("starts", Text, nullable=False),
    Column("ends", Text, nullable=False),
    Column("break_minutes", Integer, nullable=False, server_default="0"),
    Column("weekdays", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
)

SHIFT_ASSIGNMENT: Final = Table(
    "shift_assignment",
    ATTENDANCE,
    Column("id", Text, primary_key=True),
    Column("employee_id", Text, nullable=False),
    Column("shift_id", Text, nullable=False),
    Column("from_on", Text, nullable=False),
    Column("to_on", Text),
    Index("shift_assignment_employee", "employee_id", "from_on"),
)

SHIFT_DEFAULT: Final = Table(
    "shift_default",
    ATTENDANCE,
    Column("department_id", Text, primary_key=True),
    Column("shift_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Which shift a newcomer of a department gets; the empty department id is the site's default."""
