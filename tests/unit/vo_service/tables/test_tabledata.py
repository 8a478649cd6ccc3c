"""The quick way through plain rows gives what the XML parser gives, or nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vo_service.tables.test_votable import LIMITS, document
from vo_service.errors import UsageError
from vo_service.tables.document import Document
from vo_service.tables.tabledata import split_rows
from vo_service.tables.votable import read_votable

FIELDS = '<FIELD name="a" datatype="unicodeChar" arraysize="*"/><FIELD name="b" datatype="int"/>'


def split(body: str | bytes, columns: int = 2) -> list | None:
    body = body.encode() if isinstance(body, str) else body
    texts = split_rows(body, columns, LIMITS)
    return None if texts is None else [t.to_pylist() for t in texts]


def row(*cells: str) -> str:
    return "<TR>" + "".join(f"<TD>{c}</TD>" for c in cells) + "</TR>"


def test_plain_rows_are_split():
    assert split(
        "\n <TR>\r\n<TD>a &lt;&amp;lt;</TD> <TD>1</TD></TR>\n<TR><TD/><TD>é>x</TD></TR>"
    ) == [
        ["a <&lt;", ""],
        ["1", "é>x"],
    ]
    assert split("") == [[], []]


@pytest.mark.parametrize(
    "body",
    [
        row("a"),
        row("a", "b", "c") + row("a"),
        "<TR><TD>a</TD><TD>b</TD>",
        "<TD>a</TD><TD>b</TD>",
        "<TR><TD>a<TD>b</TD></TD></TR>",
        "<TR><TR><TD>a</TD><TD>b</TD></TR></TR>",
        row("<!-- c -->", "b"),
        row("<![CDATA[x]]>", "b"),
        '<TR ID="x"><TD>a</TD><TD>b</TD></TR>',
        "<TR ><TD>a</TD><TD>b</TD></TR>",
        row("&#65;", "b"),
        row("&other;", "b"),
        row("\x01", "b"),
        row("a", "b").encode().replace(b"a", b"\xff"),
        "<TR><TD>a</TD><TD>b</TD></TR",
        "<",
    ],
)
def test_other_rows_are_left_to_the_parser(body):
    assert split(body) is None


def test_too_many_rows_are_refused_at_once():
    with pytest.raises(UsageError, match="more than the 10000 rows"):
        split(row("a", "b") * 10_001)


def test_a_million_characters_without_a_tag_are_no_rows():
    assert split("x" * 1_000_000) == [[], []]


PIECES = [
    "<TR>", "</TR>", "<TD>", "</TD>", "<TD/>", "<TD>a</TD>", "<TD>1</TD>",
    row("a", "1"), row("", "2"), "&amp;", "&lt;", "&#65;", "&x;", "<!--", "-->",
    "\r\n", "\r", " ", "é", "\x02", ">", "</TABLEDATA>", "<TABLEDATA>",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.integers(0, 4))
def test_both_ways_agree(pieces: list[str], plain: int):
    data = document(
        FIELDS, "<TABLEDATA>" + row("a", "1") * plain + "".join(pieces) + "</TABLEDATA>"
    )
    slow = Document(LIMITS)
    try:
        slow.parse(data)
        expected = [c.to_pylist() for c in slow.decode()]
    except UsageError as error:
        with pytest.raises(UsageError) as refused:
            read_votable(data, LIMITS)
        assert str(refused.value) == str(error)
    else:
        assert [c.to_pylist() for c in read_votable(data, LIMITS).rows.columns] == expected


def test_what_programs_write_goes_the_quick_way():
    numbers = np.arange(3)
    body = "".join(f" <TR>\n  <TD>{n}</TD>\n  <TD>{n}</TD>\n </TR>\n" for n in numbers)
    assert Document(LIMITS).parse_plain(document(FIELDS, f"<TABLEDATA>{body}</TABLEDATA>"))
