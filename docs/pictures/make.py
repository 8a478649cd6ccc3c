"""Draw the pictures of the documentation from a service, as any user could.

    python docs/pictures/make.py http://localhost:8080

The pictures here show the survey of `make demo`.
"""

import sys
import urllib.request
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pyvo
from astropy.table import Table

FOLDER = Path(__file__).parent
INK, SOFT, ACCENT, ODD = "#1c2430", "#8a94a2", "#1858a8", "#c8361d"
REGION = (5680.0, 6120.0)

STYLE = {
    "font.size": 10, "axes.edgecolor": SOFT, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": SOFT, "ytick.color": SOFT, "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left",
}  # fmt: skip

SIMILAR = """
SELECT o.spectrum_url FROM oddsky.neighbours AS n
JOIN oddsky.objects AS o ON o.obj_id = n.neighbour_id
WHERE n.obj_id = {obj_id} AND n.region_id = 'nad' AND n.nb_rank <= 5
"""

OBJECTS = """
SELECT obj_id, name, nad_x, nad_y, nad_rank, z FROM oddsky.objects WHERE nad_rank IS NOT NULL
"""
REASON = """
SELECT TOP 1 o.obj_id, o.name, o.z, o.spectrum_url, r.rest_wave, r.reason
FROM oddsky.objects AS o
JOIN oddsky.reasons AS r ON r.obj_id = o.obj_id AND r.reason_rank = 1
WHERE r.rest_wave BETWEEN 5720 AND 6080 AND r.cause_flag IS NULL ORDER BY o.nad_rank
"""

STRANGE = "SELECT TOP 1 spectrum_url FROM oddsky.objects ORDER BY hgamma_rank"


def main(url: str) -> None:
    """Draw the map of the Na D region beside the spectrum of one of its strangest galaxies."""
    service = pyvo.dal.TAPService(f"{url}/tap")
    objects = service.search(OBJECTS).to_table()
    odd = service.search(REASON)[0]
    mpl.use("Agg")
    plt.rcParams.update(STYLE)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 4.4), width_ratios=(1, 1.5), layout="constrained"
    )
    _draw_map(left, objects, odd["obj_id"])
    _draw_similar(right, service.search(SIMILAR.format(**odd)))
    _draw_spectrum(right, odd)
    figure.savefig(FOLDER / "map-and-spectrum.png", dpi=130)
    preview = service.search(STRANGE)["spectrum_url"][0] + "?FRAME=rest&RESPONSEFORMAT=png"
    urllib.request.urlretrieve(preview, FOLDER / "spectrum-preview.png")


def _draw_map(axes: plt.Axes, objects: Table, obj_id: int) -> None:
    percentile = 100 * np.asarray(objects["nad_rank"]) / len(objects)
    order = np.argsort(-percentile)
    points = axes.scatter(
        objects["nad_x"][order], objects["nad_y"][order], c=percentile[order],
        s=np.where(percentile[order] < 2, 22, 6), cmap="inferno", vmin=0, vmax=100, linewidths=0,
    )  # fmt: skip
    chosen = objects[objects["obj_id"] == obj_id]
    axes.scatter(chosen["nad_x"], chosen["nad_y"], s=120, facecolors="none", edgecolors=ODD)
    axes.set(title="Map of the Na D region", xlabel="nad_x", ylabel="nad_y")
    axes.figure.colorbar(points, ax=axes, label="oddness rank, percent", shrink=0.8)


def _draw_similar(axes: plt.Axes, similar: pyvo.dal.TAPResults) -> None:
    for place, record in enumerate(similar):
        wave, flux = _read(record["spectrum_url"])
        label = "its five most similar" if place == 0 else None
        axes.step(wave, flux, where="mid", color=SOFT, lw=0.5, alpha=0.6, label=label)


def _draw_spectrum(axes: plt.Axes, odd: pyvo.dal.query.Record) -> None:
    axes.axvline(odd["rest_wave"], color=ODD, lw=9, alpha=0.15)
    wave, flux = _read(odd["spectrum_url"])
    axes.step(wave, flux, where="mid", color=ACCENT, lw=1.1, label=odd["name"])
    axes.set(
        title=f"{odd['reason']}",
        xlabel="rest-frame vacuum wavelength (Å)",
        ylabel="flux density over its median",
        xlim=REGION,
    )
    axes.legend(frameon=False, loc="lower left")


def _read(url: str) -> tuple[np.ndarray, np.ndarray]:
    """Return wavelength and flux of the region, the flux over its median."""
    spectrum = Table.read(f"{url}?FRAME=rest", format="votable")
    wave, flux, ivar = (np.asarray(spectrum[c], float) for c in ("wave", "flux", "ivar"))
    shown = (wave > REGION[0]) & (wave < REGION[1]) & (ivar > 0)
    return wave[shown], flux[shown] / np.median(flux[shown])


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
