"""What HTTP promises at every address: HEAD, preflights, tags."""

import pytest

from tests.support.engine import STARS, star_rows
from vo_service.query.duck import DuckEngine
from vo_service.release import release as releases
from vo_service.release.part import PartWriter

SYNC = "/tap/sync?LANG=ADQL&QUERY="
STARS_QUERY = f"{SYNC}SELECT+id+FROM+cat.stars"
PATHS = [
    "/",
    "/tap/capabilities",
    "/tap/availability",
    "/tap/tables",
    "/tap/tables/cat.stars",
    "/tap/examples",
    "/objects/1",
    "/objects/1?RESPONSEFORMAT=json",
    "/viewer?ID=1",
    "/viewer/guide",
    STARS_QUERY,
    f"{STARS_QUERY}&FORMAT=csv",
    "/cone/cat.stars?RA=10&DEC=10&SR=5",
    "/static/oddsky.css",
]
TAGGED = [p for p in PATHS if p not in ("/tap/availability", "/static/oddsky.css")]


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """Return the list of the statements that the engine is asked to run."""
    seen: list[str] = []
    real = DuckEngine.open

    def recording(self, statement, *rest):
        seen.append(statement.sql)
        return real(self, statement, *rest)

    monkeypatch.setattr(DuckEngine, "open", recording)
    return seen


@pytest.mark.parametrize("path", PATHS)
def test_head_has_the_headers_of_get_and_no_body(client, path):
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.data) == (200, b"")
    assert get.data
    for name in ("Content-Type", "ETag", "Content-Disposition"):
        assert head.headers.get(name) == get.headers.get(name), name


def test_head_does_not_run_the_query(client):
    """This one counts 500**4 pairs: it would end with status 408 at best."""
    sources = ",".join(f"cat.stars+AS+{a}" for a in "abcd")
    endless = f"{SYNC}SELECT+SUM(a.mag*b.mag*c.mag*d.mag)+FROM+{sources}"
    assert client.head(endless).status_code == 200


def test_head_tells_of_errors(client):
    assert client.head(f"{SYNC}SELECT+nothing+FROM+cat.stars").status_code == 400
    assert client.head("/tap/tables/no.such").status_code == 404
    assert client.head(f"{STARS_QUERY}&MAXREC=x").status_code == 400


@pytest.mark.parametrize("path", TAGGED)
def test_what_a_client_has_is_not_sent_again(client, statements, path):
    tag = client.get(path).headers["ETag"]
    assert tag.startswith('W/"')
    statements.clear()
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert statements == []
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_tags_differ_with_the_request_and_the_release(client, app, tmp_path):
    tags = {
        client.get(path).headers["ETag"]
        for path in (*TAGGED, f"{STARS_QUERY}&MAXREC=3", f"{STARS_QUERY}+WHERE+id+>+3")
    }
    assert len(tags) == len(TAGGED) + 2
    same = f"{SYNC.replace('LANG', 'lang')}SELECT+id+FROM+cat.stars"
    assert client.get(same).headers["ETag"] in tags, "names of parameters have no case"
    root = tmp_path / "root"
    with PartWriter(root / "work" / "q") as writer:
        writer.write_table(STARS, star_rows().slice(0, 7))
        writer.finish("publish", "q", {})
    releases.adopt_part(root, root / "work" / "q", "q")
    releases.publish(root, ["q"])
    assert not {client.get(path).headers["ETag"] for path in TAGGED} & tags


@pytest.mark.parametrize(
    "path",
    [
        f"{SYNC}SELECT+RAND()+FROM+cat.stars",
        f"{SYNC}SELECT+id+FROM+cat.stars&UPLOAD=t,http://example.org/t.vot",
        f"{SYNC}SELECT+nothing+FROM+cat.stars",
        "/tap/availability",
    ],
)
def test_what_may_change_has_no_tag(client, path):
    assert "ETag" not in client.get(path).headers


def test_posts_have_no_tag(client):
    answer = client.post("/tap/sync", data={"LANG": "ADQL", "QUERY": "SELECT id FROM cat.stars"})
    assert answer.status_code == 200
    assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    ("path", "method"),
    [("/tap/sync", "GET"), ("/tap/sync", "POST"), ("/tap/tables", "GET"), ("/cone", "POST")],
)
def test_preflights_are_answered(client, path, method):
    asked = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, x-requested-with",
    }
    answer = client.options(path, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert {"content-type", "x-requested-with"} <= set(allowed.split(", "))


@pytest.mark.parametrize("path", [STARS_QUERY, "/tap/sync", "/nowhere", "/tap/tables"])
def test_pages_of_other_sites_may_read_answers_and_errors(client, path):
    answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Disposition" in answer.headers["Access-Control-Expose-Headers"]


def test_availability_says_when_there_is_nothing_to_serve(client, tmp_path):
    assert b"<vosi:available>true<" in client.get("/tap/availability").data
    (tmp_path / "root" / "current").unlink()
    answer = client.get("/tap/availability")
    assert answer.status_code == 200
    assert b"<vosi:available>false<" in answer.data
    assert b"holds no release" in answer.data
    assert str(tmp_path).encode() not in answer.data
