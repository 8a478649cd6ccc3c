"""SODA 1.0: cut-outs of spectra, at once; jobs are in `jobs.py`.

One cut-out has one answer: several values of ID or BAND are for jobs (SODA 1.0, section 3.1).
"""

from flask import Blueprint, Response

from vo_service.errors import ManyValuesError, UsageError
from vo_service.services.cut_out import CutoutRequest, cut_out, parse_band
from vo_service.services.get_spectrum import find_spectrum_format
from vo_service.services.spectrum_columns import check_frame
from vo_service.web import vosi
from vo_service.web.context import context, holding
from vo_service.web.http import conditional
from vo_service.web.params import Params

blueprint = Blueprint("soda", __name__, url_prefix="/soda")

blueprint.get("/capabilities")(vosi.capabilities)
blueprint.get("/availability")(vosi.availability)


@blueprint.route("/sync", methods=["GET", "POST"])
def sync() -> Response:
    """Answer with a part of a spectrum; 204 where it has nothing there."""
    return conditional(_answer)


def _answer() -> Response:
    found = cut_out(_read_request(Params()), holding(), context().settings)
    if found is None:
        nothing = Response(status=204)
        nothing.headers.pop("Content-Type")
        return nothing
    response = Response(found.data, content_type=found.media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{found.file_name}"'
    return response


def _read_request(params: Params) -> CutoutRequest:
    identifier, band = _single(params, "ID"), _single(params, "BAND")
    if identifier is None:
        raise UsageError("ID is missing; give the obj_id or the publisher DID of a spectrum.")
    return CutoutRequest(
        identifier,
        parse_band(band),
        check_frame(params.text("FRAME")),
        find_spectrum_format(params.text("RESPONSEFORMAT", "FORMAT"), holding()),
    )


def _single(params: Params, name: str) -> str | None:
    try:
        return params.text(name)
    except ManyValuesError as error:
        raise ManyValuesError(
            f"{name} is given several times; give it once, or run a job under /soda/async."
        ) from error
