"""Read a table of any known format; the one entry for uploads and `oddsky publish`."""

from pathlib import Path

from vo_service.errors import UsageError
from vo_service.tables.table_file import ReadLimits as ReadLimits
from vo_service.tables.table_file import TableFile as TableFile
from vo_service.tables.votable import read_votable


def read_table(source: Path | bytes, limits: ReadLimits, file_name: str = "") -> TableFile:
    """Read a table; its format is recognised by its content.

    Parameters
    ----------
    source : Path or bytes
        A file, or what it holds.
    limits : ReadLimits
    file_name : str, optional
        What the file was called, where only its bytes are given.

    Raises
    ------
    UsageError
        When it cannot be read: one sentence that names column and row where they are known.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    if len(data) > limits.max_bytes:
        raise UsageError(
            f"The table has {len(data)} bytes; at most {limits.max_bytes} are allowed."
        )
    return read_votable(data, limits)
