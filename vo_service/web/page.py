"""Pages that run scripts: of this service alone, and none that stands in the page itself."""

from flask import Response, render_template

from vo_service.services.sky_links import PICTURE_HOST

POLICY = (
    f"default-src 'self'; img-src 'self' data: https://{PICTURE_HOST}; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'"
)
"""Content Security Policy, level 3. BokehJS writes style elements of its own."""


def show_page(template: str, reaching: str = "", **values: object) -> Response:
    """Answer with a page that loads nothing from elsewhere unless its reader asks for it.

    Parameters
    ----------
    template : str
    reaching : str
        Origins beside the service that its scripts may ask.
    **values
        What the template is filled with.
    """
    response = Response(render_template(template, **values))
    response.headers["Content-Security-Policy"] = f"{POLICY}; connect-src 'self' {reaching}".strip()
    return response
