"""The oddsky service, as any client of the Virtual Observatory sees it."""

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyvo
import requests
from astropy.io.votable.tree import Field
from astropy.table import Column, MaskedColumn, Table
from astropy.units import UnitsWarning

from sampclient.errors import LinkError
from sampclient.log import log

PATIENCE = 600
"""How long the service may take to answer [s]."""

_ROLES = """
SELECT c.table_name, c.column_name, c.role
FROM tap_schema.columns AS c JOIN tap_schema.tables AS t ON t.table_name = c.table_name
WHERE c.role IS NOT NULL ORDER BY t.table_index, c.column_index
"""
_ARROW = {
    "boolean": pa.bool_(), "unsignedByte": pa.uint8(), "short": pa.int16(), "int": pa.int32(),
    "long": pa.int64(), "float": pa.float32(), "double": pa.float64(),
}  # fmt: skip
_FILLER = {pa.string(): "", pa.bool_(): False}


@dataclass(frozen=True, slots=True)
class TableRoles:
    """A table of the service and what its columns are for.

    Attributes
    ----------
    name : str
    columns : dict
        Column by role, in the order of publication: `id`, `ra`, `dec`, `rank:<detector>`, ...
    """

    name: str
    columns: dict[str, str]

    @property
    def is_linkable(self) -> bool:
        """Whether rows have an identifier and a place on the sky."""
        return {"id", "ra", "dec"} <= self.columns.keys()

    def names(self, kind: str) -> list[str]:
        """Return what the roles of a kind, such as `rank:`, are about."""
        return [role.removeprefix(kind) for role in self.columns if role.startswith(kind)]


class Service:
    """A running service.

    Parameters
    ----------
    url : str
        Of the service, with or without `/tap`.
    """

    def __init__(self, url: str):
        self.url = url.rstrip("/").removesuffix("/tap")
        self._tap = pyvo.dal.TAPService(f"{self.url}/tap")
        self._tables: dict[str, TableRoles] = {}
        # Deprecated spellings of units are the standard's business, not the user's.
        warnings.filterwarnings("ignore", ".*has been deprecated in the VOUnit", UnitsWarning)

    @property
    def origin(self) -> str:
        """The origin of the service's pages, as browsers write it (RFC 6454, section 6.1)."""
        parts = urlsplit(self.url)
        default = {"http": 80, "https": 443}.get(parts.scheme)
        port = "" if parts.port in (None, default) else f":{parts.port}"
        return f"{parts.scheme}://{parts.hostname}{port}"

    def list_tables(self) -> dict[str, TableRoles]:
        """Return the tables whose columns have roles, in the order of publication; asked once.

        Raises
        ------
        LinkError
            When no oddsky service answers.
        """
        if not self._tables:
            roles: dict[str, dict[str, str]] = {}
            for row in self.ask(_ROLES):
                columns = roles.setdefault(str(row["table_name"]), {})
                columns.setdefault(str(row["role"]), str(row["column_name"]))
            self._tables = {name: TableRoles(name, columns) for name, columns in roles.items()}
        return self._tables

    def fetch(self, query: str, max_rows: int) -> Table:
        """Fetch the rows of a query, with units, UCDs and descriptions.

        The rows come as CSV, which is read a hundred times faster than a VOTable; what the columns
        are comes as a VOTable without rows.

        Raises
        ------
        LinkError
            When the service refuses the query.
        """
        # Of the results alone: a service descriptor beside them has parameters, which look alike.
        fields = list(self.ask(query, maxrec=0).fielddescs)
        parameters = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "csv", "MAXREC": max_rows}
        return read_rows(self.fetch_document("POST", "tap/sync", parameters), fields)

    def fetch_spectrum(self, obj_id: int, frame: str) -> Table:
        """Fetch the spectrum of an object.

        Raises
        ------
        LinkError
            When there is none.
        """
        return self._table("GET", f"spectra/{int(obj_id)}", {"FRAME": frame})

    def fetch_stack(self, obj_ids: np.ndarray, options: Mapping[str, Any]) -> Table:
        """Fetch the stack of objects; `options` are the parameters of /stack.

        Raises
        ------
        LinkError
            When the service refuses to stack them.
        """
        return self._table("POST", "stack", {**options, "ID": ",".join(map(str, obj_ids.tolist()))})

    def find_survey(self) -> str:
        """Return the name of the survey, empty when the service does not say."""
        runs = next((t for t in self.list_tables().values() if "run" in t.columns), None)
        try:
            rows = self.ask(f"SELECT TOP 1 survey FROM {runs.name}") if runs else []
        except LinkError:
            return ""
        return next((str(row["survey"]) for row in rows), "")

    def find_reasons(self, table: TableRoles, obj_id: int) -> list[str]:
        """Return why an object is odd, the strongest reason first; empty when nothing is known."""
        reason, identifier = table.columns["reason"], table.columns["id"]
        query = f"SELECT TOP 5 {reason} FROM {table.name} WHERE {identifier} = {int(obj_id)}"
        return [str(row[reason]) for row in self.ask(query)]

    def ask(self, query: str, maxrec: int | None = None) -> pyvo.dal.TAPResults:
        """Run a short query.

        Raises
        ------
        LinkError
            When the service refuses it, or does not answer.
        """
        log.debug("asking: %s", " ".join(query.split()))
        try:
            return self._tap.search(query, maxrec=maxrec)
        except pyvo.dal.DALQueryError as error:
            raise LinkError(f"The service refuses the query: {error}") from error
        except (pyvo.dal.DALServiceError, pyvo.dal.DALFormatError, requests.RequestException) as e:
            raise self._away(e) from e

    def fetch_document(self, method: str, path: str, parameters: Mapping[str, Any]) -> bytes:
        """Fetch a document of the service; long parameters go by POST.

        Raises
        ------
        LinkError
            In the service's own words when it refuses.
        """
        try:
            sent = (None, parameters) if method == "POST" else (parameters, None)
            url = f"{self.url}/{path}"
            answer = requests.request(method, url, params=sent[0], data=sent[1], timeout=PATIENCE)
        except requests.RequestException as error:
            raise self._away(error) from error
        if not answer.ok:
            raise LinkError(_said(answer))
        return answer.content

    def _table(self, method: str, path: str, parameters: Mapping[str, Any]) -> Table:
        content = self.fetch_document(method, path, {**parameters, "RESPONSEFORMAT": "votable/b2"})
        return Table.read(io.BytesIO(content), format="votable")

    def _away(self, error: Exception) -> LinkError:
        return LinkError(
            f"No service answers at {self.url} ({error}); start one with oddsky serve, or name "
            "another with --service."
        )


