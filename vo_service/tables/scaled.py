"""TSCAL and TZERO of a FITS column (FITS 4.0, section 7.3.2): scaled and unsigned numbers."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from astropy.io import fits

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.types import TYPES
from vo_service.tables.declared import Declared

_SHIFTED = {
    ("unsignedByte", -(2**7)): "short",
    ("short", 2**15): "int",
    ("int", 2**31): "long",
    ("long", 2**63): "long",
}
"""Signed bytes and unsigned integers are kept as the next larger type that holds them."""


def scale(
    declared: Declared, column: pa.Array, header: fits.Header, i: int
) -> tuple[Field, pa.Array]:
    """Apply a column's scale and zero.

    Raises
    ------
    UsageError
        When an unsigned integer is larger than the largest signed one of 64 bits.
    """
    field = declared.field
    factor, zero = header.get(f"TSCAL{i}", 1), header.get(f"TZERO{i}", 0)
    if (factor, zero) == (1, 0) or declared.datatype in ("char", "boolean", "bit"):
        return field, column
    kept = _SHIFTED.get((field.datatype, int(zero))) if factor == 1 else None
    field = replace(field, datatype=kept or "double")
    if not pa.types.is_list(column.type):
        return field, _scaled(field, column, factor, zero, kept)
    elements = _scaled(field, column.flatten(), factor, zero, kept)
    lengths = pc.fill_null(column.value_lengths(), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return field, pa.ListArray.from_arrays(pa.array(offsets), elements, mask=column.is_null())


def _scaled(
    field: Field, values: pa.Array, factor: float, zero: float, kept: str | None
) -> pa.Array:
    if not kept:
        return pc.add(pc.multiply(values.cast(pa.float64()), float(factor)), float(zero))
    if zero == 2**63:
        if pc.any(pc.greater_equal(values, 0)).as_py():
            raise UsageError(
                f"Column '{field.name}' holds unsigned numbers of 64 bits beyond the largest "
                "signed one; write them as text."
            )
        return pc.add(pc.add(values, 2**62), 2**62)
    return pc.add(values.cast(TYPES[kept].arrow), pa.scalar(int(zero), TYPES[kept].arrow))
