"""From many answers to one: how the lists of all methods stand to one another."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ingest.maps.region_map import rank_scores


@dataclass(frozen=True, slots=True)
class Consensus:
    """What all lists say of each spectrum together; shape (n_spec,).

    Attributes
    ----------
    rank : int32
        Rank of the mean of -ln(rank / N) over the families; 0 where no list holds it.
    best_rank : int32
        0 where no list holds it.
    best_list : list of str
        Empty where no list holds it.
    n_lists : int32
        Top lists that hold it.
    """

    rank: np.ndarray
    best_rank: np.ndarray
    best_list: list[str]
    n_lists: np.ndarray


def top_length(n_spec: int) -> int:
    """Return how long a top list is: one in 300, and at least ten."""
    return max(10, n_spec // 300)


def agree(ranks: Mapping[str, np.ndarray], families: Mapping[str, str]) -> Consensus:
    """Combine the ranks of all lists.

    Parameters
    ----------
    ranks : mapping of list name to int, shape (n_spec,)
        1 is strangest, 0 where a list cannot say.
    families : mapping of list name to family
        A family has one voice, so that many windows do not outvote one forest.

    Returns
    -------
    Consensus
    """
    names = list(ranks)
    table = np.stack([ranks[name] for name in names])
    n_spec = table.shape[1]
    known = table > 0
    surprise = np.where(known, -np.log(np.maximum(table, 1) / max(n_spec, 1)), np.nan)
    voices = [_mean([surprise[i] for i, n in enumerate(names) if families[n] == f])
              for f in dict.fromkeys(families.values())]  # fmt: skip
    place = np.where(known, table, np.iinfo(np.int32).max)
    best = place.argmin(axis=0)
    any_known = known.any(axis=0)
    return Consensus(
        rank=rank_scores(_mean(voices)),
        best_rank=np.where(any_known, place.min(axis=0), 0).astype(np.int32),
        best_list=np.where(any_known, np.array(names, object)[best], "").tolist(),
        n_lists=(known & (table <= top_length(n_spec))).sum(axis=0).astype(np.int32),
    )


def _mean(columns: list[np.ndarray]) -> np.ndarray:
    values = np.stack(columns)
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0).sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
