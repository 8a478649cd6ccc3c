"""A table of properties of the objects, joined to the spectra by identifier or by position."""

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.errors import SourceError
from ingest.join import Match, Sought, find_match
from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.tables.describe import complete, describe
from vo_service.tables.metadata import Metadata
from vo_service.tables.positions import are_degrees, find_positions
from vo_service.tables.read import ReadLimits, TableFile, read_table
from vo_service.tables.vocabulary import plain_names

MAX_COLUMNS = 40
"""Properties in `oddsky.objects`, which has a hundred columns of its own."""

PREFIX = "prop_"
"""Before the name of a property that is the name of another column."""

LIMITS = ReadLimits(max_rows=50_000_000, max_bytes=16 * 2**30, max_columns=2000)

log = logging.getLogger("oddsky.ingest")


@dataclass(frozen=True, slots=True)
class Properties:
    """A table of properties as it is published, and how its rows are matched.

    Attributes
    ----------
    label : str
        Name of the file.
    sha256 : str
        Of the file.
    fields : tuple of Field
        The properties, as published; those the table is matched by are not among them.
    rows : pyarrow.Table
        Their columns, in the order of the fields, of any names.
    match : Match
        How the rows are found.
    """

    label: str
    sha256: str
    fields: tuple[Field, ...]
    rows: pa.Table
    match: Match

    def digest(self) -> str:
        """Return the SHA-256 of the file, which belongs to the input of the run."""
        return self.sha256


def read_properties(path: Path) -> Properties:
    """Read a table of properties: FITS, VOTable, Parquet, Arrow, CSV, TSV or ECSV.

    Units, UCDs and descriptions are the file's; what it leaves open is filled in, and says so.

    Raises
    ------
    SourceError
        When the table cannot be read, has no column to match spectra by, identifiers that have
        lost digits, no property or more than `MAX_COLUMNS`.
    """
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        file = read_table(path, LIMITS, trusted=True)
        described = describe(file, Metadata())
    except OSError as error:
        raise SourceError(f"Cannot read the table {path}: {error.strerror}.") from error
    except UsageError as error:
        raise SourceError(f"The table of properties {path.name}: {error}") from error
    complete(described, path.name)
    names = [field.name for field in file.fields]
    match = find_match(path.name, names, file.rows, _find_sky(file))
    kept = [i for i, field in enumerate(file.fields) if i not in match.used and not field.is_array]
    if not 1 <= len(kept) <= MAX_COLUMNS:
        raise SourceError(
            f"The table of properties {path.name} has {len(kept)} columns beside those it is "
            f"matched by; give it 1 to {MAX_COLUMNS} that you want in oddsky.objects."
        )
    published = described.fields()
    fields = tuple(_as_property(published[i]) for i in kept)
    return Properties(path.name, sha256, fields, file.rows.select(kept), match)


def join_properties(
    properties: Properties, facts: pa.Table, obj_ids: np.ndarray, taken: Collection[str]
) -> tuple[tuple[Field, ...], list[pa.ChunkedArray]]:
    """Give every spectrum the properties of its object.

    Parameters
    ----------
    properties : Properties
    facts : pyarrow.Table
        `FACT_SCHEMA`, n rows.
    obj_ids : int64, shape (n,)
        The spectra's own identifiers.
    taken : collection of str
        Names of the other columns; a property of such a name gets `PREFIX` before it.

    Returns
    -------
    fields : tuple of Field
    columns : list of pyarrow.ChunkedArray
        n values each, null where nothing matches. They depend on nothing but the spectrum and the
        table: not on the order of the spectra.
    """
    places = properties.match.places(Sought(facts, obj_ids))
    found = places >= 0
    log.info(
        "%s: matched %d of %d spectra by %s, %d have no row; %d of its %d rows are used",
        properties.label,
        found.sum(),
        found.size,
        properties.match.told,
        (~found).sum(),
        np.unique(places[found]).size,
        properties.rows.num_rows,
    )
    rows = pa.array(places, mask=~found)
    columns = [pc.take(column, rows) for column in properties.rows.columns]
    return _without_clashes(properties.fields, taken), columns


def _find_sky(file: TableFile) -> tuple[int, int] | None:
    """Return the numbers of the columns with positions in degrees."""
    pair = find_positions(file.fields)
    in_degrees = pair and are_degrees(*(file.rows.column(i) for i in pair))
    return pair if in_degrees else None


def _as_property(field: Field) -> Field:
    """Return a column as one among others: not the identifier or position of the table."""
    ucd = field.ucd.removesuffix(";meta.main")
    return replace(field, role="", ucd=ucd, principal=False, indexed=False)


def _without_clashes(fields: tuple[Field, ...], taken: Collection[str]) -> tuple[Field, ...]:
    names = [f"{PREFIX}{f.name}" if f.name in taken else f.name for f in fields]
    return tuple(f.named(name) for f, name in zip(fields, plain_names(names), strict=True))
