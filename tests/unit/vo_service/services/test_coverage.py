"""Cells of the sky as a MOC, by the judgement of mocpy."""

import numpy as np
import pytest
from mocpy import MOC

from vo_service.services.coverage import Coverage, write_moc

SETS = {
    "few": [0, 5, 6, 7, 49151],
    "a whole parent": [4, 5, 6, 7, 9],
    "a whole grandparent": list(range(16)),
    "everything": list(range(12 * 4**3)),
}


@pytest.mark.parametrize("name", SETS)
def test_the_cells_are_those_that_mocpy_reads(name):
    order = 6 if name != "everything" else 3
    cells = np.array(SETS[name])
    text = write_moc(cells[::-1], order)
    whole = MOC.from_healpix_cells(cells.astype(np.uint64), np.uint8(order), order)
    assert MOC.from_string(text, "ascii") == whole
    # As few as they can be.
    assert text.split() == whole.to_string("ascii", fold=0).replace(",", " ").split()


def test_no_cells_are_no_text():
    assert write_moc(np.empty(0, np.int64), 6) == ""


def test_simulated_spectra_are_told_as_artificial():
    both = (("Mayall 4m Telescope", "DESI"), ("simulation", "simulation"))
    assert Coverage(instruments=both).data_sources == ("survey", "artificial")
    assert Coverage(instruments=both[1:]).data_sources == ("artificial",)
    assert Coverage().data_sources == ("survey",)
