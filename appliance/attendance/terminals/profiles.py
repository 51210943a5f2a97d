"""What differs from one terminal to the next, as switches: the manuals disagree (the ZKTeco PUSH protocol).

A switch is learned where the terminal gives evidence, and a person's choice is never overruled.
"""

from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from appliance.attendance.terminals.wire.orders import PhotoSize
from appliance.attendance.terminals.wire.text import CHINESE_LANGUAGE, NameEncoding, decode


class OkSpelling(StrEnum):
    """How an upload is acknowledged. Wrong spelling was seen to make terminals repeat a batch for ever."""

    SPACED = "OK: n"
    TIGHT = "OK:n"
    BARE = "OK"


class VerifyCodes(StrEnum):
    """Which appendix the verify number is read with: 1 is a finger in both, 0 and 2 are not the same."""

    CN = "cn"
    US = "us"


class Source(StrEnum):
    """Where a switch has its value from; later members outweigh earlier ones."""

    DEFAULT = "default"
    LANGUAGE = "language"
    TRIED = "tried"
    """Changed because the terminal refused the other value."""
    OWN_ROWS = "own_rows"
    """What the terminal itself wrote or accepted."""
    PERSON = "person"


_WEIGHT: Final = {source: weight for weight, source in enumerate(Source)}


class Profile(Struct, frozen=True, kw_only=True):
    """The switches of one terminal."""

    ok: OkSpelling = OkSpelling.SPACED
    photo_size: PhotoSize = PhotoSize.BASE64
    photo_size_source: Source = Source.DEFAULT
    name_encoding: NameEncoding = NameEncoding.UTF8
    name_encoding_source: Source = Source.DEFAULT
    verify_codes: VerifyCodes = VerifyCodes.CN

    def acknowledge(self, rows: int) -> bytes:
        """The reply to an upload of ``rows`` rows that are all safe now."""
        match self.ok:
            case OkSpelling.SPACED:
                return b"OK: %d" % rows
            case OkSpelling.TIGHT:
                return b"OK:%d" % rows
            case OkSpelling.BARE:
                return b"OK"


def learn_language(profile: Profile, language: str) -> Profile:
    """A terminal set to simplified Chinese writes GBK, others UTF-8, until its own rows say otherwise."""
    if not language:
        return profile
    encoding = NameEncoding.GB18030 if language == CHINESE_LANGUAGE else NameEncoding.UTF8
    return _encoding(profile, encoding, Source.LANGUAGE)


def learn_name(profile: Profile, name: bytes, *, chinese: bool) -> Profile:
    """What a terminal's own USER row is written in; a name in ASCII says nothing."""
    if name.isascii():
        return profile
    read = decode(name, chinese=chinese)
    return _encoding(profile, read[1], Source.OWN_ROWS) if read else profile


def learn_photo_size(profile: Profile, *, refused: bool) -> Profile:
    """After Return -2 try the other meaning of Size once; a photo that was taken confirms the present one."""
    if profile.photo_size_source in (Source.OWN_ROWS, Source.PERSON):
        return profile
    if not refused:
        return msgspec.structs.replace(profile, photo_size_source=Source.OWN_ROWS)
    if profile.photo_size_source is Source.TRIED:
        return profile
    other = PhotoSize.RAW if profile.photo_size is PhotoSize.BASE64 else PhotoSize.BASE64
    return msgspec.structs.replace(profile, photo_size=other, photo_size_source=Source.TRIED)


def _encoding(profile: Profile, encoding: NameEncoding, source: Source) -> Profile:
    if _WEIGHT[source] < _WEIGHT[profile.name_encoding_source]:
        return profile
    return msgspec.structs.replace(profile, name_encoding=encoding, name_encoding_source=source)
