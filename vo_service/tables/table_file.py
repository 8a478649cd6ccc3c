"""What reading a file gives: fields and rows, and how large a file may be."""

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.types import arrow_type


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How large a table may be.

    Attributes
    ----------
    max_rows, max_bytes, max_columns : int
        Rows, bytes of the file, columns.
    """

    max_rows: int
    max_bytes: int
    max_columns: int


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table as a file holds it.

    Attributes
    ----------
    fields : tuple of Field
        Named as in the file: no two alike, but some may differ in case only.
    rows : pyarrow.Table
        Columns `c1` ... `cn` in the order of the fields, of the types that
        `release.types.arrow_type` gives them. A floating NaN is null.
    name, description : str
        Of the table, empty where the file has none.
    """

    fields: tuple[Field, ...]
    rows: pa.Table
    name: str = ""
    description: str = ""


def physical_names(count: int) -> list[str]:
    """Return the names `c1` ... `cn` that columns have in an engine."""
    return [f"c{i + 1}" for i in range(count)]


_TWO_UNITS = "[\U00010000-\U0010ffff]"


def make_table_file(
    fields: tuple[Field, ...],
    columns: list[pa.Array],
    limits: ReadLimits,
    name: str = "",
    description: str = "",
) -> TableFile:
    """Put columns together.

    Raises
    ------
    UsageError
        When there are none, or more rows than allowed.
    """
    check_fields(fields, limits)
    fields = tuple(map(_widen_text, fields, columns))
    types = [arrow_type(f) for f in fields]
    schema = pa.schema(list(zip(physical_names(len(fields)), types, strict=True)))
    rows = pa.table(columns, schema=schema)
    check_rows(rows.num_rows, limits)
    return TableFile(fields, rows, name, " ".join(description.split()))


def _widen_text(field: Field, column: pa.Array) -> Field:
    """Return a text column as one that holds its values.

    `char` with more than ASCII becomes `unicodeChar`, and a length that counts letters becomes
    open where their UTF-16 needs more: a letter beyond U+FFFF is two units (VOTable 1.4, 2.1).
    """
    if not field.is_text or pc.all(pc.string_is_ascii(column)).as_py() is not False:
        return field
    units = pc.add(pc.utf8_length(column), pc.count_substring_regex(column, _TWO_UNITS))
    is_longer = field.size is not None and (pc.max(units).as_py() or 0) > field.size
    return replace(field, datatype="unicodeChar", arraysize="*" if is_longer else field.arraysize)


def check_fields(fields: tuple[Field, ...], limits: ReadLimits) -> None:
    """Refuse a table without columns, with too many, or with two of one name."""
    if not fields:
        raise UsageError("The file holds no table with columns.")
    check_columns(len(fields), limits)
    seen: set[str] = set()
    for f in fields:
        if f.name in seen:
            raise UsageError(f"The table has two columns '{f.name}'; rename one.")
        seen.add(f.name)


def check_columns(count: int, limits: ReadLimits) -> None:
    """Refuse more columns than allowed."""
    if count > limits.max_columns:
        raise UsageError(
            f"The table has more than the {limits.max_columns} columns that are allowed."
        )


def check_rows(count: int, limits: ReadLimits) -> None:
    """Refuse more rows than allowed."""
    if count > limits.max_rows:
        raise UsageError(f"The table has more than the {limits.max_rows} rows that are allowed.")
