"""The real TOPCAT offers the links of a row, and shows them."""

import pytest

from tests.support.activation import topcat_with


@pytest.mark.client
@pytest.mark.alone
def test_topcat_shows_the_links_of_a_row(service):
    with topcat_with(service, "obj_id, name, datalink_url") as topcat:
        assert topcat.invoke_first("View Datalink Table")
