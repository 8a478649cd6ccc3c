"""Read a table of any known format; the one entry for uploads and `oddsky publish`."""

from pathlib import Path

from vo_service.errors import UsageError
from vo_service.tables import ecsv
from vo_service.tables.ecsv import read_ecsv
from vo_service.tables.fits import read_fits
from vo_service.tables.packed import read_arrow, read_parquet
from vo_service.tables.table_file import ReadLimits as ReadLimits
from vo_service.tables.table_file import TableFile as TableFile
from vo_service.tables.text import read_text
from vo_service.tables.votable import read_votable

_PACKED = {b"PAR1": read_parquet, b"ARROW1": read_arrow, b"\xff\xff\xff\xff": read_arrow}
_ARCHIVES = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x1f\x9d")
_KNOWN = "VOTable, FITS, CSV, TSV or ECSV"


def read_table(
    source: Path | bytes, limits: ReadLimits, file_name: str = "", trusted: bool = False
) -> TableFile:
    """Read a table; its format is recognised by its content.

    Parameters
    ----------
    source : Path or bytes
        A file, or what it holds.
    limits : ReadLimits
    file_name : str, optional
        What the file was called, where only its bytes are given.
    trusted : bool
        Whether the file is of whoever runs the service. Parquet and Arrow are read from such
        alone: they are compressed, and a few bytes can unpack into more than the memory holds.

    Raises
    ------
    UsageError
        When it cannot be read: one sentence that names column and row where they are known.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > limits.max_bytes:
        raise UsageError(f"The table has {size} bytes; at most {limits.max_bytes} are allowed.")
    data = source.read_bytes() if isinstance(source, Path) else source
    label = file_name or (source.name if isinstance(source, Path) else "The table")
    return _read(data, limits, label[:80], trusted)


def _read(data: bytes, limits: ReadLimits, label: str, trusted: bool) -> TableFile:
    if not data[:4096].strip() and not data.strip():
        raise UsageError(f"{label} is empty.")
    if data.startswith(_ARCHIVES):
        raise UsageError(f"{label} is compressed; unpack it first.")
    for magic, read in _PACKED.items():
        if data.startswith(magic):
            if not trusted:
                raise UsageError(
                    f"{label} is Parquet or Arrow, which may unpack without end; send {_KNOWN}."
                )
            return read(data, limits)
    if data.startswith(b"SIMPLE  ="):
        return read_fits(data, limits)
    if data.startswith(ecsv.MAGIC):
        return read_ecsv(data, limits)
    if _is_xml(data):
        return read_votable(data, limits)
    if b"\0" in data[:4096]:
        raise UsageError(f"{label} is of no known format; send {_KNOWN}.")
    return read_text(data, limits)


def _is_xml(data: bytes) -> bool:
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\0<"))
