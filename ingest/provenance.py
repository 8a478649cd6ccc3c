"""What made a result: versions, settings, digests of the input, and the run id over them."""

import hashlib
import json
from importlib.metadata import version

from ingest.settings import IngestSettings

LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "umap-learn",
    "numba",
    "faiss-cpu",
    "astropy",
    "pyarrow",
    "duckdb",
)


def package_version() -> str:
    """Return the version of oddsky."""
    return version("oddsky")


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that results depend on."""
    return {name: version(name) for name in LIBRARIES}


def input_digest(digests: list[str]) -> str:
    """Return one SHA-256 over the digests of the input files, in their order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def run_id(digest: str, settings: IngestSettings) -> str:
    """Name a run by what determines its result.

    Parameters
    ----------
    digest : str
        Of the input.
    settings : IngestSettings
        The seed is among them, and the size of shards: sums over other shards round differently.
    """
    what = json.dumps([digest, settings.as_dict(), package_version()], sort_keys=True)
    return hashlib.sha256(what.encode()).hexdigest()[:16]
