"""The paper's galaxies: the packaged facts, and their match by position."""

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord

from ingest.compare.known import match_known, read_known


def test_the_positions_are_those_of_the_names():
    known = read_known()
    assert len(set(known["name"].to_pylist())) == 49
    assert known.num_rows == 54
    sexagesimal = [
        f"{n[1:3]} {n[3:5]} {n[5:10]} {n[10:13]} {n[13:15]} {n[15:]}"
        for n in known["name"].to_pylist()
    ]
    named = SkyCoord(sexagesimal, unit=(u.hourangle, u.deg))
    # Two names of the paper have 60 seconds and more; astropy carries them over with a warning.
    held = SkyCoord(known["ra"].to_numpy(), known["dec"].to_numpy(), unit="deg")
    assert named.separation(held).max() < 0.1 * u.arcsec


def _near(arcsec: float, sn: list[float]) -> np.ndarray:
    known = read_known()
    ra, dec = known["ra"].to_numpy(), known["dec"].to_numpy()
    shift = arcsec / 3600 * np.arange(1, len(sn) + 1)
    return match_known(
        known,
        np.full(len(sn), ra[0]),
        dec[0] + shift,
        np.array(sn),
        np.arange(len(sn)) + 100,
    )


def test_within_three_arcsec_and_not_beyond():
    assert _near(2.9, [10.0])[0] == 0
    assert _near(3.1, [10.0])[0] == -1


def test_of_repeats_the_best_is_taken():
    assert _near(0.5, [10.0, 30.0, 20.0])[0] == 1
    assert _near(0.5, [10.0, 10.0, np.nan])[0] == 0


def test_a_galaxy_in_two_tables_is_matched_in_both():
    known = read_known()
    names = known["name"].to_pylist()
    entries = [i for i, name in enumerate(names) if name == names[0]]
    assert len(entries) == 2
    found = _near(0.5, [10.0])
    assert found[entries].tolist() == [0, 0]


def test_elsewhere_and_nowhere():
    known = read_known()
    for ra in ([10.0], [np.nan], []):
        dec = np.full(len(ra), -80.0)
        found = match_known(known, np.array(ra), dec, dec, np.arange(len(ra)))
        assert (found == -1).all()
