"""Spectra by their obj_id."""

from flask import Blueprint, Response, request

from vo_service.errors import NotFoundError, UsageError
from vo_service.services.get_spectrum import get_spectrum
from vo_service.web.context import holding
from vo_service.web.params import Params

blueprint = Blueprint("spectra", __name__, url_prefix="/spectra")


@blueprint.get("")
def spectrum_by_parameter() -> Response:
    """Answer with the spectrum that ID names, as service descriptors ask for it."""
    obj_id = Params().text("ID")
    if obj_id is None:
        raise UsageError("ID is missing; give the obj_id of a spectrum.")
    return _answer(obj_id)


@blueprint.get("/<obj_id>")
def spectrum(obj_id: str) -> Response:
    """Answer with one spectrum."""
    return _answer(obj_id)


def _answer(obj_id: str) -> Response:
    if not obj_id.isdigit() or len(obj_id) > 19:
        raise NotFoundError(f"There is no spectrum '{obj_id[:40]}'; an obj_id is a whole number.")
    params = Params()
    frame = (params.text("FRAME") or "observed").lower()
    found = get_spectrum(holding(), int(obj_id), frame, params.text("RESPONSEFORMAT", "FORMAT"))
    response = Response(found.data, content_type=found.media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{found.file_name}"'
    response.add_etag()
    response.make_conditional(request)
    return response
