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
    message = parse_message("table.select.rowList", "c3", params)
    assert isinstance(message, Selection)
    assert (message.sender, message.table_id, message.url) == ("c3", "t", "http://x/a.vot")
    assert message.rows.tolist() == [3, 0]


def test_a_row_that_is_selected_twice_is_selected_once():
    params = {"table-id": "t", "row-list": ["3", "0", "3"]}
    assert parse_message("table.select.rowList", "c3", params).rows.tolist() == [3, 0]


def test_programs_come_and_go():
    assert parse_message("samp.hub.event.subscriptions", "hub", {"id": "c4"}) == Joined("c4")
    assert parse_message("samp.hub.event.unregister", "hub", {"id": "c4"}) == Left("c4")


@pytest.mark.parametrize(
    "row",
    ["one", "1e9", "1.0", "1_0", "", "９", "9" * 30, "9" * 100_000, None, ["1"], 1, True, 1.5, {}],
    ids=lambda row: repr(row)[:12],
)
def test_a_row_that_is_no_number_in_text_is_refused(row):
    with pytest.raises(MessageError, match="row"):
        parse_message("table.highlight.row", "c2", {"table-id": "t", "row": row})
    with pytest.raises(MessageError, match="row"):
        parse_message("table.select.rowList", "c2", {"table-id": "t", "row-list": ["1", row]})


@pytest.mark.parametrize("params", [{}, {"rows": "1"}, "row", ["row"], 7, None, {"row": "x"}])
def test_parameters_that_are_none_are_refused(params):
    for mtype in ("table.highlight.row", "table.select.rowList", "samp.hub.event.unregister"):
        with pytest.raises(MessageError, match=mtype):
            parse_message(mtype, "c2", params)


@pytest.mark.parametrize("rows", ["123", {"0": "1"}, 5, None])
def test_a_selection_that_is_no_list_is_refused(rows):
    with pytest.raises(MessageError, match="no list"):
        parse_message("table.select.rowList", "c2", {"row-list": rows})


def test_every_value_that_is_sent_is_text():
    message = make_highlight("t", "http://x", 7)
    assert message["samp.params"] == {"table-id": "t", "url": "http://x", "row": "7"}
    meta = make_spectrum("http://s", "J1", {"Target.Redshift": "0.1"})["samp.params"]["meta"]
    assert meta == {"Target.Redshift": "0.1"}
