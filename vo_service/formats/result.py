"""What is encoded: columns, batches of rows, and what is said about them."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from vo_service.errors import TransientError, UsageError
from vo_service.release.field import Field

log = logging.getLogger("oddsky.formats")


@dataclass(frozen=True, slots=True)
class Info:
    """An INFO of a VOTable."""

    name: str
    value: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Param:
    """What is said of a whole table, described as a column is.

    Attributes
    ----------
    field : Field
    value : int, float or str, optional
        None where it is not known.
    keyword : str
        By which a FITS header has it; empty for the field's name.
    """

    field: Field
    value: int | float | str | None
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Spool:
    """Where formats keep rows that need to know all of them before the first byte.

    Attributes
    ----------
    folder : Path, optional
        Made when first needed; None for the system's own.
    most_bytes : int
        Of one answer.
    """

    folder: Path | None = None
    most_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Result:
    """A table to be encoded.

    Attributes
    ----------
    fields : tuple of Field
    batches : iterator of pyarrow.RecordBatch
        Schema as `release.types.arrow_schema` makes it of the fields.
    overflowed : callable
        Asked after the last batch: whether rows were cut off.
    infos : tuple of Info
        Written before the table.
    params : tuple of Param
        Written in the table, before its columns.
    table_name, description : str
    utype : str
        Of the table.
    field_ids : mapping of str to str
        Name of a column to the ID of its FIELD, for those that descriptors refer to.
    resources : tuple of str
        RESOURCE elements, ready XML, that follow the results in a VOTable: service descriptors.
    spool : Spool
    """

    fields: tuple[Field, ...]
    batches: Iterator[pa.RecordBatch]
    overflowed: Callable[[], bool] = field(default=lambda: False)
    infos: tuple[Info, ...] = ()
    params: tuple[Param, ...] = ()
    table_name: str = "result"
    description: str = ""
    utype: str = ""
    field_ids: Mapping[str, str] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    spool: Spool = Spool()


@dataclass(slots=True)
class Ending:
    """How the rows ended: empty, or the value and text of a trailing QUERY_STATUS."""

    status: str = ""
    text: str = ""


def pull(result: Result, ending: Ending) -> Iterator[pa.RecordBatch]:
    """Yield the batches; what fails after the first is noted and ends them.

    The first batch is pulled at once, so that a failure before it can still become an HTTP status.
    """
    batches = iter(result.batches)
    first = next(batches, None)

    def rest() -> Iterator[pa.RecordBatch]:
        if first is not None:
            yield first
        try:
            yield from batches
        except (UsageError, TransientError) as error:
            ending.status, ending.text = "ERROR", str(error)
        except Exception:
            log.exception("the rows ended with a fault")
            ending.status, ending.text = (
                "ERROR",
                "The query failed on the server; rows are missing.",
            )
        else:
            if result.overflowed():
                ending.status = "OVERFLOW"

    return rest()
