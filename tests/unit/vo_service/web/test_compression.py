"""gzip on the way out: the bytes are judged by Python's own gzip."""

import gzip
import zlib

import pytest

from vo_service.web.compression import Compression

STARS = "/tap/sync?LANG=ADQL&QUERY=SELECT+*+FROM+cat.stars"
GZIP = {"Accept-Encoding": "gzip, deflate"}


@pytest.mark.parametrize(
    "path",
    [
        STARS,
        f"{STARS}&FORMAT=votable/td",
        f"{STARS}&FORMAT=csv",
        "/tap/tables",
        "/",
        "/static/oddsky.css",
    ],
)
def test_compressed_answers_are_the_plain_ones(client, path):
    plain, packed = client.get(path), client.get(path, headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in packed.headers
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < 0.8 * len(plain.data)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept-Encoding": "identity"},
        {"Accept-Encoding": "gzip;q=0"},
        {"Accept-Encoding": "br"},
    ],
)
def test_nobody_gets_gzip_unasked(client, headers):
    answer = client.get(STARS, headers=headers)
    assert "Content-Encoding" not in answer.headers


def test_a_wildcard_asks_too(client):
    assert client.get(STARS, headers={"Accept-Encoding": "*"}).headers["Content-Encoding"] == "gzip"


def test_head_and_not_modified_have_no_body(client):
    head = client.head(STARS, headers=GZIP)
    assert (head.status_code, head.data) == (200, b"")
    again = client.get(STARS, headers=GZIP | {"If-None-Match": head.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Encoding" not in again.headers


def run(content_type: str, chunks, **headers: str) -> tuple[dict, list[bytes]]:
    """Pass chunks through; return the headers and what came out, chunk by chunk."""
    told: dict = {}

    def app(_environ, start_response):
        start_response("200 OK", [("Content-Type", content_type), *headers.items()])
        return chunks

    environ = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "gzip"}
    out = Compression(app)(environ, lambda _status, items, _exc: told.update(items))
    return told, out


@pytest.mark.parametrize(
    "content_type",
    [
        "application/fits",
        "application/vnd.apache.parquet",
        "application/vnd.apache.arrow.stream",
        "image/png",
    ],
)
def test_what_does_not_shrink_is_left_alone(content_type):
    told, out = run(content_type, [b"x" * 10_000])
    assert list(out) == [b"x" * 10_000]
    assert "Content-Encoding" not in told
    assert "Vary" not in told


def test_short_answers_and_packed_ones_are_left_alone():
    assert "Content-Encoding" not in run("text/xml", [b"x" * 20], **{"Content-Length": "20"})[0]
    assert run("text/csv", [b"x"], **{"Content-Encoding": "br"})[0]["Content-Encoding"] == "br"


def test_a_strong_tag_becomes_a_weak_one():
    assert run("text/xml", [b"x"], ETag='"abc"')[0]["ETag"] == 'W/"abc"'
    assert run("text/xml", [b"x"], ETag='W/"abc"')[0]["ETag"] == 'W/"abc"'


def test_the_first_rows_do_not_wait_for_the_last():
    def rows():
        yield b"first,row\n"
        raise AssertionError("asked for more before the first rows left")

    _, out = run("text/csv", rows())
    assert zlib.decompressobj(31).decompress(next(iter(out))) == b"first,row\n"


def test_a_client_that_leaves_frees_the_query():
    closed = []

    class Rows:
        def __iter__(self):
            yield b"row\n"

        def close(self):
            closed.append(True)

    _, out = run("text/csv", Rows())
    next(iter(out))
    out.close()
    assert closed == [True]
