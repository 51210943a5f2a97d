"""What is wrong with what the person gave, and what is wrong with one of many inputs."""


class BadInput(Exception):
    """The command cannot begin; the message names the file (and the line) and the way out. Exit code 2."""


class Unreadable(Exception):
    """One recording or picture cannot be used, and never will be as it is; the others go on without it."""
