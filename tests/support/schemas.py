"""The schemas of the IVOA, as STILTS carries them: documents are judged offline.

Nothing is copied into the repository; the references between the schemas are led to one another's
files in a temporary folder.
"""

import re
import zipfile
from pathlib import Path

from lxml import etree

from tests.support.shared import missing

JARS = Path("/usr/share/java")
FOLDERS = {
    "starlink-ttools.jar": "uk/ac/starlink/ttools/taplint/",
    "starlink-util.jar": "uk/ac/starlink/util/text/",
}
FILES = {
    "http://www.ivoa.net/xml/VOTable/v1.3": "VOTable1.4.xsd",
    "http://www.ivoa.net/xml/VOSICapabilities/v1.0": "VOSICapabilities-v1.0.xsd",
    "http://www.ivoa.net/xml/VOSIAvailability/v1.0": "VOSIAvailability-v1.0.xsd",
    "http://www.ivoa.net/xml/VOSITables/v1.0": "VOSITables-v1.1.xsd",
    "http://www.ivoa.net/xml/VODataService/v1.1": "VODataService-v1.2.xsd",
    "http://www.ivoa.net/xml/VOResource/v1.0": "VOResource-v1.1.xsd",
    "http://www.ivoa.net/xml/TAPRegExt/v1.0": "TAPRegExt-v1.0-Erratum1.xsd",
    "http://www.ivoa.net/xml/UWS/v1.0": "UWS-v1.1.xsd",
    "http://www.ivoa.net/xml/STC/stc-v1.30.xsd": "stc-v1.30.xsd",
    "http://www.w3.org/1999/xlink": "xlink.xsd",
    "http://www.w3.org/XML/1998/namespace": "xmlnamespace.xsd",
}
"""The file of each namespace."""

_LOCATION = re.compile(r"""schemaLocation\s*=\s*["'][^"']*["']""")
_IMPORT = re.compile(r"<(\w+:)?import\b[^>]*>")
_NAMESPACE = re.compile(r"""\bnamespace\s*=\s*["']([^"']*)["']""")


def load_schema(folder: Path) -> etree.XMLSchema:
    """Load one schema that knows all namespaces; skip without STILTS.

    Parameters
    ----------
    folder : Path
        Where the files of the schemas may lie.
    """
    for jar, inside in FOLDERS.items():
        if not (JARS / jar).exists():
            missing(f"needs {JARS / jar}, of STILTS")
        with zipfile.ZipFile(JARS / jar) as archive:
            for name in set(FILES.values()) & {
                Path(n).name for n in archive.namelist() if n.startswith(inside)
            }:
                text = archive.read(inside + name).decode()
                (folder / name).write_text(_IMPORT.sub(_local, text))
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{name}"/>'
        for namespace, name in FILES.items()
    )
    frame = folder / "all.xsd"
    frame.write_text(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    )
    return etree.XMLSchema(etree.parse(frame))


def _local(found: re.Match) -> str:
    """Lead an import to the file that lies beside it."""
    (namespace,) = _NAMESPACE.findall(found[0])
    plain = _LOCATION.sub("", found[0])
    return plain.replace("import", f'import schemaLocation="{FILES[namespace]}"', 1)
