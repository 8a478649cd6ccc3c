"""The link on a private hub with programs that behave as the real ones."""

import logging
import socket
import time

from pyvo import samp

from sampclient import aladin
from tests.support.samp import Program, until
from tests.support.service import free_port
from tests.unit.sampclient.conftest import N, RunningLink


def test_a_program_that_is_there_is_given_the_table(program, running):
    until(lambda: "oddsky-test" in program.tables)
    until(lambda: "TOPCAT has oddsky.objects" in running.written)
    assert program.tables["oddsky-test"] == "http://files/topcat.vot"


def test_a_program_that_joins_later_is_given_the_table(hub_server, running):
    program = Program("topcat")
    until(lambda: "oddsky-test" in program.tables)
    program.close()
    until(lambda: "TOPCAT was closed" in running.written)


def test_a_program_that_has_the_table_is_not_given_it_again(program, running):
    program.tables["oddsky-test"] = "from before"
    until(lambda: "TOPCAT has" in running.written)
    loads = [m for m, _ in program.heard if m == "table.load.votable"]
    assert len(loads) <= 1


def test_other_programs_are_left_alone(hub_server, running):
    other = Program("spreadsheet")
    time.sleep(0.5)
    assert not other.tables
    other.close()


def test_a_click_is_told_and_its_spectrum_passed_on(program, running):
    program.highlight("oddsky-test", "7")
    viewer_got = until(program.spectra)
    assert viewer_got == ["http://odd.example/spectra/7"]
    until(lambda: "reason of 7" in running.written)
    assert "J007" in running.written
    assert "z 0.1000" in running.written
    assert f"consensus 8 of {N}" in running.written
    assert running.clicked == 2**62 + 7


def test_a_null_redshift_is_left_out(program, running):
    program.highlight("oddsky-test", "3")
    until(lambda: "reason of 3" in running.written)
    line = next(line for line in running.written.splitlines() if "J003" in line)
    assert " z " not in line


def test_a_table_is_also_known_by_its_address(program, running):
    url = {"url": "http://files/aladin.vot", "row": "5"}
    program.send("table.highlight.row", **url)
    until(lambda: running.clicked == 2**62 + 5)


def test_the_same_row_from_two_programs_is_one_click(program, running):
    other = Program("aladin-like")
    program.highlight("oddsky-test", "9")
    until(lambda: running.clicked == 2**62 + 9)
    other.highlight("oddsky-test", "9")
    time.sleep(0.3)
    assert len(program.spectra()) == 1
    other.close()


def test_fifty_clicks_end_on_the_last_without_an_echo(program, running):
    for row in range(50):
        program.highlight("oddsky-test", str(row % N))
        # The hub delivers each message in a thread of its own: at once, one may overtake another.
        time.sleep(0.05)
    last = 2**62 + 49 % N
    until(lambda: running.clicked == last)
    until(lambda: program.spectra()[-1:] == [f"http://odd.example/spectra/{49 % N}"])
    count = len(program.spectra())
    time.sleep(0.5)
    assert len(program.spectra()) == count <= 50
    assert not program.rows()


def test_a_selection_is_told_with_its_objects(program, running):
    params = {"table-id": "oddsky-test", "row-list": [str(r) for r in range(12)]}
    program.send("table.select.rowList", **params)
    until(lambda: running.link.selected)
    assert running.link.selected.obj_ids.tolist() == [2**62 + r for r in range(12)]
    until(lambda: "12 selected: J000" in running.written)
    assert "and 4 more" in running.written


def test_what_is_wrong_is_a_line_in_the_log_and_it_goes_on(program, running, caplog):
    logger = logging.getLogger("oddsky.link")
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.INFO)
    program.highlight("another-table", "1")
    until(lambda: "another-table" in caplog.text)
    program.highlight("oddsky-test", str(N))
    until(lambda: f"row {N} is outside the table's {N} rows" in caplog.text)
    program.highlight("oddsky-test", "-1")
    until(lambda: "row -1 is outside" in caplog.text)
    program.highlight("oddsky-test", "seven")
    until(lambda: "no whole number" in caplog.text)
    program.send("table.select.rowList", **{"table-id": "oddsky-test", "row-list": ["1", "999"]})
    until(lambda: "row 999 is outside" in caplog.text)
    program.highlight("oddsky-test", "2")
    until(lambda: running.clicked == 2**62 + 2)
    logger.removeHandler(caplog.handler)


def test_without_a_hub_one_is_started_and_ended(running):
    program = Program("topcat")
    until(lambda: "oddsky-test" in program.tables)
    program.close()
    running.stop()
    assert not running.is_running


def test_a_hub_that_goes_away_is_replaced(private_samp, hub_server, running, caplog):
    caplog.set_level(logging.WARNING, "oddsky.link")
    hub_server.stop()
    until(lambda: running.written.count("SAMP hub:") == 2, 20)
    assert "started one" in running.written
    program = Program("topcat")
    until(lambda: "oddsky-test" in program.tables)
    program.highlight("oddsky-test", "4")
    until(lambda: running.clicked == 2**62 + 4)
    program.close()


def test_a_new_hub_numbers_its_programs_anew(private_samp, hub_server, running):
    before = Program("Aladin")
    before.highlight("oddsky-test", "1")
    until(lambda: "from Aladin" in running.written)
    hub_server.stop()
    until(lambda: running.written.count("SAMP hub:") == 2, 20)
    after = Program("topcat")
    assert after.client.get_public_id() == before.client.get_public_id()
    after.highlight("oddsky-test", "2")
    until(lambda: "J002" in running.written)
    assert "from TOPCAT" in running.written.split("J002")[1]
    after.close()


def test_the_environment_is_not_told_to_other_programs(program, running):
    clients = program.client.get_subscribed_clients("client.env.get")
    names = {program.client.get_metadata(c)["samp.name"] for c in clients}
    assert "oddsky link" not in names


def test_leaving_unregisters(hub_server, running):
    running.stop()
    watcher = samp.SAMPIntegratedClient(name="watcher", addr="127.0.0.1")
    watcher.connect()
    names = {watcher.get_metadata(c).get("samp.name") for c in watcher.get_registered_clients()}
    watcher.disconnect()
    assert "oddsky link" not in names


def test_aladin_shows_the_surveys_images_once(private_samp, hub_server, monkeypatch, table):
    with socket.create_server(("127.0.0.1", 0)) as images:
        monkeypatch.setattr(aladin, "IMAGES", images.getsockname())
        program, running = Program("Aladin"), RunningLink(table)
        scripts = until(lambda: [p["script"] for m, p in program.heard if "get hips" in str(p)])
    assert scripts == ['get hips("CDS/P/SDSS9/color")']
    running.stop()
    program.close()


def test_where_the_network_is_closed_aladin_is_left_in_peace(
    private_samp, hub_server, monkeypatch, table
):
    monkeypatch.setattr(aladin, "IMAGES", ("127.0.0.1", free_port()))
    program, running = Program("Aladin"), RunningLink(table)
    until(lambda: "Aladin has" in running.written)
    time.sleep(0.2)
    assert not any("get hips" in str(params) for _, params in program.heard)
    running.stop()
    program.close()
