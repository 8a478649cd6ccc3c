"""Arrow IPC and Parquet: what pyarrow and astropy make of them."""

import io
import warnings

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io.votable import parse
from astropy.table import Table

from tests.support.rows import WHEN, batch, encode, every_type, failing
from vo_service.formats.registry import find_format
from vo_service.formats.result import Info, Result
from vo_service.release.field import Field

VERSION = b"IVOA.VOTable-Parquet.version"
CONTENT = b"IVOA.VOTable-Parquet.content"


def read_with_astropy(document: bytes) -> Table:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Table.read(io.BytesIO(document), format="parquet.votable")


def test_arrow_gives_back_the_rows_of_every_type():
    fields, rows = every_type()
    seen = pa.ipc.open_stream(encode("arrow", fields, rows, rows)).read_all()
    assert seen.to_pylist() == rows.to_pylist() * 2
    assert seen.schema == rows.schema


def test_arrow_fields_say_what_they_are():
    fields = [Field("ra", "double", "Right ascension", "deg", "pos.eq.ra")]
    schema = pa.ipc.open_stream(encode("arrow", fields)).schema
    assert schema.field("ra").metadata == {
        b"datatype": b"double",
        b"unit": b"deg",
        b"ucd": b"pos.eq.ra",
        b"description": b"Right ascension",
    }


def test_arrow_tells_an_overflow_behind_the_rows():
    field = Field("x", "int")
    document = encode("arrow", [field], batch([field], [1]), overflowed=lambda: True)
    reader = pa.ipc.open_stream(document)
    told = [reader.read_next_batch_with_custom_metadata() for _ in range(2)]
    assert [b.num_rows for b, _ in told] == [1, 0]
    assert dict(told[1].custom_metadata) == {b"QUERY_STATUS": b"OVERFLOW"}


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("arrow", lambda data: pa.ipc.open_stream(data).read_all()),
        ("parquet", lambda data: pq.read_table(io.BytesIO(data))),
    ],
)
def test_what_broke_off_cannot_be_read_as_whole(form, read):
    field, seen = Field("x", "int"), b""
    chunks = find_format(form).encode(Result((field,), failing([field])))
    with pytest.raises(ConnectionError):
        while True:
            seen += next(chunks)
    assert seen
    with pytest.raises((pa.ArrowInvalid, OSError)):
        read(seen)


def test_parquet_holds_a_votable_without_rows():
    field = Field("ra", "double", "Right <ascension>", "deg", "pos.eq.ra")
    document = encode(
        "parquet",
        [field],
        batch([field], [1.0]),
        infos=(Info("QUERY", "SELECT ra"),),
        overflowed=lambda: True,
    )
    footer = pq.read_metadata(io.BytesIO(document)).metadata
    assert footer[VERSION] == b"1.0"
    resource = parse(io.BytesIO(footer[CONTENT]), verify="exception").resources[0]
    assert resource.tables[0].fields[0].description == "Right <ascension>"
    assert b"<DATA>" not in footer[CONTENT]
    assert [i.value for i in resource.infos] == ["OK", "SELECT ra", "OVERFLOW"]


def test_parquet_gives_back_the_rows_of_every_type():
    fields, rows = every_type()
    seen = pq.read_table(io.BytesIO(encode("parquet", fields, rows, rows))).to_pylist()
    expected = [*rows.to_pylist(), *rows.to_pylist()]
    for row in expected:
        row["moment"] = row["moment"] and row["moment"].isoformat()
    assert seen == expected


def test_astropy_reads_parquet_with_its_votable():
    fields, rows = every_type()
    whole = rows.take(pa.array([0, 2]))
    table = read_with_astropy(encode("parquet", fields, whole))
    assert table.colnames == [f.name for f in fields]
    assert str(table["single"].unit) == "km / s"
    assert table["big"].info.meta["ucd"] == "meta.id"
    assert table["big"].tolist() == [-(2**63) + 1, 2**63 - 1]
    assert table["wide"].tolist() == ["é😀", ""]
    assert table["moment"].tolist() == [WHEN.isoformat()] * 2
    assert [list(v) for v in table["curve"]] == [[1.5], []]
    assert [list(v) for v in table["point"]] == [[1.0, 2.0], [3.0, 4.0]]


def test_astropy_reads_parquet_without_rows_and_with_nulls():
    fields, rows = every_type()
    assert len(read_with_astropy(encode("parquet", fields))) == 0
    # Of booleans with nulls it makes objects, which it cannot join to those of the VOTable.
    kept = [f for f in fields if f.datatype != "boolean"]
    table = read_with_astropy(encode("parquet", kept, rows.select([f.name for f in kept])))
    assert table["wide"].tolist() == ["é😀", "None", ""]
    assert np.isnan(table["real"].tolist()).tolist() == [False, True, False]
