"""gzip on the way out, chunk by chunk, for clients that accept it."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from werkzeug.datastructures import Accept, Headers
from werkzeug.http import parse_accept_header

TYPES = ("text/", "application/x-votable+xml", "application/xhtml+xml", "application/json")
"""Beginnings of the media types that shrink; FITS, Parquet, Arrow and PNG are binary or packed."""

LEAST_BYTES = 512
LEVEL = 1
GZIP_BITS = 31
"""For zlib: the largest window, in the gzip format."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Compression:
    """Wrap a WSGI application.

    Parameters
    ----------
    app : callable
        It must give status and headers before the first chunk, as Flask does.
    """

    def __init__(self, app: WsgiApp):
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve a request."""
        accepted = parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING"), Accept)["gzip"] > 0
        compressor: list[Any] = []

        def start(status: str, items: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers = Headers(items)
            if _shrinks(status, headers):
                headers.add("Vary", "Accept-Encoding")
                if accepted:
                    compressor.append(_compressor(headers["Content-Type"]))
                    _mark(headers)
            return start_response(status, headers.to_wsgi_list(), exc_info)

        chunks = self._app(environ, start)
        if not compressor or environ["REQUEST_METHOD"] == "HEAD":
            return chunks
        return _Compressed(chunks, compressor[0])


class _Compressed:
    """Compressed chunks; closing them closes what they come from."""

    def __init__(self, chunks: Iterable[bytes], compressor: Any):
        self._chunks = chunks
        self._compressor = compressor

    def __iter__(self) -> Iterator[bytes]:
        first = True
        for chunk in self._chunks:
            data = self._compressor.compress(chunk)
            if first:
                # The first rows must not wait in the compressor for the next ones.
                data += self._compressor.flush(zlib.Z_SYNC_FLUSH)
                first = False
            if data:
                yield data
        yield self._compressor.flush()

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()


def _shrinks(status: str, headers: Headers) -> bool:
    return (
        status.startswith("200")
        and headers.get("Content-Type", "").startswith(TYPES)
        and "Content-Encoding" not in headers
        and int(headers.get("Content-Length", LEAST_BYTES)) >= LEAST_BYTES
    )


def _compressor(content_type: str) -> Any:
    # Base64 has nothing to repeat: its alphabet alone is as short, in a third of the time.
    is_base64 = "serialization=BINARY" in content_type
    strategy = zlib.Z_HUFFMAN_ONLY if is_base64 else zlib.Z_DEFAULT_STRATEGY
    return zlib.compressobj(LEVEL, wbits=GZIP_BITS, strategy=strategy)


def _mark(headers: Headers) -> None:
    headers["Content-Encoding"] = "gzip"
    headers.remove("Content-Length")
    tag = headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        headers["ETag"] = f"W/{tag}"  # equal in meaning, no longer in bytes
