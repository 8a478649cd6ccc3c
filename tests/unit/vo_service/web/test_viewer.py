"""What the viewer's page is made of, and what it refuses."""

from importlib.metadata import version
from importlib.resources import files

import pytest
from lxml import html

PAGE = {"Accept": "text/html,application/xhtml+xml"}
BOKEH = f"/viewer/bokeh-{version('bokeh')}"


@pytest.mark.parametrize("name", ["bokeh.min.js", "bokeh-api.min.js"])
def test_bokeh_comes_from_its_package_and_may_be_kept(client, name):
    answer = client.get(f"{BOKEH}/{name}")
    package = files("bokeh") / "server" / "static" / "js" / name
    assert answer.data == package.read_bytes()
    assert {"public", "immutable"} <= set(answer.headers["Cache-Control"].split(", "))


@pytest.mark.parametrize(
    "path", ["/viewer/bokeh-0/bokeh.min.js", f"{BOKEH}/compiler.js", f"{BOKEH}/..%2f__init__.py"]
)
def test_nothing_else_of_the_package_is_sent(client, path):
    assert client.get(path).status_code == 404


def test_the_page_runs_scripts_of_the_service_alone(client):
    answer = client.get("/viewer?ID=1", headers=PAGE)
    page = html.fromstring(answer.text)
    sources = page.xpath("//script/@src | //link/@href")
    assert all(s.startswith(("/static/", f"{BOKEH}/", "data:")) for s in sources)
    assert all(client.get(s).status_code == 200 for s in sources if s.startswith("/"))
    assert page.xpath("//script[not(@src)] | //@onclick | //@onload") == []
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_query_of_a_list_stands_in_the_page_as_text(client):
    query = """SELECT id FROM cat.stars WHERE kind <> '"><script>alert(1)</script>'"""
    page = html.fromstring(client.get("/viewer", query_string={"QUERY": query}).text)
    assert page.xpath("//div[@id='viewer']/@data-query") == [query]
    assert page.xpath("//script[contains(., 'alert')]") == []


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ("ID=abc", 404, "There is no object 'abc'"),
        ("ID=" + ",".join(map(str, range(1001))), 400, "give 1000 at most"),
        ("DETECTOR=nobody", 404, "There is no list by 'nobody'"),
        ("", 404, "ranks nothing"),
        ("TOP=x", 400, "TOP is 'x'"),
    ],
)
def test_what_cannot_be_shown_is_told(client, asked, status, sentence):
    answer = client.get(f"/viewer?{asked}", headers=PAGE)
    assert answer.status_code == status
    assert sentence in html.fromstring(answer.text).text_content()
