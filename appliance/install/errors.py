"""What set-up says when it cannot go on."""


class SetupError(Exception):
    """A set-up step failed; the message says what was attempted, with what, and the way out."""
