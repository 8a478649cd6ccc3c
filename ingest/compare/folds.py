"""Which spectra are altered, and which models may be asked about them."""

import numpy as np

FOLDS = 5
FITTED_ROWS = 2500
"""Spectra of a small survey of which models are fitted anew, fold by fold."""

UNSEEN_ROWS, ENOUGH_UNSEEN = 2000, 1000
ENOUGH_PLAIN = 700
"""Unaltered spectra that tell the top 1 %; as many folds are scored as they need."""


def choose_spectra(
    order: np.ndarray, sources: np.ndarray, reference: np.ndarray
) -> tuple[np.ndarray, int]:
    """Choose the spectra that are altered.

    Parameters
    ----------
    order : int, shape (n,)
        Place of each spectrum in a random order.
    sources : int64, shape (n,)
    reference : int64, shape (n_reference,)
        Rows that the run's own models are fitted to.

    Returns
    -------
    rows : int64, shape (n_chosen,)
    folds : int
        How many of `FOLDS` are scored; 0 where the run's own models never saw any of them.
    """
    shuffled = np.argsort(order)
    unseen = shuffled[~np.isin(sources[shuffled], sources[reference])]
    if unseen.size >= ENOUGH_UNSEEN:
        return unseen[:UNSEEN_ROWS], 0
    chosen = shuffled[:FITTED_ROWS]
    return chosen, int(np.clip(-(-ENOUGH_PLAIN * FOLDS // chosen.size), 1, FOLDS))


def find_folds(sources: np.ndarray, seed: int) -> np.ndarray:
    """Put sources into folds, int, shape (n,); spectra of one source are in one fold."""
    unique, row = np.unique(sources, return_inverse=True)
    return np.random.default_rng(seed).permutation(unique.size)[row] % FOLDS
