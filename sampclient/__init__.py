"""The SAMP client: TOPCAT, Aladin and spectrum viewers as one instrument."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sampclient.connection import Connection, connect

__all__ = ["Connection", "connect"]


def __getattr__(name: str) -> object:
    # pyvo and astropy take seconds to load: they are when they are wanted.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sampclient import connection

    return getattr(connection, name)
