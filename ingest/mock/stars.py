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
_STARS = (
    ((18000, 0.96), (3900, 0.04)),
    ((12500, 0.97), (4000, 0.03)),
    ((9600, 0.97), (4300, 0.03)),
    ((7600, 0.85), (4700, 0.15)),
    ((6000, 0.52), (4600, 0.46), (3600, 0.02)),
    ((5500, 0.42), (4450, 0.53), (3500, 0.05)),
)
"""Temperatures of the stars of each age [K], with their shares of the light at 5500 Angstrom."""

_BALMER_EW = (3.5, 6.0, 9.0, 6.5, 2.4, 1.3)
_METAL = (0.05, 0.08, 0.15, 0.4, 0.8, 1.15)

BALMER = (6564.63, 4862.69, 4341.69, 4102.89, 3971.2, 3890.2, 3836.5, 3798.9, 3771.7, 3751.2)
_BALMER_RATIO = (0.55, 0.8, 0.95, 1.0, 0.95, 0.85, 0.75, 0.6, 0.5, 0.4)

# Vacuum wavelength and equivalent width in an old galaxy [Angstrom].
ALPHA = """
3830.5 .9  3833.4 1.4 3839.4 1.7 3934.8 9.5 3969.6 7.5 4227.9 1.3 4572.4 .4  4704.3 .4  5168.8 1.0
5174.1 1.5 5185.0 1.8 5530.0 .4  5590.3 .4  5596.0 .3  5603.0 .3  5859.1 .3  6104.4 .3  6123.9 .4
6163.9 .5  6440.9 .3  6451.6 .2  6473.5 .2  6719.6 .2  7150.1 .3  7328.2 .2  8500.4 1.2 8544.4 3.0
8664.5 2.4 8809.2 .4
"""
IRON = """
3583.2 1.1 3609.9 .7  3619.8 .8  3632.7 .8  3649.0 .7  3680.9 .6  3706.6 .7  3721.0 1.3 3736.0 1.6
3738.2 1.1 3746.7 .9  3749.4 .8  3759.4 .9  3764.9 .7  3768.3 .7  3789.0 .5  3816.9 .9  3821.5 1.3
3825.5 .8  3828.9 .8  3841.5 .7  3857.5 .8  3861.0 1.2 3879.1 .7  3887.4 .8  3900.8 .5  3904.0 .5
3924.0 .5  4006.3 .5  4031.9 1.1 4046.9 1.1 4064.8 .9  4072.8 .8  4078.9 .7  4133.3 .7  4145.1 .7
4188.2 .7  4203.2 .8  4216.7 .7  4237.1 .7  4252.0 .8  4261.7 .7  4273.0 1.1 4327.0 1.1 4353.0 .6
4377.1 .7  4384.7 1.4 4406.0 .9  4416.3 .8  4428.5 .5  4456.1 .7  4463.0 .7  4477.3 .5  4483.5 .5
4495.9 .5  4529.9 .8  4532.5 .7  4550.8 .8  4555.3 .8  4573.2 .7  4647.5 .4  4655.8 .4  4669.3 .9
4715.7 .4  4738.1 .5  4872.7 .5  4892.4 .7  4921.9 .8  4958.9 .8  4983.9 .4  5000.9 .5  5007.5 .4
5016.4 .6  5042.5 .7  5080.9 .5  5100.1 .4  5108.9 .5  5140.8 .6  5193.4 .8  5205.9 1.1 5209.9 .9
5228.5 .9  5234.5 .5  5251.9 .4  5271.3 1.7 5285.1 .4  5325.7 .4  5329.8 1.3 5342.5 .5  5373.0 .8
5398.6 .5  5407.4 .7  5431.2 .5  5448.4 .7  5457.1 .5  5478.2 .4  5574.3 .4  5588.4 .4  5617.2 .4
5626.1 .3  5660.4 .4  5711.0 .5  5764.5 .3  5783.7 .4  5958.4 .3  6004.7 .3  6025.8 .3  6138.3 .6
6193.3 .5  6232.4 .5  6254.3 .3  6395.4 .4  6401.8 .4  6413.5 .3  6432.6 .3  6498.8 1.0 6595.7 .4
6665.2 .3  6679.8 .4  7124.2 .3  7391.2 .3  7513.1 .3  7834.4 .3  8390.1 .3  8691.0 .4  8840.6 .3
"""
SODIUM = "5684.2 .3 5689.8 .4 5891.6 2.4 5897.6 2.0 8185.5 .5 8197.1 .6"

