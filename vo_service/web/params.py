"""Parameters of DALI services: names in any case, values typed, refused early."""

from collections.abc import Callable

from flask import request

from vo_service.errors import ManyValuesError, UsageError


class Params:
    """The parameters of the current request, from the URL and the form (DALI 1.1, section 3)."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}
        for source in (request.args, request.form):
            for name, values in source.lists():
                self._values.setdefault(name.upper(), []).extend(values)

    def text(self, *names: str) -> str | None:
        """Return the value of a parameter, the first name that is given; None when empty.

        Raises
        ------
        ManyValuesError
            When it is given several times with different values.
        """
        for name in names:
            values = list(dict.fromkeys(v for v in self._values.get(name, []) if v.strip()))
            if len(values) > 1:
                raise ManyValuesError(f"{name} is given {len(values)} times; give it once.")
            if values:
                return values[0]
        return None

    def texts(self, name: str) -> list[str]:
        """Return all values of a parameter."""
        return [value for value in self._values.get(name, []) if value.strip()]

    def as_dict(self) -> dict[str, list[str]]:
        """Return all values by name, in upper case."""
        return {name: list(values) for name, values in self._values.items()}

    def files(self) -> dict[str, Callable[[], bytes]]:
        """Return what gives the bytes of each part of the request, files and plain ones."""
        parts: dict[str, Callable[[], bytes]] = {
            name: text.encode for name, text in request.form.items()
        }
        return parts | {name: part.read for name, part in request.files.items()}

    def given(self, name: str) -> bool:
        """Whether a parameter has any value."""
        return any(v.strip() for v in self._values.get(name, []))

    def number(self, name: str) -> float | None:
        """Return a number; None when absent.

        Raises
        ------
        UsageError
            When it is no number.
        """
        text = self.text(name)
        if text is None:
            return None
        try:
            return float(text)
        except ValueError as error:
            raise UsageError(f"{name} is '{text[:40]}'; it must be a number.") from error

    def required_number(self, name: str) -> float:
        """Return a number that must be given.

        Raises
        ------
        UsageError
            When it is absent or no number.
        """
        value = self.number(name)
        if value is None:
            raise UsageError(f"{name} is missing; give a number.")
        return value

    def count(self, name: str) -> int | None:
        """Return a number of rows; None when absent.

        Raises
        ------
        UsageError
            When it is no whole number from 0 on.
        """
        text = self.text(name)
        if text is None:
            return None
        if not text.strip().isdigit() or len(text) > 18:
            raise UsageError(f"{name} is '{text[:40]}'; it must be a whole number from 0 on.")
        return int(text)
