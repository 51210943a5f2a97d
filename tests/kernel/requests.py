"""Structs that Litestar must find by name when it reads a handler's signature."""

import msgspec


class Body(msgspec.Struct):
    """A body with one number."""

    count: int
