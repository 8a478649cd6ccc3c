"""Lists of spectra as clients send them: texts, JSON, an uploaded table."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_service.errors import NotFoundError, TooLargeError, UsageError
from vo_service.services.holdings import Holding
from vo_service.services.identity import read_obj_ids
from vo_service.services.read_uploads import UploadedTable

ID_NAMES = ("obj_id", "id", "objid")
"""Columns of an upload that hold identifiers, in any case; the first that is there counts."""

_APART = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The spectra that a client asks for.

    Attributes
    ----------
    obj_ids : int64, shape (n,)
        Those that are there, each once, as they lie in the store: neighbours are read together.
    unknown : tuple of str
        What no spectrum has, as it was written, each once, in the order of the list.
    """

    obj_ids: np.ndarray
    unknown: tuple[str, ...]


def split_ids(texts: Iterable[str]) -> list[str]:
    """Take texts apart at commas, semicolons and white space."""
    return [piece for text in texts for piece in _APART.split(text.strip()) if piece]


def ids_in_json(body: bytes) -> list[str]:
    """Read a JSON list of numbers and texts.

    Raises
    ------
    UsageError
        When it is anything else.
    """
    try:
        values = json.loads(body)
    except ValueError as error:
        raise UsageError("The body is no JSON; send a list of obj_id.") from error
    if not isinstance(values, list) or not all(type(v) in (int, float, str) for v in values):
        raise UsageError("The JSON is no list of obj_id; send one such as [1, 2, 3].")
    return [str(value).strip() for value in values]


def ids_in_table(uploaded: UploadedTable) -> list[str]:
    """Read the identifiers in an uploaded table; empty cells are left out.

    Raises
    ------
    UsageError
        When no column is named as they are, or the one that is does not hold whole numbers.
    """
    fields = uploaded.upload.fields
    named = {f.name.lower(): i for i, f in reversed(list(enumerate(fields)))}
    main = [i for i, f in enumerate(fields) if f.ucd.lower() == "meta.id;meta.main"]
    places = [named[n] for n in ID_NAMES if n in named] + main
    name = uploaded.upload.name
    if not places:
        raise UsageError(f"The uploaded table {name} has no column obj_id; name it so.")
    field, column = fields[places[0]], uploaded.upload.rows.column(places[0]).combine_chunks()
    if field.is_array or field.datatype in ("float", "double", "boolean"):
        raise UsageError(
            f"Column {field.name} of the uploaded table {name} is of type {field.datatype}, which "
            "rounds obj_id; give whole numbers of 64 bits or texts."
        )
    return pc.utf8_trim_whitespace(column.drop_null().cast(pa.string())).to_pylist()


def choose_spectra(holding: Holding, ids: list[str], most: int) -> Chosen:
    """Find the spectra of a list.

    Parameters
    ----------
    holding : Holding
    ids : list of str
        As they were written; repeats count once.
    most : int
        That may be asked for at once.

    Raises
    ------
    UsageError
        When the list is empty or too long.
    NotFoundError
        When it names no spectrum that is there.
    """
    if not ids:
        raise UsageError("The list of spectra is empty; give at least one obj_id.")
    if len(ids) > most:
        raise TooLargeError(
            f"The list names {len(ids)} spectra; this service sends {most} at once. Ask for parts."
        )
    texts = pa.array(ids, pa.string())
    wanted = read_obj_ids(texts).fill_null(-1).to_numpy()
    place = holding.places(wanted)
    there = place >= 0
    if not there.any():
        raise NotFoundError(f"{_nothing(ids)} in this release.")
    found, first = np.unique(wanted[there], return_index=True)
    ordered = found[np.argsort(place[there][first], kind="stable")]
    unknown = texts.filter(pa.array(~there)).unique().to_pylist()
    return Chosen(ordered, tuple(unknown))


def _nothing(ids: list[str]) -> str:
    shown = ", ".join(dict.fromkeys(ids[:1000]))
    shown = shown if len(shown) <= 80 else f"{shown[:80]}…"
    return f"There is no spectrum with any obj_id of the {len(ids)} given ({shown})"
