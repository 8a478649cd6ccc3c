"""Identifiers of spectra as clients send them, whole columns at a time."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vo_service.errors import UsageError
from vo_service.services.identity import read_obj_ids

EXAMPLES = 3
"""How many of those left out are named."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Part of a selection that is in no stack.

    Attributes
    ----------
    reason : str
        What they are: "spectra without a value of z".
    count : int
    examples : tuple of str
        The first few identifiers.
    """

    reason: str
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.examples)
        more = ", ..." if self.count > len(self.examples) else ""
        return f"{self.reason}: {self.count} ({named}{more})"


def left_out(
    reason: str, ids: np.ndarray | pa.Array | pa.ChunkedArray, count: int | None = None
) -> tuple[LeftOut, ...]:
    """Say what is left out; nothing where there is none.

    Parameters
    ----------
    reason : str
    ids : array
        All that are left out.
    count : int, optional
        How many they are, where `ids` has each but once.
    """
    first = tuple("null" if i is None else str(i)[:40] for i in ids[:EXAMPLES].tolist())
    return (LeftOut(reason, len(ids) if count is None else count, first),) if len(ids) else ()


def read_ids(column: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, tuple[LeftOut, ...]]:
    """Read identifiers.

    Parameters
    ----------
    column : pyarrow array
        Whole numbers, or texts: the obj_id or the publisher DID.

    Returns
    -------
    ids : pyarrow.Int64Array
        Null for what is no identifier.
    left_out : tuple of LeftOut

    Raises
    ------
    UsageError
        When the column holds neither numbers nor texts.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_integer(column.type):
        ids = column.cast(pa.int64())
    elif pa.types.is_string(column.type):
        ids = read_obj_ids(column)
    else:
        raise UsageError(
            "The identifiers of the selection are no whole numbers; give obj_id as BIGINT or text."
        )
    return ids, left_out("rows whose identifier is no obj_id", column.filter(ids.is_null()))