# Head in vacuum, length of the tail (to the red where positive) [Angstrom], optical depth.
MOLECULES = (
    (3884.5, -45, 0.45), (3872.1, -60, 0.25), (4217.2, -60, 0.22), (4316.7, -14, 0.55),
    (4304.2, -10, 0.30), (4324.2, -6, 0.22), (4738.4, -45, 0.08), (5166.6, -60, 0.08),
    (5212.5, -170, 0.15), (5186.4, -50, 0.09), (4846.4, -55, 0.05), (4955.9, 160, 0.03),
    (5449.7, 90, 0.03), (5599, 70, 0.02), (5760.6, 70, 0.03), (5848.6, 80, 0.02),
    (6160.3, 140, 0.07), (6653.3, 120, 0.03), (7056.4, 90, 0.08), (7089.9, 100, 0.07),
    (7127.6, 90, 0.05), (7336, 120, 0.02), (7591.7, 70, 0.05), (7668.1, 70, 0.05),
    (7863.2, 80, 0.03), (8434.3, 90, 0.12), (8861.4, 90, 0.11), (8939.5, 70, 0.06),
)  # fmt: skip
"""CN, CH, C2, MgH and TiO."""

_FOREST_LINES = 1100


@cache
def _parts() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return continua (6, n), Balmer depth (n,) of 1 A at H-delta, metal depths (5, n)."""
    continua = np.stack([sum(share * _planck(t) for t, share in stars) for stars in _STARS])
    balmer = sum(_line(w, r, 9.0) for w, r in zip(BALMER, _BALMER_RATIO, strict=True))
    metals = [_lines(text) for text in (ALPHA, IRON, SODIUM)]
    return continua, np.asarray(balmer), np.stack([*metals, _forest(), _bands()])


def make_stars(weights: np.ndarray, metals: np.ndarray) -> np.ndarray:
    """Mix populations.

    Parameters
    ----------
    weights : float64, shape (n, 6)
        Light of each age at 5500 Angstrom, adding up to one.
    metals : float64, shape (n, 4)
        Strength of alpha, iron, sodium and of the forest of weak lines, about 1; molecules go
        with the first two.

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
    molecules = metallic * metals[:, 0] * metals[:, 1]
    depths = np.column_stack([metals, molecules]) * metallic[:, None]
    optical_depth += depths @ metal_depth
    haze = _blanket(4440, 0.25, 120) + _blanket(3985, 0.24, 8)
    optical_depth += np.outer(metallic * metals.mean(axis=1), haze)
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
    """Return a black body, one at 5500 Angstrom."""
    x, pivot = 1.4388e8 / (WAVE * temperature), 1.4388e8 / (5500 * temperature)
    return (5500 / WAVE) ** 5 * np.expm1(pivot) / np.expm1(x)


def _line(wave: float, width_ew: float, sigma: float) -> np.ndarray:
    """Return the optical depth of a feature: a Gaussian core with Lorentzian wings."""
    u = (WAVE - wave) / sigma
    core = np.exp(-0.5 * u**2) / (np.sqrt(2 * np.pi) * sigma)
    wings = 1 / (np.pi * sigma * (1 + u**2))
    return width_ew * (0.75 * core + 0.25 * wings)


def _lines(table: str) -> np.ndarray:
    """Return the optical depth of lines; strong ones are wider."""
    pairs = np.array(table.split(), float).reshape(-1, 2)
    return np.sum([_line(wave, ew, 0.9 + 0.3 * ew) for wave, ew in pairs], axis=0)


def _bands() -> np.ndarray:
    """Return the optical depth of molecular bands: steep at the head, fading along the tail."""
    depth = np.zeros(WAVE.size)
    for head, tail, strength in MOLECULES:
        along = (WAVE - head) / tail
        rise = 0.5 + 0.5 * np.tanh(along * abs(tail) / 3)
        depth += strength * rise * np.exp(-np.clip(along, 0, None))
    return depth


def _blanket(edge: float, depth: float, width: float) -> np.ndarray:
    """Return the optical depth of a break: everything below an edge."""
    return depth * (0.5 - 0.5 * np.tanh((WAVE - edge) / (2 * width)))


def _forest() -> np.ndarray:
    """Return many weak metal lines, denser in the blue; the same in every galaxy."""
    random = np.random.default_rng(4711)
    waves = 3500 * (9900 / 3500) ** (random.random(_FOREST_LINES) ** 1.7)
    strength = random.gamma(1.2, 0.12, _FOREST_LINES) * (4500 / waves) ** 1.5
    depths = [_line(w, s, 1.3) for w, s in zip(waves, strength, strict=True)]
    return np.sum(depths, axis=0)
