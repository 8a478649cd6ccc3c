"""From many answers to one: how the lists of all methods stand to one another."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ingest.maps.region_map import rank_among, rank_scores

POWER = 4
"""Of the mean over the families: the higher, the more the loudest of them count."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """What all lists say of each spectrum together; shape (n_spec,).

    Attributes
    ----------
    rank : int32
        By all together, 1 is strangest; 0 where no list holds it.
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


def agree(
    ranks: Mapping[str, np.ndarray],
    families: Mapping[str, str],
    reference: Mapping[str, np.ndarray] | None = None,
) -> Consensus:
    """Combine the ranks of all lists.

    A list says -ln(rank / N) of a spectrum. A family says what the loudest of its lists says, and
    the consensus is the mean of the families' fourth powers. A plain mean over the lists of a
    family and over the families asks that each method sees a fault; but a stray line is seen in one
    region, and by no method that takes the spectrum as a whole. Of 57 planted in three mock surveys
    of 2000, the plain means find 28 among the 1 % strangest and 37 among the 5 %, this 31 and 47.
    The mean of the two loudest families (32, 47) is as good, but leaves spectra tied;
    `docs/benchmarks.md` has what else was tried.

    Parameters
    ----------
    ranks : mapping of list name to int, shape (n_spec,)
        1 is strangest, 0 where a list cannot say.
    families : mapping of list name to family
        A family has one voice: two lists of one method do not confirm one another.
    reference : mapping of list name to int, shape (n_ref,), optional
        Ranks of the spectra among which these are ranked, each for itself; without, one another.

    Returns
    -------
    Consensus
    """
    names = list(ranks)
    table = np.stack([ranks[name] for name in names])
    known = table > 0
    among = table if reference is None else np.stack([reference[name] for name in names])
    family = np.array([families[name] for name in names])
    n_ref = among.shape[1]
    loudness = _loudness(table, family, n_ref)
    if reference is None:
        rank = rank_scores(loudness)
    else:
        rank = rank_among(_loudness(among, family, n_ref), loudness)
    place = np.where(known, table, np.iinfo(np.int32).max)
    best = place.argmin(axis=0)
    any_known = known.any(axis=0)
    return Consensus(
        rank=rank,
        best_rank=np.where(any_known, place.min(axis=0), 0).astype(np.int32),
        best_list=np.where(any_known, np.array(names, object)[best], "").tolist(),
        n_lists=(known & (table <= top_length(n_ref))).sum(axis=0).astype(np.int32),
    )


def _loudness(table: np.ndarray, family: np.ndarray, n_ref: int) -> np.ndarray:
    """Return what all lists say together, float64, shape (n_spec,); NaN where none can."""
    surprise = np.where(table > 0, -np.log(np.maximum(table, 1) / max(n_ref, 1)), np.nan)
    voices = [_loudest(surprise[family == one]) for one in dict.fromkeys(family.tolist())]
    return _mean_power(np.stack(voices))


def _loudest(surprise: np.ndarray) -> np.ndarray:
    """Return the greatest of the lists, shape (n_spec,); NaN where all are."""
    return np.fmax.reduce(surprise, axis=0)


def _mean_power(voices: np.ndarray) -> np.ndarray:
    """Average a power over the families that can say anything; NaN where none can."""
    count = np.isfinite(voices).sum(axis=0)
    total = np.nansum(voices**POWER, axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
