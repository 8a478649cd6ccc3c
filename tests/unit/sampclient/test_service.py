"""Rows of a service: CSV and the fields that describe it, put together."""

import numpy as np
import pytest
from astropy.io.votable.tree import Field, VOTableFile

from sampclient.errors import LinkError
from sampclient.service import Service, read_rows


def field(name: str, datatype: str, arraysize: str | None = None, **about: str) -> Field:
    return Field(VOTableFile(), name=name, datatype=datatype, arraysize=arraysize, **about)


def test_types_nulls_units_and_ucds():
    fields = [
        field("obj_id", "long", ucd="meta.id"),
        field("n", "int"),
        field("f", "double", unit="km/s"),
        field("text", "char", "*"),
        field("v", "float", "2"),
    ]
    csv = b'obj_id,n,f,text,v\n4611686018427387905,7,1.5,"a,b","1 2"\n2,,,,\n'
    rows = read_rows(csv, fields)
    assert rows["obj_id"].tolist() == [2**62 + 1, 2]
    assert rows["n"].tolist() == [7, None]
    assert rows["f"][0] == 1.5
    assert np.isnan(rows["f"][1])
    assert rows["text"][0] == "a,b"
    assert str(rows["f"].unit) == "km / s"
    assert rows["obj_id"].meta["ucd"] == "meta.id"


def test_no_rows_are_an_empty_table():
    rows = read_rows(b"n,text\n", [field("n", "int"), field("text", "char", "*")])
    assert len(rows) == 0
    assert rows.colnames == ["n", "text"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:9/tap"])
def test_no_service_is_told_with_its_address(url):
    with pytest.raises(LinkError, match=r"No service answers at http://127\.0\.0\.1:9 .*--service"):
        Service(url).list_tables()
