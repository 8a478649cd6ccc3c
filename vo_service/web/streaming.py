"""An answer as a stream: the first chunk is there before status 200 leaves."""

from collections.abc import Iterator

from flask import Response, request

from vo_service.services.run_query import Answer
from vo_service.web.context import context, take_holding
from vo_service.web.turns import TURNS
from vo_service.web.watch import WATCH

SHORT_BYTES = 300_000
"""An answer that is longer takes turns with others."""


def stream(answer: Answer, name: str, as_file: bool) -> Response:
    """Send an answer, and free its query and release when it ends or the client leaves.

    Parameters
    ----------
    answer : Answer
    name : str
        Of the file, without its ending.
    as_file : bool
        Whether browsers save it.
    """
    client = request.environ.get("gunicorn.socket")
    try:
        with WATCH.watching(client, answer.close), TURNS.beginning():
            first = next(answer.chunks, b"")
    except BaseException:
        answer.close()
        raise
    if client is not None:
        # A client that takes nothing more must not hold the query for ever.
        client.settimeout(context().settings.stall_seconds)
    held, holdings = take_holding(), context().holdings

    def finish() -> None:
        answer.close()
        holdings.leave(held)

    response = Response(_in_turns(first, answer.chunks), content_type=answer.media_type)
    response.call_on_close(finish)
    place = "attachment" if as_file else "inline"
    response.headers["Content-Disposition"] = f'{place}; filename="{name}.{answer.extension}"'
    return response


def _in_turns(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield all chunks; what is short goes out at once, what is long takes its turns."""
    yield first
    sent, begun = len(first), TURNS.begun
    while True:
        is_short = sent < SHORT_BYTES
        with TURNS.beginning() if is_short else TURNS.going_on(begun):
            chunk = next(chunks, None)
        if chunk is None:
            return
        sent += len(chunk)
        begun = TURNS.begun if is_short else begun
        yield chunk
