"""PyTorch checkpoints, where nothing safer exists: which code their pickle would call, without calling it.

pyannote.audio publishes its weights as pickles and loads them in full. A pickle names every function and
class that it wants; one that wants anything but tensors, their containers and pyannote's own descriptions is
refused. The zip around it has a checksum for every part.
"""

from __future__ import annotations

import pickletools
import re
import zipfile
from pathlib import Path
from typing import NoReturn

from models.catalogue import ModelError

HARMLESS = re.compile(
    r"collections OrderedDict|collections defaultdict|builtins (set|frozenset|dict|list|int|float|complex)"
    r"|torch\._utils _rebuild_\w+|torch(\.\w+)? (\w+Storage|Size|device|dtype|TorchVersion)"
    r"|torch (b?float\d*|u?int\d+|bool|half|double|long)"
    r"|numpy(\._?core\.multiarray (scalar|_reconstruct)| dtype| ndarray)|_codecs encode"
    r"|pyannote\.audio\.core\.task (Problem|Resolution|Specifications)"
    r"|(pytorch_)?lightning(\.\w+)* AttributeDict"
)
"""``module name`` as pickles spell it."""

UNREADABLE = (zipfile.BadZipFile, ValueError, IndexError, EOFError, OverflowError, NotImplementedError)
"""What zipfile and pickletools raise for bytes that are not what they seem."""


def check(path: Path) -> None:
    """:class:`ModelError` unless the file is a whole checkpoint that calls nothing but :data:`HARMLESS`."""
    if not zipfile.is_zipfile(path):
        _refuse(path, "it is not the zip archive that torch.save writes, or is cut short")
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            if broken is not None:
                _refuse(path, f"its part {broken} does not have its checksum")
            names = archive.namelist()
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                _refuse(path, "its parts are compressed, which torch.save does not do")
            if any(name.endswith("constants.pkl") or "/code/" in name for name in names):
                _refuse(path, "it holds a program (TorchScript), not weights alone")
            pickles = [name for name in names if name.endswith(".pkl")]
            if not pickles:
                _refuse(path, "it holds no data.pkl")
            wanted = {called for name in pickles for called in calls(archive.read(name))}
    except UNREADABLE as error:
        _refuse(path, f"it cannot be read ({error})")
    for called in sorted(wanted):
        if not HARMLESS.fullmatch(called):
            _refuse(path, f"loading it would call {called.replace(' ', '.')}, which weights have no need of")


def calls(pickle: bytes) -> set[str]:
    """``module name`` of everything global that a pickle asks for.

    torch.save writes protocol 2, which spells every name out. Newer ways of naming (from the stack, from a
    registry) can hide what they name, so they are given as ``? ?``, which nothing allows. Raises ``ValueError``
    where bytes follow the pickle's end: nobody reads them here, and torch.save writes none.
    """
    found: set[str] = set()
    end = 0
    for code, argument, position in pickletools.genops(pickle):
        end = (position or 0) + 1
        if code.name in {"GLOBAL", "INST"}:
            found.add(str(argument))
        elif code.name in {"STACK_GLOBAL", "EXT1", "EXT2", "EXT4"}:
            found.add("? ?")
    if end != len(pickle):
        raise ValueError(f"{len(pickle) - end} bytes follow the end of its pickle")
    return found


def _refuse(path: Path, reason: str) -> NoReturn:
    raise ModelError(f"{path} is refused: {reason}. Bring the file as its authors publish it.")
