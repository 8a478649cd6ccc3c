"""Which row of a table belongs to which spectrum: by identifier, fibre or position."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.spatial import cKDTree

from ingest.errors import SourceError

SURVEY_IDS = ("survey_id", "specobjid", "spec_obj_id", "targetid")
OBJ_ID = "obj_id"
FIBRE = (("plate", "plateid"), ("mjd",), ("fiberid", "fiber", "fiber_id"))
"""Columns that name a spectrum of SDSS together, and other names of them."""

RADIUS_ARCSEC = 2.0
"""How far the nearest row may lie from a spectrum."""

_ROUNDED = 1000
"""Spreadsheets keep 15 digits: of the 18 or 19 of an identifier the last are zeros."""

_LONG = 10**15


@dataclass(frozen=True, slots=True)
class Sought:
    """The spectra that rows are looked for.

    Attributes
    ----------
    facts : pyarrow.Table
        `FACT_SCHEMA`, n rows.
    obj_ids : int64, shape (n,)
    """

    facts: pa.Table
    obj_ids: np.ndarray


class Match(Protocol):
    """A way to find the row of a spectrum."""

    @property
    def used(self) -> frozenset[int]:
        """Numbers of the columns that it goes by, which are not published again."""
        ...

    @property
    def told(self) -> str:
        """What it goes by, in words."""
        ...

    def places(self, sought: Sought) -> np.ndarray:
        """Return the row of each spectrum, the first of several, -1 for none; int64, (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class ById:
    """Match identifiers as text.

    Attributes
    ----------
    keys : pyarrow.Array
        Identifier of each row as text.
    of_survey : bool
        Whether it is the survey's, or our `obj_id`.
    """

    used: frozenset[int]
    told: str
    keys: pa.Array
    of_survey: bool

    def places(self, sought: Sought) -> np.ndarray:
        """Return the row of each spectrum."""
        ids = sought.facts["survey_id"] if self.of_survey else pa.array(sought.obj_ids)
        return _first_places(ids.cast(pa.string()), self.keys)


@dataclass(frozen=True, slots=True)
class ByFibre:
    """Match plate, MJD and fibre.

    Attributes
    ----------
    keys : pyarrow.ChunkedArray
        The three of each row, as one text.
    """

    used: frozenset[int]
    told: str
    keys: pa.ChunkedArray

    def places(self, sought: Sought) -> np.ndarray:
        """Return the row of each spectrum."""
        return _first_places(_join(sought.facts.column(names[0]) for names in FIBRE), self.keys)


@dataclass(frozen=True, slots=True)
class ByPosition:
    """Match the nearest position.

    Attributes
    ----------
    ra, dec : float64, shape (n_rows,)
        ICRS [deg]; NaN where a row has none.
    """

    used: frozenset[int]
    told: str
    ra: np.ndarray
    dec: np.ndarray

    def places(self, sought: Sought) -> np.ndarray:
        """Return the row of each spectrum."""
        rows = np.flatnonzero(np.isfinite(self.ra) & np.isfinite(self.dec))
        there, first = np.unique(_vectors(self.ra[rows], self.dec[rows]), axis=0, return_index=True)
        ra, dec = (sought.facts[name].to_numpy() for name in ("ra", "dec"))
        if not rows.size or not ra.size:
            return np.full(ra.size, -1)
        chord = 2 * np.sin(np.radians(RADIUS_ARCSEC / 3600) / 2)
        distance, nearest = cKDTree(there).query(_vectors(ra, dec), distance_upper_bound=chord)
        nearest = np.minimum(nearest, len(there) - 1)
        return np.where(np.isfinite(distance), rows[first[nearest]], -1)


def find_match(
    label: str, names: Sequence[str], rows: pa.Table, sky: tuple[int, int] | None
) -> Match:
    """Return how the rows of a table are matched: by the first of the three ways that it allows.

    Parameters
    ----------
    label : str
        What the table is called.
    names : sequence of str
        Of its columns, as in the file.
    rows : pyarrow.Table
        The columns in their order.
    sky : (int, int), optional
        Numbers of the columns that hold right ascension and declination, ICRS [deg].

    Raises
    ------
    SourceError
        When none is possible, or identifiers have lost digits.
    """
    numbers = {name.lower(): i for i, name in reversed(list(enumerate(names)))}
    for name in (OBJ_ID, *SURVEY_IDS):
        if name in numbers:
            i = numbers[name]
            keys = _read_ids(label, names[i], rows.column(i))
            return ById(frozenset({i}), names[i], keys, name != OBJ_ID)
    found = [next((numbers[n] for n in known if n in numbers), None) for known in FIBRE]
    columns = [rows.column(i) for i in found if i is not None]
    if len(columns) == len(FIBRE) and all(pa.types.is_integer(c.type) for c in columns):
        used = frozenset(i for i in found if i is not None)
        return ByFibre(used, "plate, MJD and fibre", _join(columns))
    if sky is None:
        raise SourceError(
            f"The table of properties {label} has no column to match spectra by; give it "
            f"{', '.join((*SURVEY_IDS, OBJ_ID))}, or plate, mjd and fiberid, or ra and dec in "
            "degrees."
        )
    ra, dec = (rows.column(i).cast(pa.float64()).to_numpy(zero_copy_only=False) for i in sky)
    return ByPosition(frozenset(), f"position within {RADIUS_ARCSEC:g} arcsec", ra, dec)


def _read_ids(label: str, name: str, column: pa.ChunkedArray) -> pa.Array:
    """Return identifiers as text.

    Raises
    ------
    SourceError
        When a floating-point number or a spreadsheet has taken digits from them.
    """
    column = column.combine_chunks()
    if _is_mangled(column):
        raise SourceError(
            f"The table of properties {label}: its identifiers {name} have lost their last digits "
            "to a spreadsheet or a floating-point number; write them as text or 64-bit integers, "
            "or remove the column: the table is then matched by plate, mjd and fiberid or by "
            "position, where it has them."
        )
    if pa.types.is_floating(column.type):
        column = column.cast(pa.int64())
    if name.lower() != OBJ_ID and column.type == pa.int64():
        column = _unsign(column)
    return pc.utf8_trim_whitespace(column.cast(pa.string()))


def _unsign(column: pa.Array) -> pa.Array:
    """Return negative identifiers as SDSS has them: a signed column cannot hold plates from 8192.

    DESI's are negative for fibres without a target alone, which no spectrum here is of.
    """
    values = pc.fill_null(column, 0).to_numpy(zero_copy_only=False).view(np.uint64)
    return pa.array(values, mask=pc.is_null(column).to_numpy(zero_copy_only=False))


def _is_mangled(column: pa.Array) -> bool:
    if pa.types.is_floating(column.type):
        values = column.drop_null().to_numpy(zero_copy_only=False)
        largest = 2.0**24 if values.dtype.itemsize == 4 else 2.0**53
        return bool(np.any((values != np.floor(values)) | (np.abs(values) >= largest)))
    if pa.types.is_integer(column.type):
        values = column.drop_null().to_numpy(zero_copy_only=False)
        long = values[values >= _LONG]
        return long.size > 2 and not np.any(long % _ROUNDED)
    written = column.cast(pa.string())
    return bool(pc.any(pc.match_substring_regex(written, _AS_FLOAT.pattern)).as_py())


_AS_FLOAT = re.compile(r"^\s*\d+(\.\d*)?[eE]\+?\d+\s*$|^\s*\d{10,}\.\d*\s*$")
"""1.23765E+18 and 1237650000000000000.0."""


def _first_places(sought: pa.ChunkedArray, keys: pa.Array) -> np.ndarray:
    """Return where each text first stands among the keys, -1 where nowhere; null is nowhere."""
    places = pc.index_in(sought, value_set=keys, skip_nulls=True)
    return pc.fill_null(places, -1).to_numpy().astype(np.int64)


def _join(columns: Iterable[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Return columns of whole numbers as one text a row; null where one is."""
    texts = [column.cast(pa.string()) for column in columns]
    return pc.binary_join_element_wise(*texts, " ")


def _vectors(ra_deg: np.ndarray, dec_deg: np.ndarray) -> np.ndarray:
    """Return unit vectors, float64, shape (n, 3)."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.column_stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
