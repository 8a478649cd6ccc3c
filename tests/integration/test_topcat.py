"""The real TOPCAT asks the service by its own windows, and shows what it gets."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvo
from astropy.table import Table

from tests.support.desktop import is_red, pixels, until
from tests.support.topcat import (
    CONE,
    INVOKE_BUTTON,
    PLOT_TABLE,
    SEND_SPECTRUM,
    SSA,
    Loaded,
    TapWindow,
    Topcat,
    started_topcat,
)

pytestmark = [pytest.mark.client, pytest.mark.alone]

GETTING_STARTED = Path(__file__).resolve().parents[2] / "docs" / "getting-started.md"


@pytest.fixture(scope="module")
def topcat() -> Iterator[Topcat]:
    with started_topcat() as started:
        yield started


@pytest.fixture(scope="module")
def tap(service: str) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(f"{service}/tap")


@pytest.fixture(scope="module")
def centre(tap) -> tuple[float, float]:
    """Right ascension and declination of the strangest spectrum [degree]."""
    row = tap.search("SELECT TOP 1 ra, dec FROM oddsky.objects ORDER BY consensus_rank")[0]
    return round(row["ra"], 3), round(row["dec"], 3)


@pytest.fixture(scope="module")
def spectra(topcat: Topcat, service: str, centre: tuple[float, float]) -> Loaded:
    """What the SSA window gives around the strangest spectrum."""
    return topcat.search(topcat.open(SSA), f"{service}/ssa", *map(str, centre), "30")


@pytest.fixture(scope="module")
def window(topcat: Topcat, service: str) -> TapWindow:
    return TapWindow(topcat, f"{service}/tap")


def assert_same(seen: Table, expected: Table) -> None:
    """Assert that TOPCAT has the rows, and knows what the columns hold."""
    assert seen.colnames == expected.colnames
    assert list(seen.columns[0]) == list(expected.columns[0])
    for name in expected.colnames:
        assert seen[name].unit == expected[name].unit, name
        assert seen[name].description == expected[name].description, name
        assert seen[name].description, name


def test_links_of_a_row_are_shown(topcat, service):
    loaded = topcat.load(service, "obj_id, name, datalink_url")
    actions = topcat.select_action(loaded)
    assert topcat.press(actions, "View Datalink Table", INVOKE_BUTTON)


def test_the_ssa_window_loads_spectra_around_a_position(spectra, service, centre):
    expected = pyvo.dal.SSAService(f"{service}/ssa").search(pos=centre, diameter=30).to_table()
    assert 2 < len(expected) < 300
    assert_same(spectra.table, expected)


def test_a_spectrum_found_by_ssa_is_sent_to_viewers(topcat, spectra):
    actions = topcat.select_action(spectra, SEND_SPECTRUM)
    seen = len(topcat.hub.messages)
    topcat.hub.click(actions, *INVOKE_BUTTON)
    sent = topcat.hub.wait_message("spectrum.load.ssa-generic", topcat.program.id, seen)["params"]
    first = spectra.table[0]
    assert sent["url"] == sent["meta"]["ssa:Access.Reference"] == first["access_url"]
    assert sent["meta"]["ssa:Target.Name"] == first["target_name"]
    assert Table.read(sent["url"], format="votable")["flux"].unit


def test_a_spectrum_found_by_ssa_is_plotted_at_once(topcat, spectra):
    actions = topcat.select_action(spectra, PLOT_TABLE)
    plot = topcat.press(actions, "Plane Plot (Activated)", INVOKE_BUTTON)
    until(lambda: is_red(pixels(topcat.hub, plot)[:400]).sum() > 500, 10, "the spectrum")


def test_the_cone_window_searches_where_another_program_points(topcat, service, centre):
    window = topcat.open(CONE)
    topcat.program.call("coord.pointAt.sky", ra=centre[0], dec=centre[1])
    loaded = topcat.search(window, f"{service}/cone", "", "", "12")
    expected = pyvo.dal.SCSService(f"{service}/cone").search(centre, 12, verbosity=2).to_table()
    assert 2 < len(expected) < 300
    assert_same(loaded.table, expected)


def test_the_tap_window_knows_the_columns(window):
    window.write("SELECT nad_rnak FROM oddsky.objects")
    until(window.finds_fault, 10, "TOPCAT's doubt")
    window.write("SELECT nad_rank FROM oddsky.objects")
    until(lambda: not window.finds_fault(), 10, "TOPCAT's consent")


def test_the_tap_window_runs_what_the_documentation_begins_with(window, tap):
    query = re.search(r"```sql\n(.*?)\n```", GETTING_STARTED.read_text(), re.DOTALL)[1]
    window.write(query)
    expected = tap.search(query).to_table()
    assert len(expected) == 20
    assert_same(window.run().table, expected)
    assert not window.finds_fault()


def test_the_tap_window_offers_the_examples_of_the_service(window, tap):
    window.choose_example()
    assert_same(window.run().table, tap.run_sync(tap.examples[0]["QUERY"]).to_table())


def test_a_job_takes_a_table_of_topcat(window, tap, spectra):
    before = {job.jobid for job in tap.get_job_list()}
    window.run_as_job()
    window.write(
        f"SELECT o.obj_id, o.name, t.redshift FROM TAP_UPLOAD.t{spectra.number} AS t "
        "JOIN oddsky.objects AS o ON o.obj_id = t.obj_id ORDER BY o.obj_id"
    )
    table = window.run().table
    assert table["obj_id"].tolist() == sorted(spectra.table["obj_id"].tolist())
    (job,) = [job for job in tap.get_job_list() if job.jobid not in before]
    assert job.phase == "COMPLETED"


def test_nothing_that_came_was_wrong_to_topcat(topcat, window):
    of_answers = re.compile(
        "WARNING.*(votable|xml|field|unit|column|tap|schema|link|example|http)", re.I
    )
    assert of_answers.findall(Path(topcat.program.log).read_text()) == []
