"""From comparisons to the rows of their tables."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ingest.compare.agreement import Agreement
from ingest.compare.consensus import Consensus, top_length
from ingest.compare.known import match_known, read_known
from ingest.compare.place import group_by_place, order_by_place
from ingest.compare.sn_bias import BINS, measure_sn_bias, sn_percentiles
from ingest.published.rows import ranked


def agreement_rows(found: Agreement) -> pa.Table:
    """Lay the agreement out, one row per pair of lists and length."""
    drawn = found.population
    return pa.table(
        {
            "detector": pa.array(found.first, pa.string()),
            "other_detector": pa.array(found.second, pa.string()),
            "relation": pa.array(found.relation, pa.string()),
            "top_length": found.length,
            "overlap": found.overlap,
            "chance": found.chance.astype(np.float32),
            "n_estimated": _known(drawn.estimated),
            "n_chapman": drawn.chapman,
            "n_lo": drawn.lo,
            "n_hi": _known(drawn.hi),
        }
    )


def sn_bias_rows(ranks: Mapping[str, np.ndarray], sn_median: np.ndarray) -> pa.Table:
    """Lay the S/N bias out, one row per list and bin.

    Parameters
    ----------
    ranks : mapping of list name to int, shape (n_spec,)
        1 is strangest, 0 where a list cannot say.
    sn_median : float, shape (n_spec,)
        NaN where unknown.
    """
    percentile = sn_percentiles(sn_median)
    biases = [measure_sn_bias(rank, percentile) for rank in ranks.values()]
    return pa.table(
        {
            "detector": np.repeat(list(ranks), BINS),
            "sn_bin": np.tile(np.arange(1, BINS + 1, dtype=np.int32), len(biases)),
            "sn_lo": np.concatenate([b.lo for b in biases]).astype(np.float32),
            "sn_hi": np.concatenate([b.hi for b in biases]).astype(np.float32),
            "n_listed": np.concatenate([b.count for b in biases]).astype(np.int32),
            "n_expected": np.concatenate([b.expected for b in biases]).astype(np.float32),
            "p_value": np.concatenate([b.p_value for b in biases]).astype(np.float32),
            "sn_median_share": _known(
                np.repeat([b.median for b in biases], BINS).astype(np.float32)
            ),
        }
    )


def anomaly_group_rows(
    ids: np.ndarray, ranks: Mapping[str, np.ndarray], maps: Mapping[str, np.ndarray]
) -> pa.Table:
    """Group the top of every list on every map, one row per list, map and object.

    Parameters
    ----------
    ids : int64, shape (n_spec,)
    ranks : mapping of list name to int, shape (n_spec,)
        1 is strangest, 0 where a list cannot say.
    maps : mapping of region name to float, shape (n_spec, 2)
        NaN where a spectrum is not on the map.
    """
    tops = {name: _strangest(rank) for name, rank in ranks.items()}
    return pa.concat_tables(
        [
            _grouped(ids, name, region, top, ranks[name], xy)
            for name, top in tops.items()
            for region, xy in maps.items()
        ]
    )


def known_rows(
    ids: np.ndarray,
    ra_deg: np.ndarray,
    dec_deg: np.ndarray,
    sn_median: np.ndarray,
    consensus: Consensus,
) -> pa.Table:
    """Lay the paper's galaxies out, with what this run says of those that it holds."""
    known = read_known()
    row = match_known(known, ra_deg, dec_deg, sn_median, ids)
    place = pa.array(row, mask=row < 0)
    facts = known.rename_columns(
        ["remark" if name == "comment" else name for name in known.column_names]
    )
    here = {
        "obj_id": pa.array(ids),
        "best_detector": pa.array([name or None for name in consensus.best_list], pa.string()),
        "best_rank": ranked(consensus.best_rank),
        "consensus_rank": ranked(consensus.rank),
    }
    for name, column in here.items():
        facts = facts.append_column(name, column.take(place))
    return facts


def _strangest(rank: np.ndarray) -> np.ndarray:
    """Return the rows of the top list, the strangest first."""
    top = np.flatnonzero((rank > 0) & (rank <= top_length(rank.size)))
    return top[np.argsort(rank[top], kind="stable")]


def _grouped(
    ids: np.ndarray, name: str, region: str, top: np.ndarray, rank: np.ndarray, xy: np.ndarray
) -> pa.Table:
    order = order_by_place(xy[top])
    group = group_by_place(top, xy)[order]
    return pa.table(
        {
            "detector": pa.repeat(pa.scalar(name), top.size),
            "region_id": pa.repeat(pa.scalar(region), top.size),
            "group_number": ranked(group),
            "place_order": np.arange(1, top.size + 1, dtype=np.int32),
            "obj_id": ids[top[order]],
            "score_rank": ranked(rank[top[order]]),
        }
    )


def _known(values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
