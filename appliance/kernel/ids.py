"""Identifiers that sort by the time they were made (UUID version 7, RFC 9562 section 5.7)."""

import os
import time
import uuid


def new_id() -> str:
    """A new UUIDv7 as text: 48 bits of Unix milliseconds, then 74 random bits.

    Time-ordered keys keep the B-trees of the store append-mostly. They name rows, they are no secrets:
    capabilities (links, tokens) are made with `secrets`.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
