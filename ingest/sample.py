"""Which spectra belong to the sample, and why the others do not."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.settings import IngestSettings


def find_reasons(facts: pa.Table, coverage: np.ndarray, settings: IngestSettings) -> list[str]:
    """Say for each spectrum why it is left out; an empty text keeps it.

    Parameters
    ----------
    facts : pyarrow.Table
        `FACT_SCHEMA`, n rows.
    coverage : float32, shape (n,)
        Share of the rest-frame grid that is present.
    settings : IngestSettings
        Cuts of class, redshift and coverage.

    Returns
    -------
    list of str, n long
    """
    z = facts["z"].to_numpy(zero_copy_only=False).astype(float)
    spec_class = np.asarray(pc.fill_null(facts["spec_class"], "unknown").to_pylist(), object)
    texts = np.full(len(z), "", object)
    tests: list[tuple[np.ndarray, Callable[[int], str]]] = [
        (coverage < settings.min_coverage, lambda i: _thin(float(coverage[i]), settings)),
        ((z < settings.z_min) | (z > settings.z_max), lambda i: _far(float(z[i]), settings)),
        (~np.isfinite(z), lambda i: "the redshift is missing"),
        (_other_class(spec_class, settings), lambda i: _class(spec_class[i], settings)),
    ]
    # The last test that fails is told: class and redshift explain a poor coverage.
    for failed, tell in tests:
        for i in np.flatnonzero(failed):
            texts[i] = tell(int(i))
    return texts.tolist()


def _other_class(spec_class: np.ndarray, settings: IngestSettings) -> np.ndarray:
    if not settings.spec_class:
        return np.zeros(spec_class.size, bool)
    return spec_class != settings.spec_class


def _thin(coverage: float, settings: IngestSettings) -> str:
    return (
        f"covers {coverage:.0%} of rest 3700-8000 Angstrom, less than {settings.min_coverage:.0%}"
    )


def _far(z: float, settings: IngestSettings) -> str:
    return f"its redshift {z:.5f} is outside {settings.z_min} to {settings.z_max}"


def _class(spec_class: str, settings: IngestSettings) -> str:
    return f"its class is {spec_class}, the sample is {settings.spec_class}"
