"""New spectra of sources that are known already."""

import numpy as np

from ingest.add.known import Held
from ingest.compare.repeats import find_sources
from ingest.survey import Survey


def find_repeats(survey: Survey, held: Held) -> tuple[np.ndarray, np.ndarray]:
    """Find the sources of new spectra among those of a release, and among one another.

    Parameters
    ----------
    survey : Survey
        The new spectra.
    held : Held

    Returns
    -------
    sources : int64, shape (n_spec,)
        A known source keeps its number.
    known : bool, shape (n_spec,)
        Whether the source is known.
    """
    ra, dec = survey.facts["ra"].to_numpy(), survey.facts["dec"].to_numpy()
    everywhere = (held.ra, ra), (held.dec, dec), (held.z, survey.z)
    # The first of a source is one of the release, if any is: these come first.
    first = find_sources(*(np.concatenate(pair) for pair in everywhere))[len(held.ids) :]
    numbers = np.concatenate([held.sources, survey.ids])
    return numbers[first], first < len(held.ids)
