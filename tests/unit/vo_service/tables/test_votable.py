"""VOTables of every data type, as astropy writes them and as they are written by hand."""

import io

import numpy as np
import pytest
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table

from vo_service.tables.read import ReadLimits, read_table

LIMITS = ReadLimits(max_rows=10_000, max_bytes=10_000_000, max_columns=100)


def written(table: Table, serialisation: str) -> bytes:
    sink = io.BytesIO()
    document = from_table(table)
    for field in document.get_first_table().fields:
        if field.name == "few":
            field.values.null = -1
    document.to_xml(sink, tabledata_format=serialisation)
    return sink.getvalue()


@pytest.mark.parametrize("serialisation", ["tabledata", "binary", "binary2"])
def test_numbers_come_back_as_astropy_wrote_them(serialisation):
    rng = np.random.default_rng(1)
    table = Table(
        {
            t: rng.integers(0, 100, 50).astype(t)
            for t in ("uint8", "int16", "int32", "int64", "float32", "float64")
        }
    )
    table["few"] = MaskedColumn(np.arange(50), mask=np.arange(50) % 7 == 0)
    read = read_table(written(table, serialisation), LIMITS)
    assert [f.name for f in read.fields] == table.colnames
    assert read.rows.column_names == [f"c{i + 1}" for i in range(7)]
    for i, name in enumerate(table.colnames[:-1]):
        np.testing.assert_array_equal(read.rows.column(i).to_numpy(), table[name])
    assert read.rows.column("c7").to_pylist() == table["few"].tolist()
