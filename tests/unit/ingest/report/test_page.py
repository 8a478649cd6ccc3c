"""The report as a user opens it: from disk, whole, nothing from elsewhere."""

import hashlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree

from ingest.errors import IngestError
from ingest.report import write
from ingest.report.found import NothingToDrawError
from ingest.report.overlap import list_names

RUN = {
    "run_id": "r1",
    "version": "1",
    "libraries": {"numpy": "2"},
    "settings": {"seed": 5, "survey": "<mock & more>"},
    "input_digest": "abc",
}
VOID = {"meta", "img", "br", "link"}


class Page(HTMLParser):
    """Collects addresses, and tags that are not closed in their order."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.names: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.addresses += [values[k] for k in ("src", "href") if k in values]
        self.names += [values["id"]] if "id" in values else []
        if tag == "img" and not values.get("alt"):
            self.wrong.append("an image without words")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def report(found, folder: Path) -> Path:
    write.write_report(folder, found, RUN)
    return folder


@pytest.fixture(scope="module")
def folder(found, tmp_path_factory) -> Path:
    return report(found, tmp_path_factory.mktemp("page") / "report")


@pytest.fixture(scope="module")
def page(folder) -> Page:
    return Page((folder / "report.html").read_text())


def test_the_page_is_well_formed(folder, page):
    text = (folder / "report.html").read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert page.wrong == []
    assert page.open == []
    assert len(page.names) == len(set(page.names))
    parser = etree.HTMLParser(recover=False, huge_tree=True)
    # libxml2 knows the tags of HTML 4 alone.
    for tag in ("header", "nav", "main", "section", "figure", "figcaption"):
        text = text.replace(f"<{tag}", "<div").replace(f"</{tag}>", "</div>")
    etree.fromstring(text.split("\n", 1)[1], parser)


def test_everything_it_shows_lies_beside_it(folder, page):
    for address in page.addresses:
        if address.startswith("#"):
            assert address[1:] in page.names
        else:
            assert (folder / address).read_bytes().startswith(b"\x89PNG"), address
    pictures = {p.name for p in folder.iterdir()} - {"report.html"}
    assert pictures == {a for a in page.addresses if not a.startswith("#")}


def test_no_address_leads_outside(folder):
    text = (folder / "report.html").read_text()
    assert "//" not in text.replace("</", "")
    assert "url(" not in text


def test_every_figure_and_every_detector_is_there(folder, page, found):
    for name in write.DRAWN:
        assert f"{name}.png" in page.addresses
    for name in list_names(found):
        assert f"strangest-{name}" in page.names
    assert "could not be drawn" not in (folder / "report.html").read_text()


def test_settings_are_written_as_text(folder):
    assert "&lt;mock &amp; more&gt;" in (folder / "report.html").read_text()


def test_the_same_run_gives_the_same_files(found, folder, tmp_path):
    def digests(where: Path) -> dict:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in where.iterdir()}

    assert digests(report(found, tmp_path / "again")) == digests(folder)


def test_a_figure_that_fails_is_told_in_a_sentence_and_costs_no_other(found, tmp_path, monkeypatch):
    def empty(found):
        raise NothingToDrawError("no spectrum is on the map of nad")

    def broken(found):
        raise ZeroDivisionError("/secret/path")

    monkeypatch.setattr(write, "DRAWN", {"figure-3": empty, "figure-5": broken})
    text = (report(found, tmp_path) / "report.html").read_text()
    assert "“Alone on the map” is not drawn: no spectrum is on the map of nad." in text
    assert "“How much the lists overlap” could not be drawn (ZeroDivisionError)" in text
    assert "/secret/path" not in text
    assert "strangest-knn" in Page(text).names


def test_a_folder_that_cannot_be_written_is_an_error_of_one_sentence(found, tmp_path):
    (tmp_path / "report").write_text("")
    with pytest.raises(IngestError, match=r"^The report cannot be written: File exists\.$"):
        report(found, tmp_path / "report")
