"""The link from Python, on a hub with programs, to a real service."""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest
import pyvo
import requests
from astropy.table import Table
from rich.console import Console

import sampclient
from sampclient.errors import LinkError
from sampclient.keyboard import Keyboard
from sampclient.tell import Teller
from tests.support.samp import LOAD, SELECT, Program, running_hub, until

QUERY = "SELECT TOP 20 obj_id, nad_rank FROM oddsky.objects ORDER BY nad_rank"


@pytest.fixture(scope="module")
def link(service: str, tmp_path_factory) -> Iterator[sampclient.Connection]:
    lock = tmp_path_factory.mktemp("samp") / "lock"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAMP_HUB", f"std-lockurl:file://{lock}")
        with running_hub(), sampclient.connect(service) as made:
            yield made


@pytest.fixture
def topcat(link) -> Iterator[Program]:
    made = Program("topcat")
    yield made
    made.close()


@pytest.fixture
def tap(service: str) -> pyvo.dal.TAPService:
    return pyvo.dal.TAPService(f"{service}/tap")


def shown(link: sampclient.Connection, program: Program) -> str:
    """Wait until a program has the table that was shown last; return its identifier."""
    table_id = link._table().table_id
    until(lambda: table_id in program.tables)
    return table_id


def test_a_query_a_result_and_a_table_give_the_same_rows(link, tap):
    by_query = link.show(QUERY)
    by_result = link.show(tap.search(QUERY))
    by_table = link.show(Table({"obj_id": by_query["obj_id"]}))
    for rows in (by_result, by_table):
        assert rows["obj_id"].tolist() == by_query["obj_id"].tolist()
        assert rows["name"].tolist() == by_query["name"].tolist()
        assert rows["spectrum_url"][0].startswith("http")


def test_what_is_selected_in_a_program_is_told_and_is_a_table(link, topcat):
    rows = link.show(QUERY)
    told: list[np.ndarray] = []
    link.on_select(told.append)
    topcat.send(SELECT, **{"table-id": shown(link, topcat), "row-list": ["7", "2"]})
    until(lambda: told)
    assert told[-1].tolist() == rows["obj_id"][[7, 2]].tolist()
    assert link.selection()["name"].tolist() == rows["name"][[7, 2]].tolist()


def test_a_callback_that_fails_or_takes_long_stops_nothing(link, topcat, caplog):
    rows = link.show(QUERY)
    table_id = shown(link, topcat)
    slow, told = threading.Event(), []
    link.on_highlight(lambda obj_id: 1 / 0)
    link.on_highlight(lambda obj_id: slow.wait(20))
    link.on_highlight(told.append)
    for row in ("1", "2", "3", "4"):
        topcat.highlight(table_id, row)
        until(lambda row=row: link.highlighted() == rows["obj_id"][int(row)])
        until(lambda row=row: topcat.spectra()[-1:] == [rows["spectrum_url"][int(row)]])
    slow.set()
    until(lambda: told[-1:] == [rows["obj_id"][4]])
    assert told in ([rows["obj_id"][1], rows["obj_id"][4]], [rows["obj_id"][4]])
    assert "ZeroDivisionError" in caplog.text


def test_what_is_asked_here_is_shown_there_and_not_told_back(link, topcat):
    rows = link.show(QUERY)
    table_id = shown(link, topcat)
    told: list[object] = []
    link.on_highlight(told.append)
    link.on_select(told.append)
    link.highlight(rows["obj_id"][5])
    link.select(rows["obj_id"][[9, 3]])
    until(lambda: topcat.rows()[-1:] == ["5"])  # a click before may be said once more
    select = until(lambda: next((p for m, p in topcat.heard if m == SELECT), None))
    assert (select["table-id"], select["row-list"]) == (table_id, ["9", "3"])
    assert link.highlighted() == rows["obj_id"][5]
    assert topcat.spectra()[-1] == rows["spectrum_url"][5]
    assert not told


def test_the_selection_can_be_uploaded_shown_and_written(link, tap, tmp_path):
    rows = link.show(QUERY)
    link.select(rows["obj_id"][:5])
    chosen = link.selection()
    query = (
        "SELECT m.obj_id FROM tap_upload.mine AS m JOIN oddsky.objects AS o ON o.obj_id = m.obj_id"
    )
    found = tap.run_sync(query, uploads={"mine": chosen})
    assert sorted(found["obj_id"]) == sorted(chosen["obj_id"])
    assert link.show(chosen)["obj_id"].tolist() == chosen["obj_id"].tolist()
    chosen.write(tmp_path / "chosen.fits")
    assert Table.read(tmp_path / "chosen.fits")["obj_id"].tolist() == chosen["obj_id"].tolist()


