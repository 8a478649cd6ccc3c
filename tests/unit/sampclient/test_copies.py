"""The copies of the table: STILTS, which is TOPCAT's own reader, gives the rows back."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import numpy as np
from astropy.table import MaskedColumn, Table

from sampclient.aladin import write_aladin_copy
from sampclient.files import served_files
from sampclient.table import LinkedTable
from sampclient.topcat import write_topcat_copy
from sampclient.viewer import write_viewer_copy
from tests.support.programs import run_program


def awkward() -> LinkedTable:
    rows = Table(
        {
            "obj_id": np.array([2**62 + 1, 3, 5]),
            "n": MaskedColumn(np.array([7, 0, -3], "i4"), mask=[0, 1, 0], unit="km/s"),
            "f": np.array([1.5, np.nan, 3], "f4"),
            "text": ["Ångström", 'a<b&"c"', ""],
            "spectrum_url": ["http://odd.example/1", "http://odd.example/2", ""],
        }
    )
    return LinkedTable("t1", "a title", rows, {"id": "obj_id", "access:spectrum": "spectrum_url"})


def read_with_stilts(url: str) -> list[dict]:
    done = run_program("stilts", "tpipe", f"in={url}", "ifmt=votable", "ofmt=csv")
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_topcat_reads_every_row_and_null():
    with served_files() as files:
        url = files.url(write_topcat_copy(awkward(), files.folder, files.base))
        first, second, third = read_with_stilts(url)
    assert first["obj_id"] == str(2**62 + 1)
    assert (first["n"], second["n"], third["n"]) == ("7", "", "-3")
    assert (first["f"], second["f"]) == ("1.5", "")
    assert (first["text"], second["text"]) == ("?ngstr?m", 'a<b&"c"')


def test_a_click_tells_the_others_and_plots_the_spectrum():
    with served_files() as files:
        name = write_topcat_copy(awkward(), files.folder, files.base)
        tree = ET.parse(files.folder / name)
    params = {p.get("utype"): p.get("value") for p in tree.findall(".//{*}PARAM")}
    actions = json.loads(params["topcat_session:activationActions"])
    kinds = [a["_ActivationType"].rpartition(".")[2] for a in actions]
    assert kinds == ["SendIndexActivationType", "PlotTableActivationType"]
    assert actions[1]["url"] == "spectrum_url"
    assert all(a["_isActive"] == "true" for a in actions)


def test_lists_are_padded_to_one_width():
    with served_files() as files:
        name = write_topcat_copy(awkward(), files.folder, files.base)
        tree = ET.parse(files.folder / name)
    (specs,) = (p for p in tree.findall(".//{*}PARAM") if p.get("name") == "TC_colSpecs")
    width, count = map(int, specs.get("arraysize").split("x"))
    assert count == 5
    assert len(specs.get("value")) == width * count


def test_aladins_copy_has_the_same_rows_in_the_same_order(table):
    with served_files() as files:
        rows = read_with_stilts(files.url(write_aladin_copy(table, files.folder)))
    assert [r["obj_id"] for r in rows] == [str(i) for i in table.rows["obj_id"]]
    assert list(rows[0]) == ["obj_id", "name", "ra", "dec", "z", "consensus_rank"]


def test_served_files_show_no_listing_and_end_with_the_block():
    with served_files() as files:
        (files.folder / "a.vot").write_text("x")
        folder = files.folder
    assert not folder.exists()


def test_the_viewers_copy_says_which_object_is_in_which_row():
    with served_files() as files:
        table = awkward()
        roles = table.roles | {"name": "text"}
        named = LinkedTable("t2", 'a "title" <&', table.rows, roles)
        rows = read_with_stilts(files.url(write_viewer_copy(named, files.folder)))
        plain = read_with_stilts(files.url(write_viewer_copy(table, files.folder)))
    assert [r["obj_id"] for r in rows] == [str(2**62 + 1), "3", "5"]
    assert [r["name"] for r in rows] == ["Ångström", 'a<b&"c"', ""]
    assert [list(r) for r in plain] == [["obj_id"]] * 3
