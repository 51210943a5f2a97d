"""OPERLOG and its relatives: mixed rows, the first word says what a row is (the ZKTeco PUSH protocol).

A USER row carries the terminal password in clear: it is never read. Templates and pictures of people are
counted, not kept: the appliance enrols faces from its own consented photo and has no use for another copy.
"""

from enum import StrEnum

from msgspec import Struct

from appliance.attendance.terminals.wire.rows import BadReason, BadRow, fields, lines, without_biometrics


class RowKind(StrEnum):
    """First word of a row."""

    OPERATION = "OPLOG"
    USER = "USER"
    FINGERPRINT = "FP"
    FACE = "FACE"
    FINGER_VEIN = "FVEIN"
    USER_PICTURE = "USERPIC"
    FACE_PHOTO = "BIOPHOTO"
    TEMPLATE = "BIODATA"
    ERROR = "ERRORLOG"


BIOMETRIC_KINDS = frozenset(
    {
        RowKind.FINGERPRINT,
        RowKind.FACE,
        RowKind.FINGER_VEIN,
        RowKind.USER_PICTURE,
        RowKind.FACE_PHOTO,
        RowKind.TEMPLATE,
    }
)

_SPELLINGS = {kind.value: kind for kind in RowKind} | {
    "USERINFO": RowKind.USER,
    "FINGERTMP": RowKind.FINGERPRINT,
    "TEMPLATEV10": RowKind.FINGERPRINT,
}

TABLE_DEFAULTS = {
    "USERINFO": RowKind.USER,
    "USER": RowKind.USER,
    "FP": RowKind.FINGERPRINT,
    "FINGERTMP": RowKind.FINGERPRINT,
    "FACE": RowKind.FACE,
    "FVEIN": RowKind.FINGER_VEIN,
    "USERPIC": RowKind.USER_PICTURE,
    "BIOPHOTO": RowKind.FACE_PHOTO,
    "BIODATA": RowKind.TEMPLATE,
    "ERRORLOG": RowKind.ERROR,
    "OPERLOG": None,
}
"""Tables read with this parser, and what a row without its first word is there."""


class UserRow(Struct, frozen=True):
    """A person as the terminal knows them; ``name`` is raw bytes, its encoding is the terminal's."""

    pin: str
    name: bytes
    privilege: str
    card: str
    group: str


class OperationRow(Struct, frozen=True):
    """OPLOG: something done at the terminal's own menu. ``columns`` follow the operation number."""

    operation: str
    operator: str
    at_local: str
    raw: bytes


class BiometricRow(Struct, frozen=True):
    """That a template or picture exists on the terminal, without it."""

    kind: RowKind
    pin: str


class ErrorRow(Struct, frozen=True):
    """ERRORLOG: what the terminal could not do with a command, e.g. no face in the photo of command
    ``command``.
    """

    code: str
    message: bytes
    command: str


class OperlogUpload(Struct, frozen=True):
    """What one body held; the sum of all lists is what the reply counts."""

    users: list[UserRow]
    operations: list[OperationRow]
    biometrics: list[BiometricRow]
    errors: list[ErrorRow]
    bad: list[BadRow]

    @property
    def rows(self) -> int:
        people = len(self.users) + len(self.biometrics)
        return people + len(self.operations) + len(self.errors) + len(self.bad)


def parse_operlog(body: bytes, default: RowKind | None = None) -> OperlogUpload:
    """Read a body of mixed rows; ``default`` is what a row without a known first word is. Never raises."""
    upload = OperlogUpload([], [], [], [], [])
    for line in lines(body):
        kind, rest = _kind(line)
        _take(upload, line, kind or _guess(rest, default), rest)
    return upload


def _kind(line: bytes) -> tuple[RowKind | None, bytes]:
    # The tag is separated by a blank, or by a TAB on some firmware.
    head = line.lstrip()
    for index, byte in enumerate(head[:16]):
        if byte in b" \t":
            kind = _SPELLINGS.get(head[:index].decode("latin-1").upper())
            return kind, head[index + 1 :] if kind else head
    return None, head


def _guess(row: bytes, default: RowKind | None) -> RowKind | None:
    if default is not None:
        return default
    keys = fields(row)
    return RowKind.USER if "pin" in keys and "name" in keys else None


def _take(upload: OperlogUpload, line: bytes, kind: RowKind | None, rest: bytes) -> None:
    if kind is RowKind.OPERATION:
        columns = [column.decode("latin-1").strip() for column in rest.split(b"\t")]
        if len(columns) >= 3:
            upload.operations.append(OperationRow(columns[0], columns[1], columns[2], line))
            return
    elif kind is RowKind.ERROR:
        values = fields(rest)
        if values:
            code, command = _text(values, "errcode"), _text(values, "cmdid")
            upload.errors.append(ErrorRow(code, values.get("errmsg", b""), command))
            return
    elif kind is not None:
        values = fields(rest)
        pin = _text(values, "pin")
        if pin and len(pin) <= 32 and pin.isprintable():
            _take_person(upload, kind, pin, values)
            return
    reason = BadReason.NO_PIN if kind in BIOMETRIC_KINDS or kind is RowKind.USER else BadReason.UNKNOWN_ROW
    upload.bad.append(BadRow(without_biometrics(line), reason))


def _take_person(upload: OperlogUpload, kind: RowKind, pin: str, values: dict[str, bytes]) -> None:
    if kind is not RowKind.USER:
        upload.biometrics.append(BiometricRow(kind, pin))
        return
    upload.users.append(
        UserRow(
            pin=pin,
            name=values.get("name", b""),
            privilege=_text(values, "pri"),
            card=card_number(_text(values, "card")),
            group=_text(values, "grp"),
        )
    )


def _text(values: dict[str, bytes], key: str) -> str:
    return values.get(key, b"").decode("latin-1")


def card_number(text: str) -> str:
    """A card as decimal digits: as sent, or ``[15CD5B07]`` = the number's bytes in hex, lowest first."""
    if text.startswith("[") and text.endswith("]"):
        try:
            return str(int.from_bytes(bytes.fromhex(text[1:-1]), "little"))
        except ValueError:
            return ""
    return text if text.isascii() and text.isdigit() else ""
