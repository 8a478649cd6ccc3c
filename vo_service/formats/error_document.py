"""A VOTable that says what went wrong (DALI 1.1, section 4.2)."""

from vo_service.formats.result import Info
from vo_service.formats.votable import HEAD, TAIL, info_element

MEDIA_TYPE = "application/x-votable+xml"


def error_document(message: str) -> bytes:
    """Write the error document of DALI services."""
    info = info_element(Info("QUERY_STATUS", "ERROR", message))
    return f'{HEAD}<RESOURCE type="results">\n{info}</RESOURCE>\n{TAIL}'.encode()


def cone_error_document(message: str) -> bytes:
    """Write the error document of Simple Cone Search 1.03 (section 2.3)."""
    info = info_element(Info("Error", message))
    return f'{HEAD}<RESOURCE type="results">\n{info}</RESOURCE>\n{TAIL}'.encode()
