"""Every detector that is published: its family, what a high score means, what it is good for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a detector.

    Attributes
    ----------
    detector : str
        Its published name.
    family : str
        Method; a family has one voice in the consensus.
    meaning : str
        What a high score means.
    good_for : str
        What it finds, and what it does not.
    headline : bool
        Whether its score and rank stand in `objects`, and its rank in the consensus.
    """

    detector: str
    family: str
    meaning: str
    good_for: str
    headline: bool = True


_LOCAL = "local faults: interstellar Na D, stray lines; not faults of the whole spectrum"

DESCRIPTIONS = (
    Description(
        "pca_worst", "reconstruction", "largest excess of a window's reconstruction error", _LOCAL
    ),
    Description(
        "pca_mean",
        "reconstruction",
        "mean excess of the reconstruction error over the windows",
        "faults that run through the spectrum: blends, wrong redshifts, supernovae, fringing",
    ),
    Description(
        "pca_narrow",
        "reconstruction",
        "strongest residual five pixels wide",
        "stray lines, double peaks, outflows; not broad features",
    ),
    Description(
        "pca_frac",
        "reconstruction",
        "mean excess of the reconstruction error over the windows, 2 % of the flux taken for noise",
        "the same as pca_mean, without its leaning to bright spectra; misses faint fringing",
        headline=False,
    ),
    Description(
        "forest_v1",
        "forest",
        "mean distance in a forest that tells spectra from pixels shuffled one by one",
        "other types: white dwarfs, quasars, supernovae; follows the colour; no single lines",
    ),
    Description(
        "forest_v2",
        "forest",
        "mean distance in a forest that tells spectra from shuffled components, continuum divided",
        "wrong redshifts, double peaks, broad lines, other types; blind to the colour",
    ),
    Description(
        "isolation",
        "isolation",
        "few random cuts on the ranks of pixels isolate it, continuum divided",
        "wrong redshifts and other types: extreme in many pixels; no single lines",
    ),
    Description(
        "isolation_raw",
        "isolation",
        "few random cuts on the ranks of pixels isolate it",
        "flux steps, wrong redshifts, other types: extreme continua; no single lines",
        headline=False,
    ),
    Description(
        "fisher",
        "fisher",
        "length of the Fisher vector in a Gaussian mixture of components, continuum divided",
        "wrong redshifts, supernovae, broad lines, other types; little else",
    ),
    Description(
        "fisher_clipped",
        "fisher",
        "the same, deviations clipped, so that no single component rules",
        "moderate deviations in several components",
        headline=False,
    ),
    Description(
        "fisher_logp",
        "fisher",
        "minus the log of the probability density in the same mixture",
        "rare combinations of components; nothing that the components leave out",
        headline=False,
    ),
    Description(
        "knn",
        "neighbours",
        "distance to the last of the nearest others in components, continuum divided",
        "wrong redshifts, broad lines, other types; not what the components leave out",
    ),
    Description(
        "knn_raw",
        "neighbours",
        "distance to the last of the nearest others in components",
        "supernovae, flux steps, wrong redshifts, broad lines, other types; no single lines",
        headline=False,
    ),
)
"""The built-in detectors, variants of a method next to one another."""

HEADLINE = tuple(d for d in DESCRIPTIONS if d.headline)


def is_foreign(description: Description) -> bool:
    """Whether the settings brought a detector in."""
    return description not in DESCRIPTIONS
