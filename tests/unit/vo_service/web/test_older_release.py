"""A release without ivoa.obscore: the service starts, and says what it cannot do."""

from lxml import etree


def test_ssa_says_what_to_do(client):
    answer = client.get("/ssa?POS=10,20&SIZE=1")
    info = etree.fromstring(answer.data).find(".//{*}INFO")
    assert (answer.status_code, info.get("value")) == (200, "ERROR")
    assert "This release has no ivoa.obscore" in info.text


def test_no_capability_is_told_that_is_not_there(client):
    for path in ("/ssa/capabilities", "/registry/record", "/tap/capabilities"):
        body = client.get(path).text
        assert "SimpleSpectralAccess" not in body
        assert "ObsCore" not in body


def test_the_record_tells_the_sky_of_what_is_there(client):
    record = etree.fromstring(client.get("/registry").data)
    assert record.findtext("coverage/spatial").startswith("6/")
    assert record.find("coverage/spectral") is None
    assert client.get("/oai?verb=ListRecords&metadataPrefix=ivo_vor").status_code == 200
    assert "/ssa" not in client.get("/").text
