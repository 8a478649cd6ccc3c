"""A spectrum as a FITS binary table, a row a pixel, with the keywords of the Spectrum data model.

(Spectrum 1.2, section 9 and its erratum 1.) Readers find the axes by unit, UCD and utype; specutils
takes the first column with the flux's unit behind the flux for its error.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from vo_service.formats.cells import element_dtype, elements
from vo_service.formats.fits_cards import BLOCK, Card, header_block
from vo_service.formats.fits_column import LETTERS
from vo_service.formats.fits_header import fits_unit
from vo_service.formats.result import Param, Result
from vo_service.release.field import Field

PRIMARY: list[Card] = [
    ("SIMPLE", True, "FITS 4.0"),
    ("BITPIX", 8, ""),
    ("NAXIS", 0, "The spectrum is in the extension"),
    ("EXTEND", True, ""),
]


def encode_spectrum_fits(result: Result) -> Iterator[bytes]:
    """Encode a spectrum.

    Parameters
    ----------
    result : Result
        Columns of numbers; integers have no nulls. What is said of it stands in both headers.

    Yields
    ------
    bytes
        All at once.
    """
    rows = pa.Table.from_batches(result.batches).combine_chunks().to_batches()[0]
    record = np.dtype([(f.name, element_dtype(f)) for f in result.fields])
    packed = np.empty(rows.num_rows, record)
    for field, column in zip(result.fields, rows.columns, strict=True):
        packed[field.name] = elements(field, column)
    said = [card for param in result.params for card in _describe_param(param)]
    table = [*_table_cards(record.itemsize, result, packed), *said]
    data = packed.tobytes()
    filling = b"\0" * (-len(data) % BLOCK)
    yield header_block([*PRIMARY, *said]) + header_block(table) + data + filling


def _table_cards(row_bytes: int, result: Result, rows: np.ndarray) -> Iterator[Card]:
    yield from (
        ("XTENSION", "BINTABLE", "A row for each pixel"),
        ("BITPIX", 8, ""),
        ("NAXIS", 2, ""),
        ("NAXIS1", row_bytes, "Bytes of a row"),
        ("NAXIS2", len(rows), "Pixels"),
        ("PCOUNT", 0, ""),
        ("GCOUNT", 1, ""),
        ("TFIELDS", len(result.fields), ""),
        ("EXTNAME", "SPECTRUM", ""),
        ("VOCLASS", "Spectrum-1.0", "Data model"),
        ("DATALEN", len(rows), "Pixels"),
    )
    for number, field in enumerate(result.fields, 1):
        yield from _describe_column(number, field)
    axis = rows[result.fields[0].name]
    if axis.size:
        lowest, highest = float(axis.min()), float(axis.max())
        yield "TDMIN1", lowest, ""
        yield "TDMAX1", highest, ""
        yield "SPEC_VAL", (lowest + highest) / 2, "Middle of the spectrum"
        yield "SPEC_BW", highest - lowest, "Its width"


def _describe_column(number: int, field: Field) -> Iterator[Card]:
    yield f"TTYPE{number}", field.name, field.description
    yield f"TFORM{number}", LETTERS[field.datatype], ""
    texts = {"TUNIT": fits_unit(field.unit), "TUCD": field.ucd, "TUTYP": field.utype}
    for keyword, text in texts.items():
        if text:
            yield f"{keyword}{number}", text, ""


def _describe_param(param: Param) -> Iterator[Card]:
    if param.value is None:
        return
    value = param.value
    if param.field.datatype == "float":
        value = float(f"{value:.7g}")
    if param.field.datatype == "long":
        value = str(value)  # programs that keep numbers as doubles would round it
    yield param.keyword or param.field.name, value, param.field.description
