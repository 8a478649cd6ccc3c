"""FORMAT of SSA."""

import pytest

from vo_service.errors import UsageError
from vo_service.services.spectrum_formats import find_spectrum_format


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("ALL", "votable"),
        ("compliant", "votable"),
        ("native", "fits"),
        ("graphic", "png"),
        ("image/fits", "fits"),
        ("application/x-votable+xml; serialization=TABLEDATA", "votable"),
        ("png,fits", "fits"),
        ("text/csv", "csv"),
    ],
)
def test_each_value_means_one_format(wanted, name):
    assert find_spectrum_format(wanted).name == name


@pytest.mark.parametrize("wanted", ["image/jpeg", "fits,jpeg", ","])
def test_others_are_refused_by_name(wanted):
    with pytest.raises(UsageError, match="is not known; choose votable, fits"):
        find_spectrum_format(wanted)
