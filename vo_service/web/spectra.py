"""Spectra by their obj_id: one as a file, many as a long table or an archive."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from vo_service.errors import UsageError
from vo_service.services.get_spectra import SpectraRequest, get_spectra, is_archive
from vo_service.services.get_spectrum import find_spectrum_format, get_spectrum
from vo_service.services.identity import obj_id_of
from vo_service.services.list_ids import (
    Chosen,
    choose_spectra,
    ids_in_json,
    ids_in_table,
    split_ids,
)
from vo_service.services.read_uploads import gather_uploads, parse_uploads, read_upload
from vo_service.services.spectrum_columns import check_frame
from vo_service.web.context import context, holding
from vo_service.web.http import conditional
from vo_service.web.params import Params
from vo_service.web.streaming import stream

blueprint = Blueprint("spectra", __name__, url_prefix="/spectra")

UPLOAD = "UPLOAD"
NAMED_IN_HEADER = 20
"""Unknown ids that a header names; the answer itself names more where its format can."""


@blueprint.get("/<obj_id>")
def spectrum(obj_id: str) -> Response:
    """Answer with one spectrum."""
    return conditional(lambda: _one(obj_id), strong=True)


@blueprint.route("", methods=["GET", "POST"])
def spectra() -> Response:
    """Answer with the spectrum that ID names, or with those of a list."""
    return conditional(_answer, strong=True)


def _answer() -> Response:
    params = Params()
    named = split_ids(params.texts("ID"))
    listed = _read_list(params)
    if listed is None:
        if not named:
            raise UsageError("ID is missing; give the obj_id of a spectrum, or a list of them.")
        if len(named) == 1 and not is_archive(params.text("RESPONSEFORMAT")):
            return _one(named[0])
    return _many(params, named + (listed or []))


def _one(obj_id: str) -> Response:
    params = Params()
    frame = check_frame(params.text("FRAME"))
    wanted, size = params.text("RESPONSEFORMAT", "FORMAT"), params.text("SIZE")
    form = find_spectrum_format(wanted, holding(), size)
    found = get_spectrum(holding(), context().settings, obj_id_of(obj_id), frame, form)
    response = Response(found.data, content_type=found.media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{found.file_name}"'
    return response


def _many(params: Params, ids: list[str]) -> Response:
    settings = context().settings
    frame = check_frame(params.text("FRAME"))
    chosen = choose_spectra(holding(), ids, settings.most_spectra)
    form = params.text("RESPONSEFORMAT", "FORMAT")
    asked = SpectraRequest(chosen, frame, form, params.text("FORMAT"), params.text("SIZE"))
    response = stream(get_spectra(asked, holding(), settings), f"spectra-{frame}", as_file=True)
    if chosen.unknown:
        response.headers["Oddsky-Unknown-Ids"] = _name_unknown(chosen)
    return response


def _name_unknown(chosen: Chosen) -> str:
    """Name ids that are not there, for formats that cannot; a header holds ASCII alone."""
    named = ", ".join(text[:40] for text in chosen.unknown[:NAMED_IN_HEADER])
    more = len(chosen.unknown) - NAMED_IN_HEADER
    text = f"{named}, and {more} more" if more > 0 else named
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)


def _read_list(params: Params) -> list[str] | None:
    """Return the ids of the body or of an upload; None when there is neither."""
    if params.given(UPLOAD) or UPLOAD in request.files:
        return _read_uploaded(params)
    readers: dict[str, Callable[[bytes], list[str]]] = {
        "application/json": ids_in_json,
        "text/plain": lambda body: split_ids([body.decode("utf-8", "replace")]),
    }
    read = readers.get(request.mimetype) if request.method == "POST" else None
    return read(request.get_data()) if read else None


def _read_uploaded(params: Params) -> list[str]:
    """Read a table that is named as TAP names it, or sent as the part UPLOAD itself."""
    settings = context().settings
    values = params.texts(UPLOAD) or [f"ids,param:{UPLOAD}"]
    uploads = gather_uploads(parse_uploads(values), params.files(), settings)
    tables = (read_upload(name, data, settings) for name, data in uploads.items())
    return [text for table in tables for text in ids_in_table(table)]
