"""The schemas of the IVOA, as STILTS and DaCHS carry them: documents are judged offline.

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

REGISTRY_FOLDERS = tuple(
    Path(root, "usr/lib/python3/dist-packages/gavo/resources/schemata")
    for root in ("/", "/opt/gavo")
)
"""Where Debian's python3-gavo keeps those that only registries need; it may lie unpacked apart."""

REGISTRY_FILES = {
    "http://www.ivoa.net/xml/ConeSearch/v1.0": "ConeSearch.xsd",
    "http://www.ivoa.net/xml/SSA/v1.1": "SSA.xsd",
    "http://www.ivoa.net/xml/VORegistry/v1.0": "VORegistry.xsd",
    "http://www.ivoa.net/xml/RegistryInterface/v1.0": "RegistryInterface.xsd",
    "http://www.openarchives.org/OAI/2.0/": "OAI-PMH.xsd",
    "http://www.openarchives.org/OAI/2.0/oai_dc/": "oai_dc.xsd",
    "http://purl.org/dc/elements/1.1/": "simpledc20021212.xsd",
}

_LOCATION = re.compile(r"""schemaLocation\s*=\s*["'][^"']*["']""")
_IMPORT = re.compile(r"<(\w+:)?import\b[^>]*>")
_NAMESPACE = re.compile(r"""\bnamespace\s*=\s*["']([^"']*)["']""")


def load_schema(folder: Path) -> etree.XMLSchema:
    """Load one schema that knows all namespaces of queries; skip without STILTS.

    Parameters
    ----------
    folder : Path
        Where the files of the schemas may lie.
    """
    _copy_query_files(folder)
    return _join(folder, FILES)


def load_registry_schema(folder: Path) -> etree.XMLSchema:
    """Load one schema that knows those of registries too; skip without DaCHS's files."""
    source = next((path for path in REGISTRY_FOLDERS if path.exists()), None)
    if source is None:
        missing("needs the schemas of Debian's python3-gavo")
    _copy_query_files(folder)
    for name in REGISTRY_FILES.values():
        (folder / name).write_text(_IMPORT.sub(_local, (source / name).read_text()))
    return _join(folder, FILES | REGISTRY_FILES)


def _copy_query_files(folder: Path) -> None:
    for jar, inside in FOLDERS.items():
        if not (JARS / jar).exists():
            missing(f"needs {JARS / jar}, of STILTS")
        with zipfile.ZipFile(JARS / jar) as archive:
            for name in set(FILES.values()) & {
                Path(n).name for n in archive.namelist() if n.startswith(inside)
            }:
                text = archive.read(inside + name).decode()
                (folder / name).write_text(_IMPORT.sub(_local, text))


def _join(folder: Path, files: dict[str, str]) -> etree.XMLSchema:
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{name}"/>'
        for namespace, name in files.items()
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
    name = (FILES | REGISTRY_FILES)[namespace]
    return plain.replace("import", f'import schemaLocation="{name}"', 1)
