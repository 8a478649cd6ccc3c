"""Service descriptors, as DataLink 1.1 and SODA 1.0 write them."""

from lxml import etree

from vo_service.formats.descriptor import Descriptor, Input, descriptor_element

BAND = Input(
    "BAND",
    "From & to",
    datatype="double",
    arraysize="2",
    ucd="em.wl;stat.interval",
    unit="m",
    xtype="interval",
    limits=("3.8e-07", "9.2e-07"),
)
FRAME = Input("FRAME", "Frame", options=("observed", "rest"))
SERVICE = Descriptor("s", "Cuts", "Cut < & >", "http://o/s", "text/xml", (BAND, FRAME), "ivo://x#1")


def test_inputs_have_their_limits_options_and_an_empty_value():
    resource = etree.fromstring(descriptor_element(SERVICE))
    assert dict(resource.attrib) == {
        "type": "meta", "utype": "adhoc:service", "ID": "s", "name": "Cuts",
    }  # fmt: skip
    band, frame = resource.find("GROUP[@name='inputParams']")
    assert (band.get("value"), band.get("unit"), band.get("xtype")) == ("", "m", "interval")
    values = band.find("VALUES")
    assert [(v.tag, v.get("value")) for v in values] == [("MIN", "3.8e-07"), ("MAX", "9.2e-07")]
    assert [v.get("value") for v in frame.find("VALUES")] == ["observed", "rest"]
    assert band.findtext("DESCRIPTION") == "From & to"


def test_what_is_not_stated_is_not_written():
    params = etree.fromstring(descriptor_element(SERVICE)).findall("PARAM")
    assert {p.get("name"): p.get("value") for p in params} == {
        "standardID": "ivo://x#1", "accessURL": "http://o/s", "contentType": "text/xml",
    }  # fmt: skip


def test_a_service_that_describes_itself_says_so():
    example = "http://o?a=1&b=2"
    own = Descriptor("t", "Own", "Own", "http://o", "", (), example_url=example, is_self=True)
    resource = etree.fromstring(descriptor_element(own))
    assert resource.get("utype") == "adhoc:this"
    assert resource.find("PARAM[@name='exampleURL']").get("value") == example
    assert resource.find("GROUP") is not None
