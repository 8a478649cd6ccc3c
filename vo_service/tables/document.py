"""A VOTable document as expat meets it: no entities, no document type, a bound on depth."""

import binascii
import re
from xml.parsers import expat

import pyarrow as pa

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.tables.binary import read_binary
from vo_service.tables.cell_texts import convert_texts
from vo_service.tables.declared import Declared, declare
from vo_service.tables.table_file import ReadLimits, check_columns, check_rows
from vo_service.tables.tabledata import split_rows

MAX_DEPTH = 64
_BUFFER_BYTES = 1 << 20
_ROWS, _ROWS_END = b"<TABLEDATA>", b"</TABLEDATA>"


def parse_document(data: bytes, limits: ReadLimits) -> "Document":
    """Parse a document, its rows by the quickest way.

    Raises
    ------
    UsageError
        When it is not well formed, or its first table is not as a VOTable must be.
    """
    document = Document(limits)
    if document.parse_plain(data):
        return document
    document = Document(limits)
    document.parse(data)
    return document


class Document:
    """What the parser has met of the first table that has columns."""

    def __init__(self, limits: ReadLimits):
        self.limits = limits
        self._columns: list[Declared] = []
        self.table_name = self.table_description = ""
        self._path: list[str] = []
        self._attributes: dict[str, str] = {}
        self._field_description = ""
        self._null: str | None = None
        self._text: list[str] = []
        self._cells: list[str] = []
        self._row: list[str] = []
        self._texts: list[pa.Array] | None = None
        self._stream = ""
        self.serialisation = ""
        self.extension: int | None = None
        self._done = False

    def parse(self, data: bytes) -> None:
        """Parse the whole document, cell by cell."""
        try:
            self._parser().Parse(data, True)
        except expat.ExpatError as error:
            raise UsageError(
                f"The VOTable is not well-formed XML: {expat.ErrorString(error.code)}",
                error.lineno,
                error.offset + 1,
            ) from error
        except (LookupError, ValueError) as error:
            raise UsageError(
                "The VOTable is written in an unknown encoding; write it in UTF-8."
            ) from error

    def parse_plain(self, data: bytes) -> bool:
        """Parse all but the rows of a TABLEDATA, and take these as a whole.

        Returns
        -------
        bool
            False where this cannot be: the document must then be parsed cell by cell.
        """
        start = data.find(_ROWS) + len(_ROWS)
        end = data.find(_ROWS_END, start)
        if start < len(_ROWS) or end < 0 or not _is_utf8(data):
            return False
        parser = self._parser()
        try:
            parser.Parse(data[:start], False)
            if self._done or self._path[-1:] != ["TABLEDATA"]:
                return False
            self._texts = split_rows(data[start:end], len(self._columns), self.limits)
            if self._texts is None:
                return False
            parser.Parse(data[end:], True)
        except expat.ExpatError:
            return False
        return True

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text, parser.buffer_size = True, _BUFFER_BYTES
        parser.StartDoctypeDeclHandler = _check_doctype
        parser.SkippedEntityHandler = _refuse_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        return parser

    @property
    def columns(self) -> tuple[Declared, ...]:
        """The columns as they are declared."""
        return tuple(self._columns)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns as they are kept."""
        return tuple(c.field for c in self._columns)

    def stream_bytes(self) -> bytes:
        """Return what the STREAM holds."""
        try:
            return binascii.a2b_base64("".join(self._stream.split()), strict_mode=True)
        except (binascii.Error, ValueError) as error:
            raise UsageError("The STREAM of the VOTable is no whole base64 text.") from error

    def decode(self) -> list[pa.Array]:
        """Return the columns."""
        if self.serialisation in ("BINARY", "BINARY2"):
            flagged = self.serialisation == "BINARY2"
            return read_binary(self.stream_bytes(), self.columns, flagged, self.limits)
        texts, count = self._texts, len(self._columns)
        if texts is None:
            texts = [pa.array(self._cells[i::count], pa.string()) for i in range(count)]
        return [convert_texts(c, t) for c, t in zip(self._columns, texts, strict=True)]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name, parent = name.rpartition(":")[2], self._parent
        self._path.append(name)
        self._text.clear()
        if len(self._path) > MAX_DEPTH:
            raise UsageError(f"Elements of the VOTable are nested deeper than {MAX_DEPTH}.")
        if not self._done:
            _check_place(name, parent, attributes)
            self._enter(name, parent, attributes)

    def _enter(self, name: str, parent: str, attributes: dict[str, str]) -> None:
        if name == "TABLE":
            self.table_name = attributes.get("name") or attributes.get("ID") or ""
            self.serialisation = ""
        elif name == "FIELD":
            self._attributes, self._field_description, self._null = attributes, "", None
        elif name == "VALUES" and parent == "FIELD":
            self._null = attributes.get("null")
        elif name in ("TABLEDATA", "BINARY", "BINARY2", "FITS"):
            if self.serialisation:
                raise UsageError("A TABLE of the VOTable has rows twice; keep one set of them.")
            self.serialisation = name
            self.extension = _number(attributes.get("extnum"))
        elif name == "STREAM":
            _check_stream(attributes)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self._path.pop()
        if self._done:
            return
        if name == "TD":
            self._row.append("".join(self._text))
        elif name == "TR":
            self._end_row()
        elif name == "DESCRIPTION" and self._parent == "FIELD":
            self._field_description = "".join(self._text)
        elif name == "DESCRIPTION" and self._parent == "TABLE":
            self.table_description = "".join(self._text)
        elif name == "FIELD":
            self._columns.append(declare(self._attributes, self._field_description, self._null))
            check_columns(len(self._columns), self.limits)
        elif name == "STREAM":
            self._stream = "".join(self._text)
        elif name == "TABLE":
            self._done = bool(self._columns)
        self._text.clear()

    @property
    def _parent(self) -> str:
        return self._path[-1] if self._path else ""

    def _end_row(self) -> None:
        if len(self._row) != len(self._columns):
            number = len(self._cells) // max(len(self._columns), 1) + 1
            raise UsageError(
                f"Row {number} has {len(self._row)} cells, but the table has "
                f"{len(self._columns)} columns."
            )
        self._cells += self._row
        self._row = []
        if len(self._cells) > self.limits.max_rows * len(self._columns):
            check_rows(self.limits.max_rows + 1, self.limits)


def _is_utf8(data: bytes) -> bool:
    declared = re.match(rb"""[^<]*<\?xml[^>]*encoding\s*=\s*["']([^"']*)""", data)
    return not declared or declared[1].lower() in (b"utf-8", b"us-ascii", b"ascii")


def _check_doctype(
    _name: str, _system: str | None, _public: str | None, has_declarations: bool
) -> None:
    # VOTable 1.0 pointed at a DTD; expat reads none. Declarations within could be entities.
    if has_declarations:
        raise UsageError("The VOTable declares entities or elements in a DOCTYPE; remove them.")


def _refuse_entity(name: str, _is_parameter: bool) -> None:
    raise UsageError(f"The VOTable uses the entity '{name[:40]}', which XML does not know.")


def _check_place(name: str, parent: str, attributes: dict[str, str]) -> None:
    if not parent and name != "VOTABLE":
        raise UsageError(f"The document is no VOTable: it begins with {name[:40]}.")
    if name == "TD" and "encoding" in attributes:
        raise UsageError("Cells of the VOTable are encoded; write them as plain text.")
    wanted = {"TR": "TABLEDATA", "TD": "TR"}.get(name, parent)
    if parent != wanted:
        raise UsageError(f"A {name} of the VOTable stands in {parent[:40]}, not in {wanted}.")


def _check_stream(attributes: dict[str, str]) -> None:
    if "href" in attributes:
        raise UsageError("The VOTable keeps its rows in another file (href); put them into it.")
    encoding = attributes.get("encoding", "none")
    if encoding != "base64":
        raise UsageError(f"A STREAM of the VOTable is encoded as '{encoding[:40]}'; use base64.")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
