"""The file with which a user describes a table and its columns: TOML, and an empty one to fill."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from vo_service.errors import UsageError

COLUMN_KEYS = {
    "name": str, "description": str, "unit": str, "ucd": str, "role": str, "principal": bool,
}  # fmt: skip
ROLES = ("id", "ra", "dec", "redshift", "name", "none")
"""What a column can be to the services; `none` keeps one from being taken for something."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a user says of a table.

    Attributes
    ----------
    description : str
        Of the table; empty where nothing is said.
    columns : mapping of str to dict
        By their name in the file: name, description, unit, ucd, role, principal, as far as given.
    """

    description: str = ""
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_metadata(path: Path) -> Metadata:
    """Read a metadata file.

    Raises
    ------
    UsageError
        When it is no TOML, or says something that is not known.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"Cannot read {path.name}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} is no TOML: {error}.") from error
    _check_keys(path, "it", said, {"table": dict, "columns": dict})
    table = said.get("table", {})
    _check_keys(path, "[table]", table, {"description": str})
    for name, column in said.get("columns", {}).items():
        if not isinstance(column, dict):
            raise UsageError(f"{path.name}: 'columns.{name}' must be a section [columns.{name}].")
        _check_keys(path, f"[columns.{name}]", column, COLUMN_KEYS)
        if column.get("role", "none") not in ROLES:
            raise UsageError(
                f"{path.name}: column '{name}' has the role '{column['role']}'; "
                f"roles are {', '.join(ROLES)}."
            )
    return Metadata(table.get("description", ""), said.get("columns", {}))


def write_template(
    path: Path, description: str, columns: Mapping[str, Mapping[str, str | None]]
) -> None:
    """Write a metadata file with what is known, and a comment where something is missing.

    Parameters
    ----------
    path : Path
        Must not exist.
    description : str
    columns : mapping
        By name in the file; a value of None is missing.

    Raises
    ------
    UsageError
        When the file is there already, or cannot be written.
    """
    lines = ["[table]", _line("description", description or None)]
    for name, known in columns.items():
        lines += ["", f"[columns.{json.dumps(name, ensure_ascii=False)}]"]
        lines += [_line(key, value) for key, value in known.items()]
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; name another file.") from error
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.") from error


def _line(key: str, value: str | None) -> str:
    # What TOML and JSON write of a text is the same.
    return f'# {key} = ""' if value is None else f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _check_keys(path: Path, where: str, said: Mapping[str, Any], known: Mapping[str, type]) -> None:
    for key, value in said.items():
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it may be {', '.join(known)}."
            raise UsageError(f"{path.name}: {where} has the unknown key '{key}'; {hint}")
        if not isinstance(value, known[key]):
            kind = {str: "a text", bool: "true or false", dict: "a section"}[known[key]]
            raise UsageError(f"{path.name}: '{key}' of {where} must be {kind}.")
