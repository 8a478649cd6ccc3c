"""What the viewer's scripts read and write for SAMP, judged by Python's XML-RPC and astropy."""

import io
import xmlrpc.client
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from astropy.io.votable import from_table
from astropy.table import Table

from tests.support.browser import running_browser

pytestmark = pytest.mark.client

STRANGE = "a<b>&\"c' ]]> \u00e9 \U0001f30c\nnext"


@pytest.fixture(scope="module")
def run(service) -> Iterator[Callable]:
    """Run a function of a module on a page of the service; an error is returned as its text."""
    with running_browser(service) as browser, browser.visit("/") as watched:

        def running(module: str, expression: str, *given: object) -> object:
            code = f"""async (given) => {{
                const module = await import("/static/viewer/samp/{module}.js");
                try {{ return {expression}; }} catch (error) {{ return String(error); }}
            }}"""
            return watched.page.evaluate(code, list(given))

        yield running


def encode(table: Table, form: str = "tabledata") -> str:
    written = io.BytesIO()
    from_table(table).to_xml(written, tabledata_format=form)
    return written.getvalue().decode()


def read_objects(run: Callable, text: str) -> object:
    return run("votable", "module.readObjects(given[0])", text)


def test_a_call_is_read_by_python_as_it_was_meant(run):
    params = ["key", {"a": STRANGE, "b": ["1", ["2"], {}], "c": {"d": ""}}, []]
    written = run("xmlrpc", "module.encodeCall('samp.webhub.notifyAll', given)", *params)
    read, method = xmlrpc.client.loads(written)
    assert (list(read), method) == (params, "samp.webhub.notifyAll")


def test_what_xml_cannot_hold_is_left_out(run):
    written = run("xmlrpc", "module.encodeCall('m', given)", "a\u0000b\u0008c\ufffed")
    assert xmlrpc.client.loads(written)[0] == ("abcd",)


def test_an_answer_of_python_is_read_as_it_was_meant(run):
    answer = [{"samp.methodName": "receiveCall", "samp.params": ["c1", STRANGE, {"x": []}]}, [], ""]
    written = xmlrpc.client.dumps((answer,), methodresponse=True)
    assert run("xmlrpc", "module.decodeAnswer(given[0])", written) == answer


def test_all_scalars_are_texts(run):
    written = xmlrpc.client.dumps(([7, True, 0.5],), methodresponse=True)
    assert run("xmlrpc", "module.decodeAnswer(given[0])", written) == ["7", "1", "0.5"]
    plain = (
        "<methodResponse><params><param><value> as it is </value></param></params></methodResponse>"
    )
    assert run("xmlrpc", "module.decodeAnswer(given[0])", plain) == " as it is "


def test_a_fault_is_an_error_with_the_hubs_words(run):
    written = xmlrpc.client.dumps(xmlrpc.client.Fault(5, "Private-key <k> expired"))
    told = run("xmlrpc", "module.decodeAnswer(given[0])", written)
    assert told == "Error: Private-key <k> expired"


@pytest.mark.parametrize(
    "text", ["", "no XML", "<html><value>x</value></html>", "<methodResponse/>"]
)
def test_what_is_no_answer_is_told(run, text):
    assert "no XML-RPC" in run("xmlrpc", "module.decodeAnswer(given[0])", text)


def test_messages_are_taken_from_among_what_is_none(run):
    good = {"samp.mtype": "samp.app.ping", "samp.params": {"a": "b"}}
    method = "samp.webclient.receive"
    callbacks = [
        "text",
        {},
        {"samp.methodName": f"{method}Call", "samp.params": "c1"},
        {"samp.methodName": f"{method}Notification", "samp.params": ["c1"]},
        {"samp.methodName": f"{method}Notification", "samp.params": ["c1", {"samp.mtype": ["a"]}]},
        {"samp.methodName": f"{method}Response", "samp.params": ["c1", "tag", {}]},
        {"samp.methodName": f"{method}Notification", "samp.params": ["own", good]},
        {"samp.methodName": f"{method}Notification", "samp.params": ["c1", good]},
        {"samp.methodName": f"{method}Call", "samp.params": ["c2", "m1", good]},
    ]
    registration = {"samp.private-key": "k", "samp.self-id": "own", "samp.hub-id": "hub"}
    answers = [registration, "", "", "", "no list", callbacks]
    written = [xmlrpc.client.dumps((answer,), methodresponse=True) for answer in answers]
    written.insert(5, "<html>no XML-RPC</html>")
    expression = """await (async () => {
        const { fetch } = window, hub = new module.Hub(), heard = [];
        window.fetch = async () => new Response(given.shift() ?? "");
        hub.addEventListener("message", ({ detail }) => heard.push(detail));
        hub.addEventListener("unreadable", () => heard.push("unreadable"));
        await hub.join({ "samp.name": "test" }, [], null);
        while (given.length || heard.length < 8) await new Promise((done) => setTimeout(done, 20));
        hub.isOpen = false;
        window.fetch = fetch;
        return heard;
    })()"""
    heard = run("hub", expression, *written)
    message = {"mtype": "samp.app.ping", "params": {"a": "b"}}
    taken = [{"sender": "c1", "id": None, **message}, {"sender": "c2", "id": "m1", **message}]
    assert heard[:8] == ["unreadable"] * 6 + taken


