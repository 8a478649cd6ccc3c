"""How much lists agree with one another, and each with itself under another seed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ingest.compare.consensus import top_length
from ingest.compare.overlap import Population, estimate_population

LENGTHS = 6
"""Lengths, log-spaced, for which lists are compared; the top list's own comes on top."""

SHORTEST = 10
LONGEST_SHARE = 20
"""No list is compared beyond one in so many of the spectra."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One entry per pair of lists and length; all arrays shape (n_entries,).

    Attributes
    ----------
    first, second : list of str
        Names of the lists; equal where a list is compared with itself under another seed.
    relation : list of str
        `method`, `variant` of one method, or `seed`.
    length : int32
        g, spectra of each list that are compared.
    overlap : int32
        k, spectra in both.
    chance : float64
        g²/N, what two random lists would share.
    population : Population
    """

    first: list[str]
    second: list[str]
    relation: list[str]
    length: np.ndarray
    overlap: np.ndarray
    chance: np.ndarray
    population: Population


def list_lengths(n_spec: int) -> list[int]:
    """Return the lengths g at which lists of so many spectra are compared, rising.

    From 10 to N/20, log-spaced, and always that of a top list; fewer in a small sample, and none
    beyond the sample itself.
    """
    longest = max(n_spec // LONGEST_SHARE, SHORTEST)
    spaced = np.geomspace(SHORTEST, longest, LENGTHS).round().astype(int)
    lengths = {*spaced.tolist(), top_length(n_spec)}
    return sorted(g for g in lengths if g <= n_spec)


def compare_lists(
    ranks: Mapping[str, np.ndarray],
    families: Mapping[str, str],
    controls: Mapping[str, np.ndarray],
) -> Agreement:
    """Count what the tops of all pairs of lists share.

    Parameters
    ----------
    ranks : mapping of list name to int, shape (n_spec,)
        1 is strangest, 0 where a list cannot say.
    families : mapping of list name to family
        Two lists of one family are variants of one method.
    controls : mapping of list name to int, shape (n_spec,)
        Ranks of the same detector under another seed. Without them little agreement of two methods
        may be but the noise of each.

    Returns
    -------
    Agreement
        By length, then pair in the order of `ranks`, then controls.
    """
    names, again = list(ranks), [name for name in controls if name in ranks]
    if not names or not list_lengths(ranks[names[0]].size):
        return _no_agreement()
    lists = [ranks[n] for n in names] + [controls[n] for n in again]
    n_spec = lists[0].size
    lengths = list_lengths(n_spec)
    table = _listed(lists, max(lengths, default=0))
    one, other = np.triu_indices(len(names), k=1)
    place = {name: i for i, name in enumerate(names)}
    one = np.concatenate([one, [place[n] for n in again]]).astype(int)
    other = np.concatenate([other, len(names) + np.arange(len(again))]).astype(int)
    labels = names + again
    pairs = [(labels[i], labels[j]) for i, j in zip(one, other, strict=True)]
    kinds = [_relation(a, b, families) for a, b in pairs]
    shared = [_overlaps(table, g)[one, other] for g in lengths]
    return Agreement(
        first=[a for a, _ in pairs] * len(lengths),
        second=[b for _, b in pairs] * len(lengths),
        relation=kinds * len(lengths),
        length=np.repeat(np.array(lengths, np.int32), one.size),
        overlap=np.concatenate(shared),
        chance=np.repeat(np.array(lengths, float) ** 2 / n_spec, one.size),
        population=_populations(shared, lengths),
    )


def _listed(lists: list[np.ndarray], longest: int) -> np.ndarray:
    """Stack the ranks of those spectra alone that are at the top of a list, list by list."""
    held = np.zeros(lists[0].size, bool)
    for rank in lists:
        held |= (rank > 0) & (rank <= longest)
    return np.stack([rank[held] for rank in lists])


def _overlaps(table: np.ndarray, length: int) -> np.ndarray:
    """Count what each two lists share at the top, int32, shape (n_lists, n_lists)."""
    top = ((table > 0) & (table <= length)).astype(np.float32)
    return (top @ top.T).round().astype(np.int32)


def _populations(shared: list[np.ndarray], lengths: list[int]) -> Population:
    """Estimate each distinct overlap once."""
    parts = []
    for overlap, length in zip(shared, lengths, strict=True):
        distinct, where = np.unique(overlap, return_inverse=True)
        found = estimate_population(distinct, length)
        parts.append(
            (found.estimated[where], found.chapman[where], found.lo[where], found.hi[where])
        )
    return Population(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _relation(first: str, second: str, families: Mapping[str, str]) -> str:
    if first == second:
        return "seed"
    return "variant" if families[first] == families[second] else "method"


def _no_agreement() -> Agreement:
    empty = np.empty(0)
    none = empty.astype(np.int32)
    return Agreement([], [], [], none, none, empty, Population(empty, empty, empty, empty))
