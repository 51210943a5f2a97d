"""Who does a thing: a person, the machine itself, a candidate through a link, a terminal on its port."""

from enum import StrEnum

import msgspec


class ActorKind(StrEnum):
    """What kind of party acts."""

    PERSON = "person"
    MACHINE = "machine"
    CANDIDATE = "candidate"
    TERMINAL = "terminal"
    ANONYMOUS = "anonymous"


class Actor(msgspec.Struct, frozen=True):
    """The party behind a request or a job; `label` is an account number or a serial, never a person's name."""

    id: str
    kind: ActorKind
    permissions: frozenset[str] = frozenset()
    label: str = ""

    def may(self, permission: str) -> bool:
        """Whether the actor holds the permission."""
        return str(permission) in self.permissions


MACHINE = Actor(id="machine", kind=ActorKind.MACHINE, label="machine")
ANONYMOUS = Actor(id="anonymous", kind=ActorKind.ANONYMOUS, label="")
