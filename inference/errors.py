"""What can go wrong between a caller and a model, in the words a job needs to decide what to do next."""


class InferenceError(Exception):
    """Base of every error a port raises; the message says what was attempted and what to do."""


class InferenceUnavailable(InferenceError):
    """No engine answers there (not started, crashed, restarting). The job may be tried again later."""


class InferenceTimeout(InferenceError):
    """The engine did not answer before the caller's deadline. The job may be tried again with more time."""


class InferenceRefused(InferenceError):
    """The engine's queue is full: the request was not started. Try again after ``retry_after_s`` seconds."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class InferenceCancelled(InferenceError):
    """The caller called it off (``inference.cancellation``): nobody waits for the answer any more."""


class InferenceInvalid(InferenceError):
    """The input cannot be processed (not an image, too long, broken schema). Trying again changes nothing."""