def test_a_spectrum_is_that_of_the_service(link):
    rows = link.show(QUERY)
    for frame in ("observed", "rest"):
        spectrum = link.spectrum(rows["obj_id"][0], frame)
        text = requests.get(rows["spectrum_url"][0], {"FRAME": frame, "RESPONSEFORMAT": "csv"}).text
        theirs = Table.read(text, format="ascii.csv")
        np.testing.assert_allclose(
            np.ma.filled(spectrum["flux"], 0), np.ma.filled(theirs["flux"], 0)
        )
        assert str(spectrum["wave"].unit) == "Angstrom"


def test_the_stack_is_of_the_selection_or_of_who_is_named(link):
    rows = link.show(QUERY)
    link.select(rows["obj_id"][:6])
    groups = link.stack(region=["nad", "halpha"], order="nad_x", groups=2)
    assert set(groups["region_id"]) == {"nad", "halpha"}
    assert set(groups["group_number"]) == {1, 2}
    assert link.stack(rows["obj_id"][:3])["n_spec"].max() == 3


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda link: link.show("SELECT name FROM oddsky.objects"), "no column obj_id"),
        (lambda link: link.show(Table({"name": ["a"]})), "no column obj_id"),
        (lambda link: link.show(7), "of type int"),
        (lambda link: link.show(Table({"obj_id": [1.5]})), "float64; give integers"),
        (lambda link: link.show(Table({"obj_id": [1]})), "no objects of oddsky.objects"),
        (lambda link: link.select([5]), "no object 5 in the linked rows"),
        (lambda link: link.spectrum(5), "no spectrum with obj_id 5"),
        (lambda link: link.stack([]), "Nothing is selected"),
        (lambda link: link.stack([5], region="nope"), "'nope' is not known"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(link, act, said):
    link.show(QUERY)
    with pytest.raises(LinkError, match=said):
        act(link)


def test_another_link_is_joined_with_what_it_shows(link, service, topcat):
    rows = link.show(QUERY)
    table_id = shown(link, topcat)
    with sampclient.connect(service) as other:
        assert other.join()["obj_id"].tolist() == link._table().rows["obj_id"].tolist()
        topcat.send(SELECT, **{"table-id": table_id, "row-list": ["7", "2"]})
        for each in (link, other):
            until(lambda each=each: len(each.selection()) == 2)
            assert each.selection()["obj_id"].tolist() == rows["obj_id"][[7, 2]].tolist()
    given = [params["table-id"] for mtype, params in topcat.heard if mtype == LOAD]
    assert given.count(table_id) == 1


def test_where_no_other_link_is_there_is_nothing_to_join(link):
    until(lambda: not link.link.shown_by_others())
    with pytest.raises(LinkError, match="No other link"):
        link.join()


def test_importing_it_is_fast():
    code = "import sys, sampclient; print({'pyvo', 'astropy', 'numpy'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


def test_a_notebook_that_forgets_to_close_leaves_nothing_behind(service, tmp_path):
    lock = tmp_path / "lock"
    environment = os.environ | {"SAMP_HUB": f"std-lockurl:file://{lock}"}
    code = f"import os, sampclient; sampclient.connect({service!r}); print(os.listdir('.'))"
    said = subprocess.check_output(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, text=True, timeout=60
    )
    assert said.splitlines()[-1] == "['lock']"
    assert not lock.exists()


def test_without_a_service_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:file://{tmp_path / 'lock'}")
    with pytest.raises(LinkError, match="No service answers"):
        sampclient.connect("http://127.0.0.1:9")
    assert not (tmp_path / "lock").exists()


@pytest.fixture
def keyboard(link) -> tuple[Keyboard, io.StringIO]:
    written = io.StringIO()
    return Keyboard(link, Teller(Console(file=written, width=200))), written


def test_what_is_typed_saves_shows_and_stacks_the_selection(link, topcat, keyboard, tmp_path):
    typed, written = keyboard
    rows = link.show(QUERY)
    link.select(rows["obj_id"][:4])
    for name in ("a.vot", "a.fits", "a.ecsv", "a.csv"):
        typed.obey(f"save {tmp_path / name}\n")
        saved = Table.read(tmp_path / name)
        assert saved["obj_id"].tolist() == rows["obj_id"][:4].tolist()
    typed.obey("stack")
    url = written.getvalue().split()[-1]
    assert requests.get(url).content[:4] == b"\x89PNG"
    typed.obey("show")
    shown(link, topcat)
    assert link._table().rows["obj_id"].tolist() == rows["obj_id"][:4].tolist()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("save", "ends in none of"),
        ("save a.png", "ends in none of"),
        ("save {there}", "already; name another"),
        ("save {folder}/none/a.vot", "No such file"),
        ("nonsense", "Type `save FILE`"),
    ],
)
def test_what_is_typed_wrong_is_told(link, keyboard, tmp_path, line, said):
    typed, written = keyboard
    link.select(link.show(QUERY)["obj_id"][:4])
    there = tmp_path / "there.vot"
    there.touch()
    typed.obey(line.format(there=there, folder=tmp_path))
    assert said in written.getvalue()
