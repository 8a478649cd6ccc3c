import pytest

from ingest.errors import SettingsError
from ingest.settings import IngestSettings, read_settings
from ingest.subspaces import GRID, read_regions, tile_windows


def test_a_file_changes_the_defaults_and_the_command_line_changes_the_file(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text('seed = 5\nregions = ["nad"]\nz_min = 0\n')
    settings = read_settings(path, seed=7, survey=None)
    assert (settings.seed, settings.regions, settings.z_min) == (7, ("nad",), 0.0)
    assert settings.neighbours == IngestSettings().neighbours


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sead = 5", "Unknown setting 'sead'"),
        ("seed = 'x'", "'seed' must be of type int"),
        ("neighbours = 1", "between 2 and 200"),
        ("regions = 'nad'", "list of names"),
        ("seed = [", "is not TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, text, words):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        read_settings(path)


def test_a_settings_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere.toml: No such file"):
        read_settings(tmp_path / "nowhere.toml")


def test_an_unknown_region_is_told_with_those_that_are():
    with pytest.raises(SettingsError, match=r"Unknown region 'nadd'. Defined are: d4000"):
        read_regions(("nadd",))


def test_regions_lie_on_the_grid_and_hold_their_limits():
    for region in read_regions():
        wave = GRID.wave[region.pixels]
        assert region.lo <= wave[0] + 1
        assert wave[-1] <= region.hi + 1
        assert wave.size == region.pixels.stop - region.pixels.start


def test_windows_tile_the_grid_and_overlap_by_half():
    windows = tile_windows()
    assert windows[0].pixels.start == 0
    assert windows[-1].pixels.stop == GRID.pixels
    for a, b in zip(windows, windows[2:], strict=False):
        assert abs(b.pixels.start - a.pixels.stop) <= 1
