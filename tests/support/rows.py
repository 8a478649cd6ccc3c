"""Tables to encode: batches of Python values, and every type of column with what is hard in it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from vo_service.formats.registry import find_format
from vo_service.formats.result import Result
from vo_service.release.field import Field
from vo_service.release.types import arrow_schema

WHEN = dt.datetime(2020, 1, 2, 3, 4, 5)

EVERY = [
    (Field("flag", "boolean", "A flag"), [True, None, False]),
    (Field("byte", "unsignedByte"), [0, None, 255]),
    (Field("small", "short"), [-(2**15) + 1, None, 2**15 - 1]),
    (Field("whole", "int"), [-(2**31) + 1, None, 2**31 - 1]),
    (Field("big", "long", "An id", ucd="meta.id"), [-(2**63) + 1, None, 2**63 - 1]),
    (Field("single", "float", unit="km.s**-1"), [0.1, None, float("-inf")]),
    (Field("real", "double"), [1 / 3, None, float("inf")]),
    (Field("text", "char", arraysize="*"), ['a,"b"<&>', None, ""]),
    (Field("wide", "unicodeChar", arraysize="*"), ["é😀", None, ""]),
    (Field("code", "char", arraysize="4"), ["abcd", None, "a"]),
    (Field("sign", "unicodeChar", arraysize="3"), ["é😀", None, "a"]),
    (Field("moment", "char", arraysize="*", xtype="timestamp"), [WHEN, None, WHEN]),
    (Field("point", "double", arraysize="2"), [[1.0, 2.0], None, [3.0, 4.0]]),
    (Field("grid", "short", arraysize="2x3"), [[1, 2, 3, 4, 5, 6], [0] * 6, [-1] * 6]),
    (Field("flags", "boolean", arraysize="2"), [[True, False], [True, True], [False] * 2]),
    (Field("curve", "float", arraysize="*"), [[1.5], None, []]),
    (Field("steps", "int", arraysize="*"), [[1, 2], None, []]),
    (Field("bytes", "unsignedByte", arraysize="4*"), [[1, 255], None, []]),
    (Field("marks", "boolean", arraysize="*"), [[True, False], None, []]),
]
"""Columns and three values of each; the second one is null wherever a format can say so."""


def batch(fields: list[Field] | tuple[Field, ...], *columns: list) -> pa.RecordBatch:
    """Make a batch of a list of values for each column."""
    schema = arrow_schema(list(fields))
    arrays = [pa.array(c, t) for c, t in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def every_type() -> tuple[list[Field], pa.RecordBatch]:
    """Return the columns of EVERY and their rows."""
    fields = [field for field, _ in EVERY]
    return fields, batch(fields, *[values for _, values in EVERY])


def encode(form: str, fields: list[Field], *batches: pa.RecordBatch, **options: Any) -> bytes:
    """Encode batches in the format of that name."""
    return b"".join(find_format(form).encode(Result(tuple(fields), iter(batches), **options)))


def failing(fields: list[Field]) -> Iterator[pa.RecordBatch]:
    """Yield a row of integers, then fail with what no user may read."""
    yield batch(fields, *[[1] for _ in fields])
    raise RuntimeError("secret /path/to/file")
