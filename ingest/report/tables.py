"""What a report says in numbers: costs of stages, rejects by reason, maps, controls."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.report.found import Found
from ingest.report.overlap import Overlaps

LONGEST_REJECTS = 15


@dataclass(frozen=True, slots=True)
class Cost:
    """What the stages of one kind took.

    Attributes
    ----------
    kind : str
    stages : int
    seconds : float
        Of all of them, one after the other [s].
    peak_mib : float
        The greatest memory of a process that ran one [MiB].
    """

    kind: str
    stages: int
    seconds: float
    peak_mib: float


def sum_costs(costs: Mapping[str, tuple[float, float]]) -> list[Cost]:
    """Sum what stages took by kind, the costliest kind first.

    Parameters
    ----------
    costs : mapping
        Seconds and peak memory [MiB] by stage, as `StageStore.costs` gives.
    """
    kinds: dict[str, list[tuple[float, float]]] = {}
    for stage, cost in costs.items():
        kinds.setdefault(_kind(stage), []).append(cost)
    summed = [
        Cost(kind, len(c), sum(s for s, _ in c), max(peak for _, peak in c))
        for kind, c in kinds.items()
    ]
    return sorted(summed, key=lambda cost: (-cost.seconds, cost.kind))


def count_rejects(found: Found) -> list[tuple[str, int]]:
    """Count the rejected by reason, numbers in it left open, the most frequent first."""
    reasons = found.workspace.rejects()["reason"].to_pylist()
    counts = Counter(re.sub(r"-?\d+(\.\d+)?", "…", reason) for reason in reasons)
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    rest = sum(count for _, count in ordered[LONGEST_REJECTS:])
    return ordered[:LONGEST_REJECTS] + ([("other reasons", rest)] if rest else [])


def tabulate_maps(found: Found) -> tuple[list[str], list[list[str]]]:
    """Return the names of the figures of quality, and for each region its figures."""
    qualities = {name: points.quality for name, points in found.results.maps.items()}
    names = list(dict.fromkeys(n for quality in qualities.values() for n in quality))
    lines = [
        [region, *(f"{quality[n]:.4g}" if n in quality else "–" for n in names)]
        for region, quality in qualities.items()
    ]
    return [n.replace("_", " ") for n in names], lines


def tabulate_controls(overlaps: Overlaps) -> list[list[str]]:
    """Return for each detector what its top list shares with itself under another seed.

    Returns
    -------
    list of list of str
        Detector, shared with itself, most shared with another, and which.
    """
    lines = []
    for i, name in enumerate(overlaps.names):
        own = int(overlaps.shared[i, i])
        others = [(int(k), overlaps.names[j]) for j, k in enumerate(overlaps.shared[i]) if j != i]
        most, which = max(others, default=(0, "–"))
        lines.append([name, "no chance in it" if own < 0 else str(own), str(most), which])
    return lines


def _kind(stage: str) -> str:
    first, _, rest = stage.partition("-")
    return f"{first} {rest.partition('-')[0]}" if first == "model" else first
