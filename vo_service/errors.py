"""The four kinds of error of the service. Only `web/errors.py` knows their HTTP statuses."""


class OddskyError(Exception):
    """Something that the user or the operator is told in one sentence."""


class UsageError(OddskyError):
    """The request is wrong: a parameter, the syntax, an unknown or ambiguous name.

    Parameters
    ----------
    message : str
        One sentence that names what is wrong and what to do.
    line, column : int, optional
        Where in the ADQL text, both counted from 1.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None):
        self.line, self.column = line, column
        place = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(message + place)


class NotFoundError(OddskyError):
    """What was asked for by its identifier does not exist."""


class TransientError(OddskyError):
    """Try again later: a queue is full, a database is away."""


class FatalError(OddskyError):
    """A fault of ours or of the installation; the details belong in the log."""


class QueryTimeoutError(UsageError):
    """A query ran longer than it may.

    Parameters
    ----------
    seconds : float
        How long it may.
    """

    def __init__(self, seconds: float):
        super().__init__(
            f"The query was stopped after {seconds:g} s; narrow it, or use async: run it as a job "
            "with more time."
        )


class ManyValuesError(UsageError):
    """A parameter is given several times where it has one value."""


class TooLargeError(UsageError):
    """What was sent is larger than the service takes."""


class TooManyError(TransientError):
    """More is asked at once than the service does; later it may be possible."""


class QueryStoppedError(TransientError):
    """A query was stopped from outside: its client left, its job was aborted, the service ends."""

    def __init__(self) -> None:
        super().__init__("The query was stopped.")
