"""Several links on one hub: exactly one leads for a table."""

from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from sampclient.peers import SINCE, TABLES, Peers, Shown
from sampclient.table import LinkedTable


@given(st.lists(st.tuples(st.integers(0, 99), st.sets(st.sampled_from("ab"))), min_size=1))
def test_one_of_those_that_have_a_table_leads(links):
    links = [(10 * since + i, tables) for i, (since, tables) in enumerate(links)]
    peers = [Peers(since) for since, _ in links]
    said = [p.describe(map(shown, sorted(t))) for p, (_, t) in zip(peers, links, strict=True)]
    for i, hearing in enumerate(peers):
        for j, about in enumerate(said):
            if i != j:
                hearing.hear(f"c{j}", about)
    for table in "ab":
        having = [p for p, (_, tables) in zip(peers, links, strict=True) if table in tables]
        assert sum(p.leads(table) for p in having) == (1 if having else 0)


def test_the_next_leads_when_the_eldest_leaves():
    peers = Peers(5)
    peers.hear("c1", {SINCE: "3", TABLES: '[["a", "A", "SELECT 1"], ["b", "B", ""]]'})
    assert not peers.leads("a")
    assert peers.leads("other")
    assert peers.shown() == [Shown("a", "A", "SELECT 1"), Shown("b", "B", "")]
    assert peers.leave("c1")
    assert not peers.leave("c1")
    assert peers.leads("a")


def test_who_is_no_link_is_not_heard():
    peers = Peers(5)
    for since, tables in (("x", "[]"), (["1"], "[]"), ("1", "a"), ("1", '{"a": 1}'), ("1", "[1]"),
                          ("1", '[["a"]]'), ("1", "[" * 100_000), ("9" * 9999, "[]")):  # fmt: skip
        peers.hear("c1", {SINCE: since, TABLES: tables})
    peers.hear("c1", {SINCE: "1"})
    peers.hear("c1", {})
    assert peers.shown() == []
    assert peers.leads("a")


def shown(table_id: str) -> LinkedTable:
    """Return a table of one row."""
    return LinkedTable(table_id, table_id, Table({"obj_id": [1]}), {"id": "obj_id"})
