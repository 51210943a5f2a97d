"""Files that are no resume format of ours, told by their first bytes so that the message can name them."""

from dataclasses import dataclass

from appliance.recruiting.resumes.document import Problem


@dataclass(frozen=True, slots=True)
class Signature:
    """``magic`` at ``offset``; with ``contains`` the bytes must also be somewhere in the file."""

    name: str
    magic: bytes
    problem: Problem
    offset: int = 0
    contains: bytes = b""

    def matches(self, data: bytes) -> bool:
        at = data[self.offset : self.offset + len(self.magic)]
        return at == self.magic and (not self.contains or self.contains in data)


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

OTHER_SIGNATURES = (
    Signature("PNG picture", b"\x89PNG\r\n\x1a\n", Problem.picture),
    Signature("JPEG picture", b"\xff\xd8\xff", Problem.picture),
    Signature("GIF picture", b"GIF8", Problem.picture),
    Signature("TIFF picture", b"II*\x00", Problem.picture),
    Signature("TIFF picture", b"MM\x00*", Problem.picture),
    Signature("WebP picture", b"WEBP", Problem.picture, offset=8),
    Signature("HEIC picture", b"ftypheic", Problem.picture, offset=4),
    Signature(
        "encrypted Office file", _OLE, Problem.password, contains="EncryptedPackage".encode("utf-16-le")
    ),
    Signature("Word 97-2003 document", _OLE, Problem.old_word),
    Signature("RAR archive", b"Rar!", Problem.unsupported),
    Signature("7z archive", b"7z\xbc\xaf\x27\x1c", Problem.unsupported),
    Signature("gzip archive", b"\x1f\x8b", Problem.unsupported),
    Signature("Windows program", b"MZ", Problem.unsupported),
    Signature("Linux program", b"\x7fELF", Problem.unsupported),
    Signature("RTF document", b"{\\rtf", Problem.unsupported),
)
