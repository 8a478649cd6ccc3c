"""Messages as TOPCAT 4.8.7 and Aladin 12 were seen to send them."""

import pytest

from sampclient.errors import MessageError
from sampclient.messages import (
    Highlight,
    Joined,
    Left,
    Selection,
    make_highlight,
    make_spectrum,
    parse_message,
)


def test_a_click_in_topcat():
    message = parse_message("table.highlight.row", "c2", {"table-id": "t", "row": "455"})
    assert message == Highlight("c2", "t", "", 455)


def test_a_selection_in_aladin():
    params = {"table-id": "t", "url": "http://x/a.vot", "row-list": ["3", "0"]}
    assert parse_message("table.select.rowList", "c3", params) == Selection(
        "c3", "t", "http://x/a.vot", (3, 0)
    )


def test_programs_come_and_go():
    assert parse_message("samp.hub.event.subscriptions", "hub", {"id": "c4"}) == Joined("c4")
    assert parse_message("samp.hub.event.unregister", "hub", {"id": "c4"}) == Left("c4")


@pytest.mark.parametrize("params", [{}, {"row": "one"}, {"row": None}, {"row": ["1"]}])
def test_a_click_without_a_row_number_is_refused(params):
    with pytest.raises(MessageError, match="row"):
        parse_message("table.highlight.row", "c2", params)


def test_a_selection_that_is_no_list_is_refused():
    with pytest.raises(MessageError, match=r"table\.select\.rowList"):
        parse_message("table.select.rowList", "c2", {"row-list": ["1", {}]})


def test_every_value_that_is_sent_is_text():
    message = make_highlight("t", "http://x", 7)
    assert message["samp.params"] == {"table-id": "t", "url": "http://x", "row": "7"}
    meta = make_spectrum("http://s", "J1", {"Target.Redshift": "0.1"})["samp.params"]["meta"]
    assert meta == {"Target.Redshift": "0.1"}
