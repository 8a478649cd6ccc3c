"""The documentation does what it says: code runs, queries answer, links lead somewhere."""

import re
import shlex
import urllib.parse
import urllib.request
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
import pyvo

from ingest.settings import IngestSettings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), ROOT / "deployment" / "README.md"]
WRITTEN_URL = "http://localhost:8080"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list:
    """Return the code blocks of a language, a parameter for each."""
    return [
        pytest.param(match[2], id=f"{page.name}-{number}")
        for page in PAGES
        for number, match in enumerate(BLOCK.finditer(page.read_text()))
        if match[1] == language
    ]


@pytest.mark.parametrize("query", blocks("sql"))
def test_queries_answer(query: str, service: str):
    pyvo.dal.TAPService(f"{service}/tap").search(query)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_runs_from_top_to_bottom(page: Path, service: str):
    code = [match[2] for match in BLOCK.finditer(page.read_text()) if match[1] == "python"]
    exec("\n".join(code).replace(WRITTEN_URL, service), {})


@pytest.mark.parametrize("lines", blocks("sh"))
def test_commands_and_their_options_exist(lines: str):
    for line in lines.splitlines():
        name, *words = shlex.split(line)
        if name == "make":
            assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), line
        if name == "oddsky":
            (command,) = entry_points(group="oddsky.commands", name=words[0])
            named = command.load()
            if isinstance(named, click.Group):
                named = named.commands[words[1]]
            options = {o for p in named.params for o in p.opts}
            assert {w for w in words if w.startswith("--")} <= options, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_setting_is_described_with_its_default():
    page = (ROOT / "docs" / "ingest.md").read_text()
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    described = {
        name.strip(" `"): default.strip(" `")
        for _, names, defaults, *_ in rows
        for name, default in zip(names.split(","), defaults.split(","), strict=True)
    }
    written = {k: str(v) for k, v in IngestSettings().as_dict().items()} | {"regions": "all"}
    assert described == written


def test_a_wrong_query_is_told_as_written(service: str):
    query = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": "SELECT nad_rnak FROM oddsky.objects"})
    with pytest.raises(urllib.request.HTTPError) as refused:
        urllib.request.urlopen(f"{service}/tap/sync?{query}")
    said = refused.value.read().decode()
    (written,) = re.findall(r"```\n(There is no .*)\n```", (ROOT / "docs/query.md").read_text())
    assert written in said


def test_help_of_every_command_has_an_example():
    for point in entry_points(group="oddsky.commands"):
        command = point.load()
        assert "Example" in command.get_help(click.Context(command)), point.name