def _said(answer: requests.Response) -> str:
    """Return what the service says is wrong (DALI 1.1, section 4.2)."""
    told = re.search(r"<INFO[^>]*QUERY_STATUS[^>]*>(.*?)</INFO>", answer.text, re.DOTALL)
    text = unescape(told[1]) if told else answer.text[:200]
    return f"The service at {urlsplit(answer.url).netloc} refuses: {text.strip() or answer.reason}"


def read_rows(csv: bytes, fields: list[Field]) -> Table:
    """Make a table of CSV rows and the VOTable fields that describe them.

    Returns
    -------
    Table
        Integers and texts are masked where null, floats are NaN.
    """
    types = {f.name: _ARROW.get(f.datatype, pa.string()) if _is_scalar(f) else pa.string()
             for f in fields}  # fmt: skip
    options = pa.csv.ConvertOptions(
        column_types=types, strings_can_be_null=True, null_values=[""],
        quoted_strings_can_be_null=False, true_values=["true", "1"], false_values=["false", "0"],
    )  # fmt: skip
    rows = pa.csv.read_csv(io.BytesIO(csv), convert_options=options)
    return Table([_column(rows[f.name].combine_chunks(), f) for f in fields])


def _is_scalar(field: Field) -> bool:
    return field.arraysize in (None, "1")


def _column(values: pa.Array, field: Field) -> Column:
    meta = {"ucd": field.ucd} if field.ucd else {}
    about = {"name": field.name, "description": field.description, "unit": field.unit, "meta": meta}
    if pa.types.is_floating(values.type):
        return Column(values.to_numpy(zero_copy_only=False), **about)
    null = np.asarray(values.is_null())
    data = values.fill_null(_FILLER.get(values.type, 0)).to_numpy(zero_copy_only=False)
    data = data.astype(str) if data.dtype == object else data
    return MaskedColumn(data, mask=null, **about) if null.any() else Column(data, **about)
