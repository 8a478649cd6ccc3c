"""Every document against the schemas of the IVOA, and the validators' own traps."""

import urllib.parse

import pytest
from lxml import etree

from tests.support.schemas import load_schema
from tests.support.service import fetch
from vo_service.formats.registry import FORMATS

SELECT = "/tap/sync?LANG=ADQL&QUERY="
OBJECTS = f"{SELECT}SELECT+TOP+9+*+FROM+oddsky.objects"
DOCUMENTS = {
    "capabilities": "/tap/capabilities",
    "availability": "/tap/availability",
    "tables": "/tap/tables",
    "tables without columns": "/tap/tables?detail=min",
    "table": "/tap/tables/oddsky.objects",
    "table of TAP_SCHEMA": "/tap/tables/tap_schema.columns",
    "default format": OBJECTS,
    "media type": f"{OBJECTS}&RESPONSEFORMAT=application/x-votable%2Bxml",
    "overflow": f"{SELECT}SELECT+*+FROM+oddsky.scores&MAXREC=3",
    "no rows": f"{SELECT}SELECT+*+FROM+oddsky.objects&MAXREC=0",
    "arrays": f"{SELECT}SELECT+TOP+2+*+FROM+oddsky.components",
    "aggregates": f"{SELECT}SELECT+subclass,COUNT(*),AVG(z)+FROM+oddsky.objects+GROUP+BY+subclass",
    "geometry": f"{SELECT}SELECT+TOP+2+POINT(ra,dec),CIRCLE(ra,dec,1)+FROM+oddsky.objects",
    "syntax error": f"{SELECT}SELECT+<%26+FROM+oddsky.objects",
    "unknown table": f"{SELECT}SELECT+1+FROM+nowhere",
    "wrong parameter": "/tap/sync?LANG=ADQL&QUERY=SELECT+1&MAXREC=x",
    "no such table": "/tap/tables/no.such",
    "no such page": "/tap/nothing",
    "cone": "/cone?RA=180&DEC=20&SR=30&VERB=3",
    "cone without radius": "/cone?RA=180&DEC=20&SR=0",
    "cone error": "/cone?RA=180&DEC=20",
    "spectrum": "/spectra/{id}",
    "spectrum at rest": "/spectra/{id}?FRAME=rest",
    "spectrum in binary2": "/spectra/{id}?RESPONSEFORMAT=votable/b2",
    "many spectra": "/spectra?ID={id},12&ID=-3&RESPONSEFORMAT=votable/td",
    "many spectra at rest": "/spectra?ID={id},12&FRAME=rest",
    "no such spectrum": "/spectra/12",
    "no such spectra": "/spectra?ID=12,13",
    "no such size": "/spectra/{id}?SIZE=big",
    "links": "/links?ID={id}&ID=nonsense",
    "links of nothing": "/links",
    "links in a wrong format": "/links?RESPONSEFORMAT=docx",
    "capabilities of cut-outs": "/soda/capabilities",
    "availability of cut-outs": "/soda/availability",
    "cut-out": "/soda/sync?ID={id}&BAND=5e-7+6e-7",
    "cut-out at rest": "/soda/sync?ID={id}&FRAME=rest&BAND=5e-7+6e-7",
    "jobs of cut-outs": "/soda/async",
} | {
    form.name: f"{OBJECTS}&RESPONSEFORMAT={form.name}"
    for form in FORMATS
    if "votable" in form.media_type
}


@pytest.fixture(scope="session")
def schema(tmp_path_factory) -> etree.XMLSchema:
    return load_schema(tmp_path_factory.mktemp("xsd"))


@pytest.fixture(scope="session")
def obj_id(service) -> str:
    query = "/tap/sync?LANG=ADQL&FORMAT=csv&QUERY=SELECT+TOP+1+obj_id+FROM+oddsky.objects"
    return fetch(service + query)[1].decode().split()[1]


@pytest.mark.parametrize("path", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_every_document_is_valid(service, schema, obj_id, path):
    _, body = fetch(service + path.format(id=obj_id))
    schema.assertValid(etree.fromstring(body))


def test_a_job_is_a_valid_document(service, schema):
    values = {"LANG": "ADQL", "QUERY": "SELECT TOP 3 obj_id FROM oddsky.objects", "PHASE": "RUN"}
    status, body = fetch(f"{service}/tap/async", urllib.parse.urlencode(values).encode())
    assert status == 200
    schema.assertValid(etree.fromstring(body))
    schema.assertValid(etree.fromstring(fetch(f"{service}/tap/async")[1]))


@pytest.mark.parametrize(
    ("written", "broken"),
    [
        (b'use="base"', b'use="bass"'),
        (b'unit="row"', b'unit="rows"'),
        (b'xsi:type="tr:TableAccess"', b'xsi:type="tr:TableAcces"'),
        (b'xsi:type="vr:WebBrowser"', b'xsi:type="vr:Browser"'),
    ],
)
def test_the_schema_sees_what_is_wrong(service, schema, written, broken):
    _, body = fetch(f"{service}/tap/capabilities")
    assert written in body
    assert not schema.validate(etree.fromstring(body.replace(written, broken)))


def test_the_schema_sees_a_wrong_votable(service, schema):
    _, body = fetch(service + DOCUMENTS["votable/td"])
    assert not schema.validate(
        etree.fromstring(body.replace(b'datatype="long"', b'datatype="big"'))
    )
