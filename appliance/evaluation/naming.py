"""Names of files as results show them."""

import os


def displayable(path: str) -> str:
    """``path`` as text that JSON and CSV can carry: bytes that are no UTF-8 are written as ``\\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
