"""The rows of the tables that compare, against their descriptions."""

import numpy as np
import pyarrow as pa
import pytest

from ingest.compare.agreement import compare_lists
from ingest.compare.consensus import agree
from ingest.compare.known import read_known
from ingest.published import compared
from ingest.published.compared_rows import (
    agreement_rows,
    anomaly_group_rows,
    known_rows,
    sn_bias_rows,
)
from vo_service.release.reserved import RESERVED_WORDS

N = 400
ARROW = {"char": pa.string(), "int": pa.int32(), "long": pa.int64(),
         "float": pa.float32(), "double": pa.float64()}  # fmt: skip
IDS = np.arange(N) + 1_000_000_000_000


@pytest.fixture(scope="module")
def ranks() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(9)
    return {name: (rng.permutation(N) + 1).astype(np.int32) for name in ("knn", "fisher")}


@pytest.fixture(scope="module")
def published(ranks) -> dict[str, pa.Table]:
    rng = np.random.default_rng(10)
    families = {name: name for name in ranks}
    known = read_known()
    ra, dec = rng.uniform(0, 360, N), rng.uniform(-20, -10, N)
    ra[7], dec[7] = known["ra"][3].as_py(), known["dec"][3].as_py()
    sn = rng.uniform(10, 50, N)
    xy = rng.normal(size=(N, 2)).astype(np.float32)
    return {
        "agreement": agreement_rows(compare_lists(ranks, families, {"knn": ranks["fisher"]})),
        "sn_bias": sn_bias_rows(ranks, sn),
        "anomaly_groups": anomaly_group_rows(IDS, ranks, {"nad": xy, "whole": xy[::-1]}),
        "known": known_rows(IDS, ra, dec, sn, agree(ranks, families)),
    }


@pytest.mark.parametrize(
    "table", [compared.AGREEMENT, compared.SN_BIAS, compared.ANOMALY_GROUPS, compared.KNOWN]
)
def test_rows_have_the_columns_and_types_that_are_described(published, table):
    rows = published[table.name]
    assert set(rows.column_names) == {field.name for field in table.fields}
    for field in table.fields:
        assert rows.schema.field(field.name).type == ARROW[field.datatype], field.name
        assert field.ucd
        assert field.name.upper() not in RESERVED_WORDS
    for name in rows.column_names:
        if pa.types.is_floating(rows[name].type):
            assert not np.isnan(rows[name].drop_null().to_numpy()).any(), name


def test_nothing_shared_is_null_and_not_infinite(published):
    rows = published["agreement"].to_pylist()
    none = [row for row in rows if row["overlap"] == 0]
    assert none
    for row in none:
        assert row["n_estimated"] is None
        assert row["n_hi"] is None
        assert row["n_lo"] > row["top_length"]
    for row in rows:
        if row["overlap"]:
            assert row["n_lo"] <= row["n_estimated"] <= row["n_hi"] + 1


def test_every_group_row_is_a_place_in_the_top_list(published, ranks):
    rows = published["anomaly_groups"].to_pylist()
    assert len(rows) == 2 * 2 * 10
    for name in ranks:
        for region in ("nad", "whole"):
            mine = [r for r in rows if (r["detector"], r["region_id"]) == (name, region)]
            assert [r["place_order"] for r in mine] == list(range(1, 11))
            assert sorted(r["score_rank"] for r in mine) == list(range(1, 11))
            for r in mine:
                assert ranks[name][r["obj_id"] - IDS[0]] == r["score_rank"]


def test_a_known_galaxy_carries_its_rank_here(published, ranks):
    rows = published["known"].to_pylist()
    held = [row for row in rows if row["obj_id"] is not None]
    names = {row["name"] for row in held}
    assert names == {read_known()["name"][3].as_py()}
    for row in held:
        assert row["obj_id"] == IDS[7]
        assert row["best_rank"] == min(rank[7] for rank in ranks.values())
        assert row["consensus_rank"] >= 1
    absent = next(row for row in rows if row["obj_id"] is None)
    assert absent["best_rank"] is absent["consensus_rank"] is absent["best_detector"] is None
