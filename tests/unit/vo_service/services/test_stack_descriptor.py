"""When the rows of an answer are offered as stacks, and how."""

import io

import pytest
from astropy.io.votable import parse

from tests.support.rows import batch
from vo_service.formats.descriptor import descriptor_element
from vo_service.formats.registry import find_format
from vo_service.formats.result import Result
from vo_service.release.field import Field
from vo_service.services.stack_descriptor import stack_descriptor

ID = Field("obj_id", "long", "Identifier", ucd="meta.id;meta.main", role="id")
Z, NAME = Field("z", "double"), Field("name", "char", arraysize="*")
QUERY = "SELECT obj_id, z, name -- all < 3\nFROM oddsky.objects"


def test_a_reader_of_votable_finds_what_to_ask():
    made = stack_descriptor(QUERY, (Z, ID, NAME), ID, ("nad", "whole"), "http://odd.example")
    result = Result((ID,), iter([batch([ID], [1])]), resources=(descriptor_element(made),))
    body = b"".join(find_format("votable/td").encode(result))
    resource = parse(io.BytesIO(body)).resources[1]
    assert {p.name: p.value for p in resource.params}["accessURL"] == "http://odd.example/stack"
    inputs = {param.name: param for param in resource.groups[0].entries}
    assert inputs["QUERY"].value == QUERY
    assert [option[1] for option in inputs["ORDER"].values.options] == ["z"]
    assert inputs["GROUPS"].value == 5
    assert [option[1] for option in inputs["REGION"].values.options] == ["nad", "whole", "all"]


@pytest.mark.parametrize(
    ("query", "fields", "offered"),
    [
        ("q", (ID,), True),
        ("q", (ID.named("star"), Z), True),
        ("q", (Z, ID.named("star")), False),
        ("q" * 5000, (ID,), False),
    ],
)
def test_it_is_offered_where_the_identifiers_are_found_again(query, fields, offered):
    column = next(f for f in fields if f.role)
    assert (stack_descriptor(query, fields, column, (), "http://x") is not None) == offered
