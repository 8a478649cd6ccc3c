"""What links of spectra are made of: one query for all of them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.release.table import Table
from vo_service.release.tap_schema import quote_name
from vo_service.services.holdings import Holding
from vo_service.services.run_query import fetch_rows
from vo_service.services.survey_tables import find_main

ROLES = ("id", "source", "ra", "dec", "access:explorer")
"""Of the columns of the objects that links need; all but the first may be missing."""


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What is known of n spectra.

    Attributes
    ----------
    obj_ids : int64, shape (n,)
    values : dict of str to pyarrow.Array
        Texts of length n to be put into links, by the name that stands in braces for them; null
        where not known.
    repeated, repeats : int64, shape (m,)
        Place in `obj_ids`, and the obj_id of another spectrum of the same source.
    """

    obj_ids: np.ndarray
    values: dict[str, pa.Array]
    repeated: np.ndarray
    repeats: np.ndarray


def gather_facts(holding: Holding, obj_ids: np.ndarray, base_url: str) -> LinkFacts:
    """Gather what links need.

    Parameters
    ----------
    holding : Holding
    obj_ids : int64, shape (n,)
        Of spectra that are there.
    base_url : str
    """
    rows = _fetch(holding, obj_ids, base_url)
    own = rows.take(pc.index_in(pa.array(obj_ids, pa.int64()), rows["id"].combine_chunks()))
    texts = {name: own[name].cast(pa.string()).combine_chunks() for name in ("ra", "dec")}
    values = {
        "base": pa.array([base_url] * len(obj_ids), pa.string()),
        "id": pa.array(obj_ids).cast(pa.string()),
        "explorer": own["access:explorer"].cast(pa.string()).combine_chunks(),
    }
    return LinkFacts(obj_ids, values | texts, *find_repeats(obj_ids, own, rows))


def _fetch(holding: Holding, obj_ids: np.ndarray, base_url: str) -> pa.Table:
    """Return the rows of objects, and of those that are the same source; columns by role."""
    schema = pa.schema([(r, pa.string() if r == "access:explorer" else pa.int64()) for r in ROLES])
    table = find_main(holding.release)
    if table is None or not obj_ids.size:
        return schema.empty_table()
    fields = {role: f for role in ROLES if (f := table.by_role(role))}
    names = {role: quote_name(f.name) for role, f in fields.items()}
    batches = list(fetch_rows(_write_query(table, names, obj_ids), holding, base_url=base_url))
    rows = pa.Table.from_batches(batches).rename_columns(list(fields)) if batches else None
    if rows is None:
        return schema.empty_table()
    for role in ROLES:
        if role not in fields:
            rows = rows.append_column(role, pa.nulls(len(rows), schema.field(role).type))
    return rows


def _write_query(table: Table, names: dict[str, str], obj_ids: np.ndarray) -> str:
    wanted = f"{names['id']} IN ({', '.join(map(str, obj_ids.tolist()))})"
    if "source" in names:
        same = f"SELECT {names['source']} FROM {table.full_name} WHERE {wanted}"
        wanted = f"{names['source']} IN ({same})"
    return f"SELECT {', '.join(names.values())} FROM {table.full_name} WHERE {wanted}"


def find_repeats(
    obj_ids: np.ndarray, own: pa.Table, rows: pa.Table
) -> tuple[np.ndarray, np.ndarray]:
    """Pair spectra with the others of their sources.

    Parameters
    ----------
    obj_ids : int64, shape (n,)
    own : pyarrow.Table
        `source` of each of them; null is none.
    rows : pyarrow.Table
        `id` and `source` of all spectra of these sources.

    Returns
    -------
    repeated, repeats : int64, shape (m,)
        As in `LinkFacts`.
    """
    sources, sought = (pc.fill_null(t["source"], 0).to_numpy() for t in (rows, own))
    order = np.argsort(sources, kind="stable")
    first, last = (np.searchsorted(sources[order], sought, side) for side in ("left", "right"))
    counts = np.where(sought == 0, 0, last - first)
    repeated = np.repeat(np.arange(obj_ids.size), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    repeats = rows["id"].to_numpy()[order[first[repeated] + within]]
    others = repeats != obj_ids[repeated]
    return repeated[others], repeats[others]
