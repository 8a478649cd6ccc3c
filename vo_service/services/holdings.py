"""What is served now: the current release with its catalogue, engine and spectra.

Each request asks which release is current; when it is another one, that is opened, and the old one
is closed when the last request that began with it has ended.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from vo_service.adql.catalogue import Catalogue
from vo_service.errors import NotFoundError
from vo_service.query.engine import Engine
from vo_service.release.field import Field
from vo_service.release.models import SpectrumModel, read_model
from vo_service.release.part import Part
from vo_service.release.release import Release
from vo_service.release.spectra import ObservedSpectrum, RestSpectrum, SpectraStore
from vo_service.services.sources import Source

T = TypeVar("T")


@dataclass(eq=False)
class Holding:
    """One open release.

    Attributes
    ----------
    release : Release
    catalogue : Catalogue
    engine : Engine
    stores : tuple of SpectraStore
    spectrum_ids : frozenset of Field
        The columns that identify spectra, without their names.
    users : int
        Requests that use it.
    retired : bool
        Whether a newer release has taken its place.
    """

    release: Release
    catalogue: Catalogue
    engine: Engine
    stores: tuple[SpectraStore, ...]
    spectrum_ids: frozenset[Field] = frozenset()
    users: int = 0
    retired: bool = False
    _found: dict[Any, Any] = field(default_factory=dict)

    def once(self, find: Callable[["Holding"], T]) -> T:
        """Return what a function finds in this release; it is called but once."""
        if find not in self._found:
            self._found[find] = find(self)
        return self._found[find]

    @cached_property
    def models(self) -> tuple[SpectrumModel | None, ...]:
        """What each store's spectra are reconstructed by; None where there are no models."""
        return tuple(read_model(models_folder(p)) for p in parts_with_spectra(self.release))

    def observed(self, obj_id: int) -> ObservedSpectrum:
        """Read an observed spectrum.

        Raises
        ------
        NotFoundError
            When no part has it.
        """
        return self.stores[self._number(obj_id)].observed(obj_id)

    def rest(self, obj_id: int) -> RestSpectrum:
        """Read a rest-frame spectrum.

        Raises
        ------
        NotFoundError
            When no part has it.
        """
        return self.stores[self._number(obj_id)].rest(obj_id)

    def model(self, obj_id: int) -> SpectrumModel | None:
        """Return what a spectrum is reconstructed by; None where its part keeps no models.

        Raises
        ------
        NotFoundError
            When no part has it.
        """
        return self.models[self._number(obj_id)]

    def places(self, obj_ids: np.ndarray) -> np.ndarray:
        """Return numbers that order spectra as they lie on the disk.

        Parameters
        ----------
        obj_ids : int64, shape (n,)

        Returns
        -------
        int64, shape (n,)
            -1 where there is no such spectrum.
        """
        places = np.full(obj_ids.size, -1, np.int64)
        before = 0
        for store in self.stores:
            there = store.places(obj_ids)
            places = np.where((places < 0) & (there >= 0), before + there, places)
            before += len(store)
        return places

    def _number(self, obj_id: int) -> int:
        for number, store in enumerate(self.stores):
            if obj_id in store:
                return number
        raise NotFoundError(f"There is no spectrum with obj_id {obj_id} in this release.")


@dataclass(slots=True)
class Holdings:
    """Opens releases as they are published.

    Parameters
    ----------
    source : Source
    """

    source: Source
    _current: Holding | None = None
    _target: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def use(self) -> Iterator[Holding]:
        """Hold the current release for the time of a request."""
        holding = self.acquire()
        try:
            yield holding
        finally:
            self.leave(holding)

    def acquire(self) -> Holding:
        """Return the current release; `leave` must follow.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        with self._lock:
            target = self.source.current()
            if self._current is None or target != self._target:
                fresh = self._open()
                self._retire()
                self._current, self._target = fresh, target
            self._current.users += 1
            return self._current

    def leave(self, holding: Holding) -> None:
        """Say that a request has ended."""
        with self._lock:
            holding.users -= 1
            if holding.retired and holding.users == 0:
                holding.engine.close()

    def close(self) -> None:
        """Close the current release."""
        with self._lock:
            self._retire()
            self._current = None
            self.source.close()

    def _open(self) -> Holding:
        release, engine = self.source.open()
        stores = tuple(SpectraStore(p.folder / "spectra") for p in parts_with_spectra(release))
        catalogue, spectrum_ids = Catalogue(release.tables), find_spectrum_ids(release)
        return Holding(release, catalogue, engine, stores, spectrum_ids)

    def _retire(self) -> None:
        if self._current is None:
            return
        self._current.retired = True
        if self._current.users == 0:
            self._current.engine.close()


def parts_with_spectra(release: Release) -> list[Part]:
    """Return the parts that hold spectra."""
    return [part for part in release.parts if (part.folder / "spectra").exists()]


def models_folder(part: Part) -> Path:
    """Return where the models of a part's spectra lie; what was added has those it was added by."""
    return part.folder.parent / part.info.get("models", part.part_id) / "models"


def find_spectrum_ids(release: Release) -> frozenset[Field]:
    """Return the columns that identify spectra, without names: a query may rename them."""
    tables = (table for part in parts_with_spectra(release) for table in part.tables)
    return frozenset(f.named("") for table in tables if (f := table.by_role("id")))
