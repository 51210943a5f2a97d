"""RTTM, the form in which speaker turns are exchanged (NIST, Rich Transcription 2009, appendix A)."""

import math
import re
from collections.abc import Iterable
from pathlib import Path

from appliance.evaluation.errors import BadInput
from inference.ports import SpeakerTurn

Turns = list[tuple[float, float, str]]
"""(start, duration, label), seconds."""


def uri(stem: str) -> str:
    """A file's name without its ending as RTTM can carry it: fields are parted by spaces, so spaces are ``_``."""
    return re.sub(r"\s+", "_", stem)


def render(name: str, turns: Iterable[SpeakerTurn]) -> str:
    """One line a turn, in order of time; empty where nobody speaks. A turn under half a millisecond is none."""
    ordered = sorted(turns, key=lambda turn: (turn.start_s, turn.end_s, turn.speaker))
    lines = []
    for turn in ordered:
        duration = f"{turn.end_s - turn.start_s:.3f}"
        if float(duration) > 0:
            lines.append(
                f"SPEAKER {name} 1 {turn.start_s:.3f} {duration} <NA> <NA> speaker{turn.speaker} <NA> <NA>\n"
            )
    return "".join(lines)


def parse(text: str, source: str) -> dict[str, Turns]:
    """The turns of each recording; other records and comments are skipped. :class:`BadInput` names the line."""
    found: dict[str, Turns] = {}
    for number, line in enumerate(text.split("\n"), 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            name, start, duration, label = fields[1], float(fields[3]), float(fields[4]), fields[7]
        except (IndexError, ValueError):
            raise BadInput(f"{source}, line {number}: this is no SPEAKER record of RTTM.") from None
        if not (math.isfinite(start) and math.isfinite(duration) and start >= 0 and duration >= 0):
            raise BadInput(f"{source}, line {number}: start and duration must be seconds, not below 0.")
        found.setdefault(name, []).append((start, duration, label))
    return found


def read(file: Path) -> dict[str, Turns]:
    """The turns of a reference file."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"There is no file {file}.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8.") from error
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}).") from error
    found = parse(text, str(file))
    if not found:
        raise BadInput(f"{file} holds no SPEAKER record; name a file in RTTM.")
    return found
