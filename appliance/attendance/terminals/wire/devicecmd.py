"""Results of commands: ``POST /iclock/devicecmd`` (the ZKTeco PUSH protocol).

``ID=1&Return=0&CMD=DATA`` a line, several in a body; INFO is followed by ``k=v`` lines; some commands put a
LF where the ``&`` belongs; blanks and lower case occur, SN may be missing or sit between. Only ID is matched
on.
"""

import re

from msgspec import Struct

from appliance.attendance.terminals.wire.rows import BadReason, BadRow, lines

_ID_LINE = re.compile(r"\s*ID\s*=", re.IGNORECASE)
_RETURN = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_HEAD_KEYS = frozenset({"return", "cmd", "sn"})
_FILE_COMMANDS = frozenset({"getfile", "putfile"})


class CommandResult(Struct, frozen=True):
    """One answered command. ``code`` is None where Return was missing or not a number: a failure."""

    id: str
    code: int | None
    word: str
    information: dict[str, str]
    raw: bytes

    @property
    def succeeded(self) -> bool:
        """0; or, for the file commands alone, the size that was moved."""
        if self.code is None:
            return False
        return self.code == 0 or (self.code > 0 and self.word.lower() in _FILE_COMMANDS)


class CommandResults(Struct, frozen=True):
    """All results of one body, and lines that belong to none."""

    results: list[CommandResult]
    bad: list[BadRow]


def parse_results(body: bytes) -> CommandResults:
    """Read a devicecmd body. Never raises."""
    results: list[CommandResult] = []
    bad: list[BadRow] = []
    group: list[bytes] = []
    for line in lines(body):
        if _ID_LINE.match(line.decode("latin-1")):
            _close(group, results)
            group = [line]
        elif group:
            group.append(line)
        else:
            bad.append(BadRow(line, BadReason.UNKNOWN_COMMAND))
    _close(group, results)
    return CommandResults(results, bad)


def _close(group: list[bytes], results: list[CommandResult]) -> None:
    if not group:
        return
    head: dict[str, str] = {}
    information: dict[str, str] = {}
    _pairs(group[0].decode("latin-1").split("&"), head, information, only_head=False)
    for line in group[1:]:
        text = line.decode("latin-1")
        key = text.partition("=")[0].strip().lower()
        parts = text.split("&") if key in _HEAD_KEYS and key not in head else [text]
        _pairs(parts, head, information, only_head=True)
    returned = head.get("return", "")
    results.append(
        CommandResult(
            id=head.get("id", ""),
            code=int(returned) if _RETURN.fullmatch(returned) else None,
            word=head.get("cmd", ""),
            information=information,
            raw=b"\n".join(group),
        )
    )


def _pairs(parts: list[str], head: dict[str, str], information: dict[str, str], *, only_head: bool) -> None:
    for part in parts:
        key, separator, value = part.partition("=")
        if not separator:
            continue
        name = key.strip().lower()
        if (name in _HEAD_KEYS or (name == "id" and not only_head)) and name not in head:
            head[name] = value.strip()
        elif name:
            information.setdefault(key.strip().lstrip("~"), value.strip())
