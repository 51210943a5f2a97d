"""Adding to a file in one piece."""

import io
import os
from pathlib import Path


class Appender:
    """An open file to which whole pieces are added: what does not fit on the disk leaves no torn end behind.

    Unbuffered, so that a piece is with the operating system when ``add`` returns, and so that closing has nothing
    left to write.
    """

    def __init__(self, path: Path) -> None:
        # Readable as well: the log is read before it is added to.
        self.file: io.FileIO = path.open("a+b", buffering=0)

    def add(self, piece: bytes) -> None:
        """Raises ``OSError`` with the file as it was before."""
        before = self.file.seek(0, os.SEEK_END)
        written = 0
        try:
            while written < len(piece):
                written += self.file.write(piece[written:])
        except OSError:
            self.file.truncate(before)
            raise

    def empty(self) -> None:
        self.file.truncate(0)

    def close(self) -> None:
        self.file.close()
