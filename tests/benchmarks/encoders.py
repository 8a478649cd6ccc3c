"""Time of each encoder on the peer's catalogue: 150,000 rows x 42 columns, encoding alone.

    python -m tests.benchmarks.encoders

Needs ../shared.
"""

import runpy
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from tests.support.shared import shared_path
from vo_service.formats.registry import FORMATS, Format
from vo_service.formats.result import Result, Spool
from vo_service.release.field import Field
from vo_service.release.types import arrow_schema

ROWS, BATCH_ROWS, REPEATS = 150_000, 50_000, 5
DATATYPES = {"i2": "short", "i4": "int", "i8": "long", "f4": "float", "f8": "double"}


def main() -> None:
    """Print, format by format, the first chunk and the whole: the best of some runs."""
    fields, batches = read_catalogue()
    print("format       first chunk      whole       size")
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMATS:
            runs = [measure(form, fields, batches, Path(folder)) for _ in range(REPEATS)]
            first, whole = (min(times) * 1e3 for times in list(zip(*runs, strict=True))[:2])
            print(f"{form.name:12} {first:8.1f} ms {whole:7.0f} ms {runs[0][2] / 1e6:7.1f} MB")


def read_catalogue() -> tuple[tuple[Field, ...], list[pa.RecordBatch]]:
    """Return the catalogue's columns and its rows in batches as an engine gives them."""
    make = runpy.run_path(str(shared_path("bench/make_catalogue.py")))["make"]
    table = make(ROWS, 20261123)
    fields = tuple(_field(name, table[name].dtype.str[1:]) for name in table.colnames)
    columns = [
        table[name].tolist() if f.is_text else table[name].data
        for name, f in zip(table.colnames, fields, strict=True)
    ]
    whole = pa.table(columns, schema=arrow_schema(fields))
    return fields, whole.to_batches(BATCH_ROWS)


def _field(name: str, dtype: str) -> Field:
    if dtype.startswith("U"):
        return Field(name, "char", f"The {name}", arraysize="*")
    return Field(name, DATATYPES[dtype], f"The {name}")


def measure(
    form: Format, fields: tuple[Field, ...], batches: list[pa.RecordBatch], spool: Path
) -> tuple[float, float, int]:
    """Return seconds to the first rows and to the end, and the bytes."""
    started = time.perf_counter()
    chunks = form.encode(Result(fields, iter(batches), spool=Spool(spool)))
    size = len(next(chunks)) + len(next(chunks))
    first = time.perf_counter() - started
    size += sum(map(len, chunks))
    return first, time.perf_counter() - started, size


if __name__ == "__main__":
    main()
