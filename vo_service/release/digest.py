"""Digests of Arrow content: equal values in equal order, equal digest, however they are chunked."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def digest_table(data: pa.Table) -> str:
    """Return the SHA-256 of names, types, nulls and values of a table in its row order."""
    return digest_columns(zip(data.column_names, data.columns, strict=True))


def digest_columns(columns: Iterable[tuple[str, pa.ChunkedArray]]) -> str:
    """Return the digest of a table whose columns come one by one, with their names."""
    sha = hashlib.sha256()
    for name, column in columns:
        sha.update(f"{name}:{column.type}:{len(column)};".encode())
        _update(sha, pa.concat_arrays(column.chunks) if column.num_chunks else None)
    return sha.hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _update(sha: "hashlib._Hash", column: pa.Array | None) -> None:
    if column is None:
        return
    sha.update(np.packbits(column.is_null().to_numpy(zero_copy_only=False)).tobytes())
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        sha.update(pc.list_value_length(column).fill_null(0).to_numpy(False).tobytes())
        _update(sha, column.flatten())
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        sha.update(pc.binary_length(column).fill_null(0).to_numpy(False).tobytes())
        sha.update(_characters(column))
    else:
        sha.update(column.drop_null().to_numpy(zero_copy_only=False).tobytes())


def _characters(column: pa.Array) -> bytes:
    whole = pa.concat_arrays(
        [column.drop_null().cast(pa.large_string()), pa.array([], pa.large_string())]
    )
    _, offsets, values = whole.buffers()
    bounds = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
    return b"" if values is None else values[int(bounds[0]) : int(bounds[-1])].to_pybytes()
