"""Stellar continua from code alone: six ages, absorption by hydrogen and metals, breaks, dust.

The templates are sketches, not models: black bodies with the features by which galaxy spectra are
told apart, so that maps and detectors meet the structure that real surveys have.
"""

from functools import cache

import numpy as np

STEP = 1e-4
LOGLAM = 3.545 + STEP * np.arange(4500)
"""Rest-frame grid of the mock galaxies, log10 Angstrom; 3508 to 9884 Angstrom."""

WAVE = 10.0**LOGLAM
PIXEL_KMS = 299792.458 * np.log(10) * STEP

AGES_GYR = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_TEMPERATURE = (16000, 11500, 9000, 7200, 5900, 4850)
_BALMER_EW = (3.5, 6.0, 9.0, 6.5, 2.6, 1.0)
_METAL = (0.05, 0.08, 0.15, 0.4, 0.8, 1.15)

BALMER = (6564.63, 4862.69, 4341.69, 4102.89, 3971.2, 3890.2, 3836.5, 3798.9, 3771.7, 3751.2)
_BALMER_RATIO = (0.55, 0.8, 0.95, 1.0, 0.95, 0.85, 0.75, 0.6, 0.5, 0.4)

ALPHA = (
    (3934.8, 9.0, 9),
    (3969.6, 7.5, 9),
    (4227.9, 1.2, 4),
    (5168.8, 1.4, 4),
    (5174.1, 1.5, 4),
    (5185.0, 1.4, 4),
    (8500.4, 1.3, 5),
    (8544.4, 3.2, 6),
    (8664.5, 2.6, 6),
)
IRON = (
    (4305.6, 6.0, 18),
    (4384.8, 2.0, 8),
    (4532.0, 2.5, 14),
    (4668.0, 4.0, 25),
    (5015.0, 3.0, 20),
    (5271.0, 2.6, 9),
    (5336.7, 2.2, 8),
    (5406.0, 1.3, 8),
    (5709.0, 0.9, 8),
    (5782.0, 0.7, 8),
    (6190.0, 2.0, 45),
    (6497.0, 1.4, 9),
    (7100.0, 5.0, 60),
    (7680.0, 4.0, 60),
)
SODIUM = ((5891.6, 1.7, 3.2), (5897.6, 1.4, 3.2), (8185.0, 0.5, 4), (8197.0, 0.6, 4))
"""Features as (wavelength, equivalent width, Gaussian width), Angstrom."""

_FOREST_LINES = 420


@cache
def _parts() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return continua (6, n), Balmer depth (n,) of 1 A at H-delta, metal depths (4, n)."""
    continua = np.stack([_planck(t) for t in _TEMPERATURE])
    continua /= continua[:, np.searchsorted(WAVE, 5500)][:, None]
    balmer = sum(_line(w, r, 9.0) for w, r in zip(BALMER, _BALMER_RATIO, strict=True))
    metals = [sum(_line(*f) for f in group) for group in (ALPHA, IRON, SODIUM)]
    return continua, np.asarray(balmer), np.stack([*metals, _forest()])


def make_stars(weights: np.ndarray, metals: np.ndarray) -> np.ndarray:
    """Mix populations.

    Parameters
    ----------
    weights : float64, shape (n, 6)
        Light of each age at 5500 Angstrom, adding up to one.
    metals : float64, shape (n, 4)
        Strength of alpha, iron, sodium and of the forest of weak lines, about 1.

    Returns
    -------
    float64, shape (n, n_wave)
        Flux density, about one at 5500 Angstrom.
    """
    continua, balmer, metal_depth = _parts()
    total = weights @ continua
    hydrogen = (weights * np.array(_BALMER_EW)).sum(axis=1)
    metallic = (weights * np.array(_METAL)).sum(axis=1)
    optical_depth = np.outer(hydrogen, balmer)
    optical_depth += (metals * metallic[:, None]) @ metal_depth
    optical_depth += np.outer(metallic * metals.mean(axis=1), _blanket(4000, 0.42, 14))
    optical_depth += np.outer(hydrogen / 9.0, _blanket(3720, 0.45, 30))
    return total * np.exp(-optical_depth)


def redden(flux: np.ndarray, a_v: np.ndarray) -> np.ndarray:
    """Apply the attenuation of Calzetti et al. (2000), A_V in magnitudes, shape (n,)."""
    return flux * 10 ** (-0.4 * np.outer(a_v, attenuation(WAVE)))


def attenuation(wave: np.ndarray | float) -> np.ndarray:
    """Return A / A_V of Calzetti et al. (2000), equation 4, at wavelengths in Angstrom."""
    x = 1e4 / np.asarray(wave, float)
    blue = 2.659 * (-2.156 + 1.509 * x - 0.198 * x**2 + 0.011 * x**3) + 4.05
    red = 2.659 * (-1.857 + 1.040 * x) + 4.05
    return np.where(x > 1 / 0.63, blue, red) / 4.05


def _planck(temperature: float) -> np.ndarray:
    x = 1.4388e8 / (WAVE * temperature)
    return (5500 / WAVE) ** 5 / np.expm1(x)


def _line(wave: float, width_ew: float, sigma: float) -> np.ndarray:
    """Return the optical depth of a feature: a Gaussian core with Lorentzian wings."""
    u = (WAVE - wave) / sigma
    core = np.exp(-0.5 * u**2) / (np.sqrt(2 * np.pi) * sigma)
    wings = 1 / (np.pi * sigma * (1 + u**2))
    return width_ew * (0.75 * core + 0.25 * wings)


def _blanket(edge: float, depth: float, width: float) -> np.ndarray:
    """Return the optical depth of a break: everything below an edge."""
    return depth / (1 + np.exp((WAVE - edge) / width))


def _forest() -> np.ndarray:
    """Return many weak metal lines, denser in the blue; the same in every galaxy."""
    random = np.random.default_rng(4711)
    waves = 3500 * (9900 / 3500) ** (random.random(_FOREST_LINES) ** 1.7)
    strength = random.gamma(1.2, 0.35, _FOREST_LINES) * (4500 / waves) ** 1.5
    sigma = random.uniform(1.2, 4.0, _FOREST_LINES)
    depths = [_line(w, s, d) for w, s, d in zip(waves, strength, sigma, strict=True)]
    return np.sum(depths, axis=0)
