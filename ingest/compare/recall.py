"""How many of the planted a list finds, and how sure that is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.resume import Arrays

ANY_WINDOW = "any_window"
"""The list of those in the top 1 %, or 5 %, of some window; it holds more unaltered spectra."""

RATES = (0.01, 0.05)
Z_68 = 1.0


@dataclass(frozen=True, slots=True)
class Recall:
    """What one list finds of one kind and amplitude.

    Attributes
    ----------
    name : str
        Of the list.
    kind : str
    amplitude : float
    copies : int
    shares : tuple of (found, low, high)
        At 1 % and 5 % of the unaltered spectra listed; the interval is Wilson's at 68 %.
    listed : tuple of float
        Share of the unaltered spectra that are listed so.
    auc : float
        Chance that a copy is stranger than an unaltered spectrum; NaN for `any_window`.
    parents : float
        Median share of the unaltered spectra that are stranger than a copy's parent.
    joint : tuple of float
        Shares found when the copies are fitted together with the survey; NaN where none were.
    joint_copies : int
    """

    name: str
    kind: str
    amplitude: float
    copies: int
    shares: tuple[tuple[float, float, float], ...]
    listed: tuple[float, ...]
    auc: float
    parents: float
    joint: tuple[float, ...]
    joint_copies: int


def pool(folds: Sequence[Arrays]) -> Arrays:
    """Lay the folds end to end; parents are counted through them."""
    plain = next(name for name in folds[0] if name.startswith("plain/"))
    counts = [len(fold[plain]) for fold in folds]
    starts = np.cumsum([0, *counts[:-1]])
    whole = {name: np.concatenate([fold[name] for fold in folds]) for name in folds[0]}
    moved = [fold["parent"] + start for fold, start in zip(folds, starts, strict=True)]
    return whole | {"parent": np.concatenate(moved)}


def measure_recall(found: Arrays, joint: Arrays) -> Iterator[Recall]:
    """Measure every list on every kind and amplitude.

    Parameters
    ----------
    found, joint : dict
        As `score_fold` gives, of all folds; and of the copies fitted together with the survey.
    """
    lists, beside = _tails(found), _tails(joint)
    groups = sorted(set(zip(found["kind"].tolist(), found["amplitude"].tolist(), strict=True)))
    for name, (plain, copies) in lists.items():
        listed = tuple(float((plain <= rate).mean()) for rate in RATES)
        for kind, amplitude in groups:
            rows = (found["kind"] == kind) & (found["amplitude"] == amplitude)
            also = (joint["kind"] == kind) & (joint["amplitude"] == amplitude)
            together = beside[name][1][also]
            yield Recall(
                name, kind, amplitude, int(rows.sum()),
                tuple(wilson(int((copies[rows] <= rate).sum()), int(rows.sum())) for rate in RATES),
                listed,
                np.nan if name == ANY_WINDOW else _auc(plain, copies[rows]),
                float(np.median(plain[found["parent"][rows]])),
                tuple(float((together <= rate).mean()) if also.any() else np.nan for rate in RATES),
                int(also.sum()),
            )  # fmt: skip


def wilson(found: int, count: int) -> tuple[float, float, float]:
    """Return a share and Wilson's interval of 68 % (Wilson 1927, JASA 22, 209)."""
    share = found / count
    middle = (share + Z_68**2 / (2 * count)) / (1 + Z_68**2 / count)
    inner = share * (1 - share) / count + Z_68**2 / (4 * count**2)
    half = Z_68 * np.sqrt(inner) / (1 + Z_68**2 / count)
    return share, float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def _tails(found: Arrays) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return by list the share of the unaltered that are stranger, of unaltered and of copies.

    Where a list cannot say, nothing is listed: the share is 1.
    """
    names = [name.partition("/")[2] for name in found if name.startswith("plain/")]
    tails: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name in names:
        plain, copies = found[f"plain/{name}"], found[f"copy/{name}"]
        known = np.sort(plain[np.isfinite(plain)])
        tails[name] = (_tail(known, plain), _tail(known, copies))
    windows = [tails[name] for name in names if name.startswith("window:")]
    plain, copies = (np.min(tail, axis=0) for tail in zip(*windows, strict=True))
    return tails | {ANY_WINDOW: (plain, copies)}


def _tail(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    above = known.size - np.searchsorted(known, values, side="right")
    # The strangest of 100 is in the top 1 %: one that nothing exceeds counts as the first.
    share = (above + 1) / max(known.size, 1)
    return np.where(np.isfinite(values), share, 1.0)


def _auc(plain: np.ndarray, copies: np.ndarray) -> float:
    from scipy.stats import mannwhitneyu  # half a second to load: not before

    return float(mannwhitneyu(plain, copies, alternative="greater").statistic) / (
        plain.size * copies.size
    )
