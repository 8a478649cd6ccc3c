"""Spectra by their obj_id."""

from flask import Blueprint, Response

from vo_service.errors import UsageError
from vo_service.services.get_spectrum import find_spectrum_format, get_spectrum
from vo_service.services.identity import obj_id_of
from vo_service.services.spectrum_columns import check_frame
from vo_service.web.context import context, holding
from vo_service.web.http import conditional
from vo_service.web.params import Params

blueprint = Blueprint("spectra", __name__, url_prefix="/spectra")


@blueprint.get("")
def spectrum_by_parameter() -> Response:
    """Answer with the spectrum that ID names, as service descriptors ask for it."""
    obj_id = Params().text("ID")
    if obj_id is None:
        raise UsageError("ID is missing; give the obj_id of a spectrum.")
    return conditional(lambda: _answer(obj_id), strong=True)


@blueprint.get("/<obj_id>")
def spectrum(obj_id: str) -> Response:
    """Answer with one spectrum."""
    return conditional(lambda: _answer(obj_id), strong=True)


def _answer(obj_id: str) -> Response:
    params = Params()
    frame = check_frame(params.text("FRAME"))
    form = find_spectrum_format(params.text("RESPONSEFORMAT", "FORMAT"))
    found = get_spectrum(holding(), context().settings, obj_id_of(obj_id), frame, form)
    response = Response(found.data, content_type=found.media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{found.file_name}"'
    return response
