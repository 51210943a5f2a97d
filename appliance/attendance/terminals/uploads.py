"""What terminals upload besides punches: stored in one transaction each, before they are answered."""

from collections.abc import Callable
from typing import Final

from appliance.attendance.terminals import store
from appliance.attendance.terminals.commands import CommandQueue
from appliance.attendance.terminals.model import Terminal
from appliance.attendance.terminals.profiles import learn_name
from appliance.attendance.terminals.registry import Registry
from appliance.attendance.terminals.wire.attphoto import parse_photo
from appliance.attendance.terminals.wire.devicecmd import parse_results
from appliance.attendance.terminals.wire.operlog import (
    TABLE_DEFAULTS,
    BiometricRow,
    RowKind,
    UserRow,
    parse_operlog,
)
from appliance.attendance.terminals.wire.options import parse_options
from appliance.attendance.terminals.wire.request import WireRequest
from appliance.attendance.terminals.wire.rows import BadReason, BadRow, without_biometrics, without_secrets
from appliance.attendance.terminals.wire.text import decode
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction

_FACES: Final = frozenset({RowKind.FACE, RowKind.FACE_PHOTO, RowKind.TEMPLATE, RowKind.USER_PICTURE})
_PLAIN_OK: Final = b"OK"


class Uploads:
    """Takes every table but ATTLOG. Each verb returns the body of the reply, after its commit."""

    def __init__(self, database: Database, clock: Clock, registry: Registry, commands: CommandQueue) -> None:
        self._database = database
        self._clock = clock
        self._registry = registry
        self._commands = commands

    def handler_of(self, table: str) -> Callable[[Terminal, WireRequest], bytes]:
        """The verb that takes a table; one that no manual names is kept raw."""
        if table in TABLE_DEFAULTS:
            return self.operlog
        return {"OPTIONS": self.options, "ATTPHOTO": self.photo}.get(table, self.unknown)

    def operlog(self, terminal: Terminal, request: WireRequest) -> bytes:
        """Users, operations, templates and errors (the ZKTeco PUSH protocol)."""
        table = request.parameter("table").upper()
        upload = parse_operlog(request.body, TABLE_DEFAULTS.get(table))
        stamp = request.parameter("stamp", "opstamp") if table == "OPERLOG" else ""

        def keep(tx: Transaction) -> None:
            self._keep_users(tx, terminal, upload.users)
            _keep_biometrics(tx, terminal, upload.biometrics)
            store.note_operations(tx, terminal.key, upload.operations)
            for error in upload.errors:
                self._commands.complained(tx, terminal, error.command, error.code)
            bad = store.quarantine(tx, terminal.key, table, upload.bad, request.address)
            if bad:
                store.count_rows(tx, terminal.key, received=0, new=0, bad=bad)
            if stamp and stamp != terminal.operlog_stamp:
                store.change(tx, terminal.key, {"operlog_stamp": stamp[:64]})

        self._database.write(keep)
        only_photos = upload.biometrics and all(row.kind is RowKind.FACE_PHOTO for row in upload.biometrics)
        if table == "ERRORLOG" or (only_photos and len(upload.biometrics) == upload.rows):
            return _PLAIN_OK
        return terminal.profile.acknowledge(upload.rows)

    def _keep_users(self, tx: Transaction, terminal: Terminal, users: list[UserRow]) -> None:
        known = store.by_key(tx, terminal.key).profile
        profile = known
        for user in users:
            profile = learn_name(profile, user.name, chinese=terminal.chinese)
            name = decode(user.name, chinese=terminal.chinese)
            store.note_user(
                tx, terminal.key, user.pin, name[0][:64] if name else None, user.card, user.privilege[:8]
            )
        if profile != known:
            store.save_profile(tx, terminal.key, profile)

    def options(self, terminal: Terminal, request: WireRequest) -> bytes:
        """``table=options``."""
        options = parse_options(request.body)
        self._database.write(lambda tx: self._registry.describes(tx, terminal, options))
        return _PLAIN_OK

    def photo(self, terminal: Terminal, request: WireRequest) -> bytes:
        """A picture taken at a punch; kept encrypted as evidence."""
        photo = parse_photo(request.body, request.query, zone=terminal.zone_info(self._clock.zone))
        if photo is None:
            return self._keep_raw(terminal, request, "ATTPHOTO", BadReason.UNREADABLE_PHOTO)
        self._database.write(lambda tx: store.keep_photo(tx, terminal.key, photo))
        return _PLAIN_OK

    def unknown(self, terminal: Terminal, request: WireRequest) -> bytes:
        """A table no manual names (or one we do not read): kept raw, and answered so that the queue goes
        on.
        """
        table = request.parameter("table").upper()
        return self._keep_raw(terminal, request, table or "-", BadReason.UNKNOWN_TABLE)

    def unknown_endpoint(self, terminal: Terminal, request: WireRequest) -> bytes:
        """A path no manual names: kept raw as well."""
        return self._keep_raw(terminal, request, request.path[-32:], BadReason.UNKNOWN_ENDPOINT)

    def _keep_raw(self, terminal: Terminal, request: WireRequest, table: str, reason: BadReason) -> bytes:
        raw = request.body if reason is BadReason.UNREADABLE_PHOTO else without_secrets(request.body)
        row = BadRow(raw, reason)

        def keep(tx: Transaction) -> None:
            new = store.quarantine(tx, terminal.key, table, [row], request.address)
            store.count_rows(tx, terminal.key, received=0, new=0, bad=new)

        self._database.write(keep)
        return _PLAIN_OK

    def results(self, terminal: Terminal, request: WireRequest) -> bytes:
        """``devicecmd``: what became of commands."""
        parsed = parse_results(request.body)

        def take(tx: Transaction) -> None:
            strangers = list(parsed.bad)
            for result in parsed.results:
                if not self._commands.answered(tx, terminal, result):
                    raw = without_biometrics(result.raw)
                    strangers.append(BadRow(raw, BadReason.UNKNOWN_COMMAND))
                elif result.information:
                    text = ",".join(f"{key}={value}" for key, value in result.information.items())
                    self._registry.describes(tx, terminal, parse_options(text.encode()))
            store.quarantine(tx, terminal.key, "devicecmd", strangers, request.address)

        self._database.write(take)
        return _PLAIN_OK


def _keep_biometrics(tx: Transaction, terminal: Terminal, rows: list[BiometricRow]) -> None:
    for row in rows:
        column = "has_face" if row.kind in _FACES else "has_finger"
        store.note_biometric(tx, terminal.key, row.pin, column)
