"""Records, capabilities and OAI-PMH answers against the schemas of the IVOA and of OAI."""

import pytest
from lxml import etree

from tests.support.schemas import load_registry_schema
from tests.support.service import fetch

RECORDS = "/oai?verb=ListRecords&metadataPrefix"
DOCUMENTS = {
    "record": "/registry/record",
    "organisation": "/registry/organisation",
    "authority": "/registry/authority",
    "publishing registry": "/registry/registry",
    "capabilities of TAP": "/tap/capabilities",
    "capabilities of SSA": "/ssa/capabilities",
    "capabilities of cone search": "/cone/capabilities",
    "Identify": "/oai?verb=Identify",
    "ListMetadataFormats": "/oai?verb=ListMetadataFormats",
    "ListSets": "/oai?verb=ListSets",
    "GetRecord": "/oai?verb=GetRecord&metadataPrefix=ivo_vor&identifier=ivo://oddsky.invalid",
    "ListIdentifiers": "/oai?verb=ListIdentifiers&metadataPrefix=ivo_vor&set=ivo_managed",
    "ListRecords": f"{RECORDS}=ivo_vor",
    "Dublin Core": f"{RECORDS}=oai_dc",
    "badVerb": "/oai",
    "badArgument": "/oai?verb=ListRecords",
    "idDoesNotExist": "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=ivo://x.y/z",
    "cannotDisseminateFormat": f"{RECORDS}=marc21",
    "noRecordsMatch": f"{RECORDS}=oai_dc&until=1999-12-31",
    "badResumptionToken": "/oai?verb=ListRecords&resumptionToken=7",
}


@pytest.fixture(scope="session")
def registry_schema(tmp_path_factory) -> etree.XMLSchema:
    return load_registry_schema(tmp_path_factory.mktemp("registry-xsd"))


@pytest.mark.parametrize("path", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_every_document_is_valid(service, registry_schema, path):
    status, body = fetch(service + path)
    assert status == 200
    registry_schema.assertValid(etree.fromstring(body))


@pytest.mark.parametrize(
    ("written", "broken"),
    [
        (b'xsi:type="vs:CatalogService"', b'xsi:type="vs:CatalogServices"'),
        (b"<complianceLevel>minimal<", b"<complianceLevel>total<"),
        (b"<maxSR>180<", b"<maxSR>all<"),
        (b"<spatial>", b"<spatial><b/>"),
    ],
)
def test_the_schema_sees_what_is_wrong(service, registry_schema, written, broken):
    _, body = fetch(f"{service}/registry/record")
    assert written in body
    assert not registry_schema.validate(etree.fromstring(body.replace(written, broken)))
    _, harvested = fetch(f"{service}{DOCUMENTS['ListRecords']}")
    assert not registry_schema.validate(etree.fromstring(harvested.replace(written, broken)))
