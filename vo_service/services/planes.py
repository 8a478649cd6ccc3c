"""The diagnostic planes of emission lines: their axes, and the lines that divide them."""

from dataclasses import dataclass

import numpy as np

Curve = tuple[str, np.ndarray]
"""Name, and points (x, y) of shape (n, 2)."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A diagnostic plane.

    Attributes
    ----------
    title, x_label, y_label : str
    curves : tuple of Curve
    """

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...] = ()


def _hyperbola(name: str, factor: float, pole: float, offset: float, lowest: float) -> Curve:
    """Return y = factor / (x - pole) + offset, left of the pole."""
    x = np.linspace(lowest, pole - factor / (3.0 + offset), 60)
    return name, np.column_stack([x, factor / (x - pole) + offset])


def _segment(name: str, *points: tuple[float, float]) -> Curve:
    return name, np.array(points, float)


KEWLEY, KAUFFMANN = "Kewley et al. 2001", "Kauffmann et al. 2003"
OIII = "log [O III] / Hβ"
STRONG = float(np.log10(6.0))
EMITTING = float(np.log10(3.0))
FAR = 10.0

PLANES = {
    "bpt_nii": Plane(
        "BPT, [N II]",
        "log [N II] / Hα",
        OIII,
        (
            _hyperbola(KEWLEY, 0.61, 0.47, 1.19, -2.5),
            _hyperbola(KAUFFMANN, 0.61, 0.05, 1.30, -2.5),
        ),
    ),
    "bpt_sii": Plane(
        "BPT, [S II]", "log [S II] / Hα", OIII, (_hyperbola(KEWLEY, 0.72, 0.32, 1.30, -2.5),)
    ),
    "bpt_oi": Plane(
        "BPT, [O I]", "log [O I] / Hα", OIII, (_hyperbola(KEWLEY, 0.73, -0.59, 1.33, -4.0),)
    ),
    "whan": Plane(
        "WHAN",
        "log [N II] / Hα",
        "log EW(Hα) / Å",
        (
            _segment("Cid Fernandes et al. 2011", (-FAR, EMITTING), (FAR, EMITTING)),
            _segment("Cid Fernandes et al. 2011", (-0.4, EMITTING), (-0.4, FAR)),
            _segment("Cid Fernandes et al. 2011", (-0.4, STRONG), (FAR, STRONG)),
        ),
    ),
    "d4000_hdelta": Plane("Age of the stars", "D4000", "Hδ absorption (Å)"),
}
"""By the name in the roles `map:<name>:x` and `map:<name>:y`."""
