"""Which columns of a result still identify spectra."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from lxml import etree

from tests.support.engine import STARS, Queries
from vo_service.release.field import Field
from vo_service.services.describe_links import describe_links
from vo_service.services.holdings import find_spectrum_ids

SERVICES = ("", "ivo://ivoa.net/std/DataLink#links-1.1", "ivo://ivoa.net/std/SODA#sync-1.0")
"""Standards of the services that are described: spectra, links, cut-outs."""

QUERIES = [
    ("SELECT id FROM cat.stars", "id"),
    ("SELECT id AS star FROM cat.stars", "star"),
    ('SELECT id AS "my star" FROM cat.stars', "my_star"),
    ("SELECT id AS icrs FROM cat.stars", "column_icrs"),
    ("SELECT s.n, s.id FROM cat.stars AS s JOIN cat.notes AS t ON t.id = s.id", "id"),
    ("SELECT x.star FROM (SELECT id AS star FROM cat.stars) AS x", "star"),
    ("WITH w AS (SELECT id FROM cat.stars) SELECT id FROM w", "id"),
    ("SELECT id FROM cat.stars UNION SELECT id FROM cat.stars", "id"),
    ("SELECT id FROM cat.stars UNION SELECT n FROM cat.stars", None),
    ("SELECT id FROM cat.notes", None),
    ("SELECT id + 0 AS id FROM cat.stars", None),
    ("SELECT MAX(id) AS id FROM cat.stars", None),
    ("SELECT COALESCE(id, 1) AS id FROM cat.stars", None),
    ("SELECT CASE WHEN n > 0 THEN id ELSE 1 END AS id FROM cat.stars", None),
    ("SELECT mag FROM cat.stars", None),
]


@pytest.fixture(scope="module")
def queries(tmp_path_factory) -> Queries:
    return Queries(tmp_path_factory.mktemp("stars"))


@pytest.fixture
def holding(tmp_path):
    """A release whose stars, not their notes, have spectra."""
    (tmp_path / "with" / "spectra").mkdir(parents=True)
    stars = SimpleNamespace(folder=tmp_path / "with", tables=(STARS,))
    notes = SimpleNamespace(folder=tmp_path / "without", tables=())
    release = SimpleNamespace(parts=(stars, notes))
    return SimpleNamespace(release=release, spectrum_ids=find_spectrum_ids(release))


@pytest.mark.parametrize(("query", "field_id"), QUERIES)
def test_spectra_are_offered_where_the_column_came_through_as_it_is(
    queries, holding, query, field_id
):
    fields = queries.translate(query).fields
    links = describe_links(fields, holding, "http://odd.example")
    assert list(links.field_ids.values()) == ([field_id] if field_id else [])
    assert len(links.resources) == (len(SERVICES) if field_id else 0)
    for resource, standard in zip(links.resources, SERVICES, strict=False):
        described = etree.fromstring(resource)
        assert described.find(".//PARAM[@name='ID']").get("ref") == field_id
        stated = described.find("PARAM[@name='standardID']")
        assert (stated is None and not standard) or stated.get("value") == standard


def test_an_identifier_that_is_a_text_comes_before_a_number(queries, holding):
    did = Field("did", "char", "Identifier", ucd="meta.ref.ivoid", arraysize="*", role="did")
    holding.spectrum_ids |= {did.named("")}
    fields = (*queries.translate("SELECT id FROM cat.stars").fields, did.named("mine"))
    links = describe_links(fields, holding, "http://odd.example")
    assert links.field_ids == {"mine": "mine"}


def test_a_column_may_have_the_id_of_a_descriptor(queries, holding):
    fields = queries.translate("SELECT id AS cutout FROM cat.stars").fields
    links = describe_links(fields, holding, "http://odd.example")
    ids = [etree.fromstring(r).get("ID") for r in links.resources]
    assert len({*ids, *links.field_ids.values()}) == len(ids) + 1


def test_another_unit_or_meaning_is_another_column(holding):
    changed = replace(STARS.fields[0], description="Something else")
    assert describe_links((changed,), holding, "").resources == ()