def test_identifiers_are_read_to_the_last_digit(run):
    ids = np.array([2**63 - 1, 2**53 + 1, 0, 7])
    table = Table({"name": ["a", "<&>", "", "d"], "obj_id": ids, "z": [0.1, 0.2, 0.3, 0.4]})
    table["name"].info.meta = {"ucd": "meta.title;meta.main"}
    read = read_objects(run, encode(table))
    assert read == {"ids": [str(i) for i in ids], "labels": ["a", "<&>", "", "d"]}


def test_a_column_is_found_by_what_it_is_when_it_has_another_name(run):
    table = Table({"z": [1.5], "star": [2**60 + 1]})
    table["star"].info.meta = {"ucd": "meta.id;meta.main"}
    assert read_objects(run, encode(table))["ids"] == [str(2**60 + 1)]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("<TABLEDATA>", "<TABLEDATA><!-- <TR><TD>0</TD></TR> -->"),
        lambda text: text.replace("<TD>a</TD>", "<TD><![CDATA[a</TD>]]></TD>"),
        lambda text: text.replace("<TR>", "<TR ID='r'>").replace("<TD>", "<TD >"),
        lambda text: text.replace("<TD>5</TD>", "<TD>\n 5 </TD>").replace("><", ">\n<"),
    ],
    ids=["comment", "cdata", "attributes", "space"],
)
def test_rows_are_read_however_they_are_written(run, change):
    text = change(encode(Table({"name": ["a", "b"], "obj_id": [5, 6]})))
    assert read_objects(run, text)["ids"] == ["5", "6"]


def test_prefixes_and_missing_cells_are_read(run):
    text = """<v:VOTABLE xmlns:v="http://www.ivoa.net/xml/VOTable/v1.3"><v:RESOURCE><v:TABLE>
        <v:FIELD name="x" datatype="char"/><v:FIELD name="OBJ_ID" datatype="long"/><v:DATA>
        <v:TABLEDATA><v:TR><v:TD/><v:TD>3</v:TD></v:TR><v:TR><v:TD>q</v:TD><v:TD/></v:TR>
        <v:TR><v:TD>q</v:TD></v:TR></v:TABLEDATA></v:DATA></v:TABLE></v:RESOURCE></v:VOTABLE>"""
    assert read_objects(run, text)["ids"] == ["3", "", ""]


def test_a_table_without_rows_is_one(run):
    text = encode(Table({"obj_id": np.array([1])})[:0])
    assert read_objects(run, text) == {"ids": [], "labels": []}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("obj_id\n1\n", "it is no VOTable"),
        ("<html><body/></html>", "it is no VOTable"),
        (encode(Table({"name": ["a"]})), "no column obj_id"),
        (encode(Table({"obj_id": [1]}), "binary2"), "not written as TABLEDATA"),
    ],
    ids=["text", "page", "others", "binary"],
)
def test_what_cannot_be_read_is_told(run, text, sentence):
    assert sentence in read_objects(run, text)


def test_the_rows_of_a_survey_are_read_at_once(run, capsys):
    text = encode(Table({"obj_id": [1], "name": ["J"]}))
    expression = """(() => {
        const [start, end] = [given[0].indexOf("<TR>"), given[0].indexOf("</TABLEDATA>")];
        const cells = "<TD>0.1234</TD>".repeat(6);
        const row = (_, i) => `<TR>\\n<TD>${2n ** 62n + BigInt(i)}</TD><TD>J</TD>${cells}</TR>\\n`;
        const rows = Array.from({ length: 150000 }, row).join("");
        const text = given[0].slice(0, start) + rows + given[0].slice(end);
        const started = performance.now(), { ids } = module.readObjects(text);
        return [text.length, performance.now() - started, ids.length, ids.at(-1)];
    })()"""
    size, took, count, last = run("votable", expression, text)
    with capsys.disabled():
        print(f"\nviewer: {count} rows of {size / 1e6:.0f} MB read in {took:.0f} ms")
    assert (count, last) == (150_000, str(2**62 + 149_999))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://odd.example/survey/spectra/12", "12"),
        ("http://odd.example/survey/spectra/12?FRAME=rest", "12"),
        ("http://localhost:{port}/spectra/12", "12"),
        ("http://127.0.0.1:{port}/spectra/12", "12"),
        ("http://odd.example/spectra/12", None),
        ("http://127.0.0.1:1/spectra/12", None),
        ("http://127.0.0.1:{port}/spectra/12x", None),
        ("http://127.0.0.1:{port}/objects/12", None),
        ("spectra/12", None),
    ],
)
def test_a_spectrum_of_the_service_is_known_by_its_address(run, service, address, expected):
    address = address.format(port=service.rpartition(":")[2])
    expression = "new module.Addresses('/', 'http://odd.example/survey').spectrum(given[0])"
    assert run("addresses", expression, address) == expected
