"""Errors as SODA writes them (1.0, section 5.2): texts that begin with what they are."""

from vo_service.errors import (
    ManyValuesError,
    NotFoundError,
    OddskyError,
    TransientError,
    UsageError,
)

MEDIA_TYPE = "text/plain; charset=utf-8"

LABELS: tuple[tuple[type[OddskyError], str], ...] = (
    (ManyValuesError, "MultiValuedParamNotSupported"),
    (UsageError, "UsageError"),
    (NotFoundError, "UsageError"),
    (TransientError, "ServiceUnavailable"),
    (OddskyError, "Error"),
)
"""The first that fits counts."""


def label(error: OddskyError) -> str:
    """Write an error as SODA does."""
    return f"{next(name for kind, name in LABELS if isinstance(error, kind))}: {error}"


def labelled(message: str) -> str:
    """Return why a job failed, as SODA writes it."""
    is_done = message.startswith(tuple(f"{name}: " for _, name in LABELS))
    return message if is_done else f"Error: {message}"
