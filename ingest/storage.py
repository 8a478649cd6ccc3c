"""Fitted models as plain arrays, so that they can lie in `.npz` files and be read without trust.

A model is a frozen dataclass of arrays, numbers, texts, and other such dataclasses.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ingest.resume import Arrays

KIND = "type"
"""The key that holds the name of the class."""


def pack(model: Any) -> Arrays:
    """Lay a model out as arrays by path."""
    arrays: Arrays = {KIND: np.array(type(model).__name__)}
    for f in fields(model):
        value = getattr(model, f.name)
        inner = pack(value) if is_dataclass(value) else {"": np.asarray(value)}
        arrays |= {f"{f.name}/{path}".rstrip("/"): array for path, array in inner.items()}
    return arrays


def unpack(arrays: Arrays, kinds: Mapping[str, type]) -> Any:
    """Make a model of its arrays.

    Parameters
    ----------
    arrays : dict
        As `pack` gives.
    kinds : mapping
        The classes that may be in it, by name.
    """
    kind = kinds[str(arrays[KIND])]
    values = {}
    for f in fields(kind):
        start = f"{f.name}/"
        inner = {path[len(start) :]: a for path, a in arrays.items() if path.startswith(start)}
        values[f.name] = unpack(inner, kinds) if inner else _plain(arrays[f.name])
    return kind(**values)


def _plain(array: np.ndarray) -> Any:
    return array.item() if array.ndim == 0 else array
