"""Programs that are broken or mean: the link logs a line, and goes on."""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from pyvo import samp

from tests.support.samp import HIGHLIGHT, LOAD, SELECT, Program, until
from tests.unit.sampclient.conftest import N, RunningLink

FLOOD = 10_000


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Collect the lines of the log."""
    written: list[str] = []
    handler = logging.Handler(logging.INFO)
    handler.emit = lambda record: written.append(record.getMessage())
    logger = logging.getLogger("oddsky.link")
    for gate in logger.filters:
        gate._kinds.clear()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)


def is_alive(program: Program, running: RunningLink) -> bool:
    """Return whether a click still gets through, to the terminal and to viewers."""
    row = str((int(running.link.clicked.row if running.link.clicked else 0) + 1) % N)
    program.highlight("oddsky-test", row)
    until(lambda: running.clicked == 2**62 + int(row))
    return bool(until(lambda: program.spectra()[-1:] == [f"http://odd.example/spectra/{row}"]))


BAD = [
    (HIGHLIGHT, {}),
    (HIGHLIGHT, {"table-id": "oddsky-test"}),
    (HIGHLIGHT, {"table-id": "oddsky-test", "row": "-1"}),
    (HIGHLIGHT, {"table-id": "oddsky-test", "row": "1e9"}),
    (HIGHLIGHT, {"table-id": "oddsky-test", "row": "9" * 100_000}),
    (HIGHLIGHT, {"table-id": "oddsky-test", "row": 5}),
    (HIGHLIGHT, {"table-id": "oddsky-test", "row": ["5"]}),
    (HIGHLIGHT, {"table-id": {"a": ["b"]}, "row": "5"}),
    (HIGHLIGHT, {"table-id": "x" * 1_000_000, "row": "5"}),
    (HIGHLIGHT, {"table-id": "\u202e\u009b31m", "row": "5"}),
    (HIGHLIGHT, ["oddsky-test", "5"]),
    (HIGHLIGHT, "row"),
    (SELECT, {"table-id": "oddsky-test", "row-list": "123"}),
    (SELECT, {"table-id": "oddsky-test", "row-list": [1, 2]}),
    (SELECT, {"table-id": "oddsky-test", "row-list": ["1", ["2"]]}),
    (SELECT, {"table-id": "oddsky-test", "row-list": {"0": "1"}}),
    ("samp.hub.event.unregister", {"id": "cli#1"}),
    ("samp.hub.event.shutdown", {}),
    ("samp.hub.event.subscriptions", {"id": {"a": "b"}, "subscriptions": "all"}),
]


@pytest.mark.parametrize(("mtype", "params"), BAD, ids=lambda value: repr(value)[:40])
def test_nonsense_is_a_line_in_the_log(mtype, params, program, running, lines):
    program.client.notify_all({"samp.mtype": mtype, "samp.params": params})
    until(lambda: lines)
    assert all(len(line) < 500 and line.isprintable() for line in lines)
    assert running.clicked is None
    assert running.link.selected is None
    assert is_alive(program, running)


def test_nonsense_that_asks_for_an_answer_is_told_what_is_wrong(program, running):
    link_id = until(lambda: find(program, "oddsky link"))
    params = {"table-id": "oddsky-test", "row": "40"}
    message = {"samp.mtype": HIGHLIGHT, "samp.params": params}
    answer = program.client.call_and_wait(link_id, message, "5")
    assert answer["samp.status"] == "samp.error"
    assert "outside the table's 40 rows" in answer["samp.error"]["samp.errortxt"]


def test_a_message_without_parameters_is_left(program, running):
    program.client.notify_all({"samp.mtype": HIGHLIGHT})
    assert is_alive(program, running)


def test_a_list_of_a_million_rows_is_read_or_refused_whole(program, running, lines):
    rows = [str(i % N) for i in range(1_000_000)]
    hear = running.link.hub._on_notification  # a real hub takes seconds for such a list
    hear("", "cli#9", SELECT, {"table-id": "oddsky-test", "row-list": rows}, {})
    until(lambda: running.link.selected is not None)
    assert running.link.selected.rows.tolist() == list(range(N))
    hear("", "cli#9", SELECT, {"table-id": "oddsky-test", "row-list": [*rows, str(N)]}, {})
    until(lambda: any(f"row {N} is outside" in line for line in lines))
    assert is_alive(program, running)


def test_a_long_list_through_the_hub_is_read(program, running):
    rows = [str(i % N) for i in range(50_000)]
    program.send(SELECT, **{"table-id": "oddsky-test", "row-list": rows})
    until(lambda: running.link.selected is not None)
    assert running.link.selected.rows.size == N


def test_a_flood_is_a_few_lines_and_pushes_no_click_out(program, running, lines):
    """Threads of the link hear what a hub would bring; a real hub takes a minute for so many."""
    hear = running.link.hub._on_notification
    clicked = [2**62 + int(row) for row in ("7", "8", "9")]

    def flood(kind: int) -> None:
        for i in range(FLOOD // 5):
            table = "oddsky-test" if kind else f"foreign-{i}"
            hear("", f"mean{kind}", HIGHLIGHT, {"table-id": table, "row": str(-1 - i)}, {})

    threads = [threading.Thread(target=flood, args=(kind,)) for kind in range(5)]
    for thread in threads:
        thread.start()
    for obj_id in clicked:
        program.highlight("oddsky-test", str(obj_id - 2**62))
        until(lambda obj_id=obj_id: running.clicked == obj_id, 20)
    for thread in threads:
        thread.join()
    assert 1 <= len(lines) <= 20
    assert is_alive(program, running)


def test_a_flood_through_the_hub_leaves_it_usable(program, running, lines):
    for i in range(300):
        program.client.notify_all(
            {"samp.mtype": HIGHLIGHT, "samp.params": {"table-id": f"foreign-{i}", "row": "1"}}
        )
    assert is_alive(program, running)
    assert len(lines) <= 20


def test_a_program_that_answers_nonsense_is_left(hub_server, running):
    liar = Liar("topcat")
    until(lambda: liar.asked > 1)
    liar.close()
    honest = Program("topcat")
    until(lambda: "oddsky-test" in honest.tables)
    assert is_alive(honest, running)
    honest.close()


def test_names_are_made_fit_to_print(hub_server, running):
    program = Program("a\u202eb" * 100)
    program.highlight("oddsky-test", "3")
    until(lambda: "J003" in running.written)
    assert "\u202e" not in running.written
    assert len(max(running.written.splitlines(), key=len)) < 200
    program.close()


def test_metadata_that_is_no_map_is_no_name(hub_server, running):
    odd = samp.SAMPIntegratedClient(name="odd", addr="127.0.0.1")
    odd.connect()
    for about in (["samp.name"], {"samp.name": {"a": "b"}}, {"oddsky.link.since": ["x"]}):
        odd.client.hub.declare_metadata(odd.get_private_key(), about)
        odd.notify_all({"samp.mtype": HIGHLIGHT, "samp.params": {"table-id": "t", "row": "1"}})
    program = Program("topcat")
    until(lambda: "oddsky-test" in program.tables)
    program.close()
    odd.disconnect()


def test_a_program_that_hangs_keeps_nothing_from_ending(private_samp, table):
    """A hub of our own waits for nobody: neither with a click, nor at the end."""
    running = RunningLink(table)
    with hanging_program(running) as name:
        program = Program("topcat")
        assert is_alive(program, running), name
        program.close()
        began = time.monotonic()
        running.stop()
        took = time.monotonic() - began
    assert not os.path.exists(private_samp)  # noqa: PTH110
    assert took < 10  # pyvo's hub would wait for ever
    assert all(t.daemon for t in threading.enumerate() if "Thread-" in t.name and t.is_alive())


def test_a_program_that_leaves_while_it_is_asked_is_left(hub_server, running):
    for _ in range(3):
        silent = Silent("topcat")
        until(lambda silent=silent: silent.asked)
        silent.close()
    program = Program("topcat")
    until(lambda: "oddsky-test" in program.tables, 20)
    assert is_alive(program, running)
    program.close()


@pytest.mark.parametrize("text", ["", "nonsense", "a=b=c\n", "samp.hub.xmlrpc.url=http://[\n"])
def test_a_lock_file_that_is_garbled_is_told_or_replaced(private_samp, table, text):
    with open(private_samp, "w") as lock:  # noqa: PTH123
        lock.write(text)
    try:
        running = RunningLink(table)
    except Exception as error:
        assert type(error).__name__ == "HubError"
        assert "lock file" in str(error)
        return
    running.stop()


class Liar(Program):
    """Answers what makes no sense."""

    ANSWERS = (
        {"samp.status": ["samp.ok"], "samp.result": "x"},
        {"samp.status": "samp.error", "samp.error": "x"},
        {"samp.status": "samp.ok", "samp.result": ["x"]},
        {"status": "ok"},
    )

    def __init__(self, name: str):
        self.asked = 0
        super().__init__(name)

    def _answer(self, mtype: str, params: dict) -> dict:
        self.asked += 1
        return self.ANSWERS[self.asked % len(self.ANSWERS)]


class Silent(Program):
    """Never answers."""

    def __init__(self, name: str):
        self.asked = 0
        super().__init__(name)

    def _on_call(self, *_: object) -> None:
        self.asked += 1


class hanging_program:  # noqa: N801  used as a function
    """A program that takes connections and never reads from them."""

    def __init__(self, running: RunningLink):
        self._hub = running.link.hub._own

    def __enter__(self) -> str:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(50)
        told = self._hub._register(self._hub._hub_secret)
        key = told["samp.private-key"]
        address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._hub._set_xmlrpc_callback(key, address)
        self._hub._declare_subscriptions(
            key, {LOAD: {}, HIGHLIGHT: {}, "samp.hub.event.shutdown": {}}
        )
        return told["samp.self-id"]

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def find(program: Program, name: str) -> str | None:
    """Return a program's identifier."""
    client = program.client
    ids = client.get_registered_clients()
    return next((i for i in ids if client.get_metadata(i).get("samp.name") == name), None)
