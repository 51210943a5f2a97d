"""Terminals, punches, shifts, and who is enrolled where."""

import sqlalchemy as sa
from alembic import op

revision = "0002_terminals"
down_revision = "0001_kernel"

INSTANT = "1970-01-01T00:00:00.000000Z"


def upgrade() -> None:
    _terminals()
    _uploads()
    _punches()
    _people()
    _shifts()


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=default is None, server_default=default)


def _text(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, server_default=default)


def _key() -> sa.Column[int]:
    return sa.Column("terminal_key", sa.Integer, nullable=False)


def _bytes(name: str, default: str | None = None) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False, server_default=default)


def _optional(*names: str) -> list[sa.Column[str]]:
    return [_text(name, nullable=True) for name in names]


def _terminals() -> None:
    op.create_table(
        "terminal",
        sa.Column("key", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("serial", sa.Text, nullable=False, unique=True),
        _text("name", ""),
        _text("group_name", ""),
        _text("zone", nullable=True),
        _text("state"),
        _text("address", ""),
        _number("address_locked", "0"),
        _text("last_address", ""),
        *_optional("first_seen_at", "last_seen_at", "approved_at"),
        _number("next_command", "1"),
        *(_text(name, "") for name in ("push_version", "device_type", "language", "firmware")),
        *(_number(name) for name in ("users", "faces", "records", "drift_s")),
        _text("drift_at", nullable=True),
        _text("attlog_stamp", ""),
        _text("operlog_stamp", ""),
        *(_number(name, "0") for name in ("rows_received", "rows_new", "rows_bad")),
        _bytes("options", "{}"),
        _bytes("profile", "{}"),
    )
    op.create_index("terminal_state", "terminal", ["state", "serial"])
    op.create_table(
        "terminal_alarm",
        sa.Column("id", sa.Text, primary_key=True),
        _key(),
        *(_text(name) for name in ("kind", "address", "raised_at", "last_at")),
        sa.Column("count", sa.Integer, nullable=False),
        _text("settled_at", nullable=True),
    )
    op.create_index("terminal_alarm_open", "terminal_alarm", ["terminal_key", "settled_at"])
    op.create_table(
        "terminal_command",
        sa.Column("terminal_key", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        _text("kind"),
        _text("pin", ""),
        *_optional("employee_id", "photo_blob_id"),
        _text("start_local", ""),
        _text("end_local", ""),
        *(_text(name) for name in ("state", "created_at", "created_by")),
        *_optional("due_at", "expires_at"),
        _number("offers", "0"),
        *_optional("sent_at", "answered_at"),
        _number("return_code"),
        _text("trouble", ""),
        sa.Column("answer", sa.LargeBinary),
        _number("retries", "0"),
        sqlite_with_rowid=False,
    )
    op.create_index("terminal_command_due", "terminal_command", ["terminal_key", "due_at"])
    op.create_index("terminal_command_employee", "terminal_command", ["employee_id", "terminal_key"])


def _uploads() -> None:
    op.create_table(
        "terminal_user",
        sa.Column("terminal_key", sa.Integer, primary_key=True),
        sa.Column("pin", sa.Text, primary_key=True),
        _text("name", nullable=True),
        _text("card", ""),
        _text("privilege", ""),
        _number("has_face", "0"),
        _number("has_finger", "0"),
        _text("seen_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "terminal_operation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _key(),
        *(_text(name) for name in ("operation", "operator", "at_local")),
        _bytes("raw"),
        _text("received_at"),
        sa.UniqueConstraint("terminal_key", "raw"),
    )
    op.create_table(
        "terminal_photo",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _key(),
        _text("pin"),
        _text("taken_at_local"),
        _bytes("digest"),
        _bytes("jpeg"),
        _text("received_at"),
        sa.UniqueConstraint("terminal_key", "pin", "taken_at_local", "digest"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _key(),
        _text("table_name"),
        _text("reason"),
        _bytes("digest"),
        _bytes("raw"),
        _text("address"),
        _text("received_at"),
        _number("times", "1"),
        sa.UniqueConstraint("terminal_key", "table_name", "digest"),
    )


def _punches() -> None:
    op.create_table(
        "punch",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _key(),
        _text("pin"),
        _text("punched_at_local"),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("verify", sa.Integer, nullable=False),
        _text("workcode"),
        _text("employee_id", nullable=True),
        _number("doubtful", "0"),
        *(_text(name) for name in ("zone", "address", "received_at")),
        _bytes("raw"),
        sqlite_autoincrement=True,
    )
    identity = ["terminal_key", "pin", "punched_at_local", "status", "verify", "workcode"]
    op.create_index("punch_identity", "punch", identity, unique=True)
    op.create_index("punch_employee", "punch", ["employee_id", "punched_at_local"])
    op.create_index("punch_time", "punch", ["punched_at_local"])


def _people() -> None:
    op.create_table(
        "attendance_employee",
        sa.Column("employee_id", sa.Text, primary_key=True),
        _text("number"),
        _text("pin", nullable=True),
        *(_text(name) for name in ("name", "department_id", "start_on", "known_from")),
        _text("left_on", nullable=True),
        _text("card_number", ""),
        _text("face_blob_id", nullable=True),
        _number("first_punch_id"),
        _text("enrolled_everywhere_at", nullable=True),
        _text("trouble", ""),
    )
    op.create_index("attendance_employee_pin", "attendance_employee", ["pin"])
    op.create_table(
        "enrolment",
        sa.Column("employee_id", sa.Text, primary_key=True),
        sa.Column("terminal_key", sa.Integer, primary_key=True),
        _text("state"),
        *(_number(name) for name in ("user_command", "photo_command", "removal_command", "return_code")),
        _text("trouble", ""),
        _text("acknowledged_at", nullable=True),
        sa.Column("proof", sa.LargeBinary),
        _text("changed_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("enrolment_terminal", "enrolment", ["terminal_key", "state"])
    op.create_table(
        "terminal_group_department",
        sa.Column("group_name", sa.Text, primary_key=True),
        sa.Column("department_id", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )


def _shifts() -> None:
    shift = op.create_table(
        "shift",
        sa.Column("id", sa.Text, primary_key=True),
        *(_text(name) for name in ("name_zh", "name_en", "starts", "ends")),
        _number("break_minutes", "0"),
        _text("weekdays"),
        _text("changed_at"),
    )
    op.create_table(
        "shift_assignment",
        sa.Column("id", sa.Text, primary_key=True),
        *(_text(name) for name in ("employee_id", "shift_id", "from_on")),
        _text("to_on", nullable=True),
    )
    op.create_index("shift_assignment_employee", "shift_assignment", ["employee_id", "from_on"])
    default = op.create_table(
        "shift_default",
        sa.Column("department_id", sa.Text, primary_key=True),
        _text("shift_id"),
        sqlite_with_rowid=False,
    )
    # Nobody should have to invent a shift before the first person can be hired.
    op.bulk_insert(
        shift,
        [
            {
                "id": "day",
                "name_zh": "标准日班",
                "name_en": "Day shift",
                "starts": "08:30",
                "ends": "17:30",
                "break_minutes": 60,
                "weekdays": "12345",
                "changed_at": INSTANT,
            }
        ],
    )
    op.bulk_insert(default, [{"department_id": "", "shift_id": "day"}])
