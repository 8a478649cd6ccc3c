"""One file from a server that fails in every way."""

from pathlib import Path

import pytest

from ingest.fetch.client import Client
from ingest.fetch.index import Checksum, Index, parse_sums
from ingest.fetch.transfer import Transfer
from ingest.fetch.verify import fault
from ingest.fetch.wanted import MissingError, PassingError, Place, Wanted
from tests.support.archive import Archive, Fault, lay_out_desi, lay_out_sdss, serve

SPEC = "spec-0371-52078-0126.fits"
FOLDER = "dr14/sdss/spectro/redux/26/spectra/lite/0371"
COADD = "coadd-special-dark-27247.fits"
COADD_FOLDER = "edr/spectro/redux/fuji/healpix/special/dark/272/27247"
SIZE = 175680


@pytest.fixture
def archive(tmp_path: Path):
    lay_out_sdss(tmp_path / "archive")
    with serve(tmp_path / "archive") as archive:
        yield archive


def fetch(archive: Archive, into: Path, url: str = f"{FOLDER}/{SPEC}", **options) -> bytes:
    settings = {"connections": 2, "timeout": 5.0, "tries": 3, "first_wait": 0.01} | options
    client = Client(**settings)
    transfer = Transfer(client, Index(client), into, lambda _: None)
    place = transfer.fetch(Wanted("it", (Place(f"{archive.url}/{url}", url.split("/")[-1]),)))
    return (into / place.path).read_bytes()


@pytest.fixture
def original(archive: Archive) -> bytes:
    return (archive.root / FOLDER / SPEC).read_bytes()


def test_a_cut_connection_goes_on_where_it_broke(archive, original, tmp_path):
    archive.faults[SPEC] = [Fault(cut=50000), Fault(cut=40000)]
    assert fetch(archive, tmp_path) == original
    starts = [request.start for request in archive.of(SPEC)]
    assert starts[0] == 0
    assert sorted(starts) == starts
    assert len(starts) == 3
    assert starts[1] > 0


def test_more_cuts_than_tries_do_no_harm_while_it_gets_on(archive, original, tmp_path):
    archive.faults[SPEC] = [Fault(cut=30000)] * 5
    assert fetch(archive, tmp_path, tries=2) == original


def test_a_server_that_ignores_range_sends_all_again(archive, original, tmp_path):
    archive.ranges = False
    archive.faults[SPEC] = [Fault(cut=50000)]
    assert fetch(archive, tmp_path) == original
    assert [request.sent for request in archive.of(SPEC)] == [50000, SIZE]


def test_a_part_of_another_version_is_not_continued(archive, original, tmp_path):
    part = tmp_path / ".unfinished" / f"{SPEC}.part"
    part.parent.mkdir()
    part.write_bytes(b"x" * 1000)
    part.with_suffix(".tag").write_text('"of another version"')
    assert fetch(archive, tmp_path) == original


def test_wrong_bytes_are_found_by_the_archives_sum_and_fetched_anew(archive, original, tmp_path):
    archive.faults[SPEC] = [Fault(wrong=True)]
    assert fetch(archive, tmp_path) == original
    assert [request.start for request in archive.of(SPEC)] == [0, 0]


def test_bytes_that_stay_wrong_are_given_up_and_leave_no_file(archive, tmp_path):
    archive.faults[SPEC] = [Fault(wrong=True)] * 3
    with pytest.raises(PassingError, match="sha1"):
        fetch(archive, tmp_path)
    assert not (tmp_path / SPEC).exists()


def test_wrong_bytes_are_found_by_the_files_own_sums(tmp_path):
    originals = lay_out_desi(tmp_path / "archive")
    with serve(tmp_path / "archive") as archive:
        archive.faults[COADD] = [Fault(wrong=True)]
        assert fetch(archive, tmp_path, f"{COADD_FOLDER}/{COADD}") == originals[COADD].read_bytes()
        assert len(archive.of(COADD)) == 2


def test_a_stalled_server_is_left_and_asked_for_the_rest(archive, original, tmp_path):
    archive.faults[SPEC] = [Fault(cut=50000, stall=3.0)]
    assert fetch(archive, tmp_path, timeout=0.5) == original
    assert archive.of(SPEC)[1].start > 0


def test_retry_after_is_honoured(archive, original, tmp_path):
    archive.faults[SPEC] = [Fault(status=503, headers={"Retry-After": "1"})]
    assert fetch(archive, tmp_path) == original
    first, second = archive.of(SPEC)
    assert second.time - first.time >= 1.0


def test_a_redirect_is_followed(archive, original, tmp_path):
    elsewhere = f"{archive.url}/{FOLDER}/{SPEC}"
    archive.faults["moved.fits"] = [Fault(status=302, headers={"Location": elsewhere})]
    assert fetch(archive, tmp_path, "moved.fits") == original


def test_what_is_not_there_is_asked_for_once(archive, tmp_path):
    with pytest.raises(MissingError, match="404"):
        fetch(archive, tmp_path, f"{FOLDER}/spec-9.fits")
    assert len(archive.of("spec-9.fits")) == 1


def test_no_server_is_told(tmp_path):
    nobody = Archive(tmp_path)
    nobody.url = "http://127.0.0.1:9"
    with pytest.raises(PassingError, match="connection"):
        fetch(nobody, tmp_path, tries=2)


@pytest.mark.parametrize("url", ["data.sdss.org/sas", "ftp://data.sdss.org", "http://"])
def test_what_is_no_url_is_not_tried_again(tmp_path, url):
    nobody = Archive(tmp_path)
    nobody.url = url
    with pytest.raises(MissingError, match="no URL of a web server"):
        fetch(nobody, tmp_path, tries=100, first_wait=100.0)


def test_the_program_names_itself(archive, original, tmp_path):
    fetch(archive, tmp_path)
    assert all(request.agent.startswith("oddsky/") for request in archive.requests)


def test_lists_of_checksums_in_their_forms():
    text = f"{'a' * 40}  b/c.fits\n{'B' * 64} *d.fits\n# no sum\n{'1' * 50}  e.fits\n"
    assert parse_sums(text) == {
        "c.fits": Checksum("sha1", "a" * 40),
        "d.fits": Checksum("sha256", "b" * 64),
    }


@pytest.mark.parametrize("size", [0, 100, 2880, 100000, SIZE - 2880, SIZE + 2880])
def test_a_file_of_the_wrong_size_is_no_whole_fits_file(archive, original, tmp_path, size):
    path = tmp_path / "it"
    path.write_bytes(original[:size].ljust(size, b"\0"))
    assert fault(path, None)
    path.write_bytes(original)
    assert fault(path, None) is None
