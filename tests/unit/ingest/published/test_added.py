"""Rows of added spectra stand under the descriptions of the release."""

from types import SimpleNamespace

import pyarrow as pa

from ingest.published.added import describe_alike
from ingest.published.findings import SCORES
from ingest.published.obscore import OBSCORE


def test_a_table_that_an_older_release_lacks_stays_out():
    base = SimpleNamespace(tables=(SCORES,))
    empty = pa.table({})
    assert [t for t, _ in describe_alike(base, [(SCORES, empty), (OBSCORE, empty)])] == [SCORES]
