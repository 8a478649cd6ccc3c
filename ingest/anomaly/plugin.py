"""Detectors of other libraries by dotted name, with the interface of scikit-learn or PyOD."""

import ast
import importlib
import inspect
import pickle
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ingest.anomaly.base import Kind, Sample
from ingest.batches import Scores
from ingest.errors import IngestError, SettingsError

EXAMPLE = "sklearn.neighbors.LocalOutlierFactor(n_neighbors=35)"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A detector of another library, on the components of the spectra.

    Attributes
    ----------
    setting : str
        As given: dotted name, and parameters as in a call.
    factory : type
        Of the estimator.
    given : mapping
        Its parameters.
    """

    setting: str
    factory: Any
    given: Mapping[str, Any]
    kind: Kind = "divided"
    is_random: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the class in small letters."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.factory.__name__)
        return (words.lower(),)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The setting, whole."""
        return {"estimator": self.setting}

    @property
    def libraries(self) -> tuple[str, ...]:
        """The distribution that holds it."""
        package = self.factory.__module__.partition(".")[0]
        return tuple(packages_distributions().get(package, ())[:1])

    def fit(self, reference: Sample, seed: int) -> "FittedPlugin":
        """Fit the reference.

        Raises
        ------
        IngestError
            When the estimator refuses.
        """
        with _told_clearly(self.setting):
            estimator = self._build(seed)
            estimator.fit(reference.components)
        stored = np.frombuffer(pickle.dumps(estimator), np.uint8)
        return FittedPlugin(self.names[0], self.setting, stored)

    def _build(self, seed: int) -> Any:
        known = inspect.signature(self.factory).parameters
        # Local outlier factors score what they were not fitted to on request alone.
        ours = {"random_state": seed, "novelty": True}
        return self.factory(**{n: v for n, v in ours.items() if n in known} | dict(self.given))


@dataclass(frozen=True, slots=True)
class FittedPlugin:
    """An estimator of another library, as that library alone can store it.

    Attributes
    ----------
    name, setting : str
    estimator : uint8, shape (n_bytes,)
        Pickled; it runs code when it is read, so a release that holds one must be one's own.
    """

    name: str
    setting: str
    estimator: np.ndarray

    def score(self, sample: Sample) -> tuple[Scores, ...]:
        """Score spectra.

        Raises
        ------
        IngestError
            When the estimator refuses, or answers with something else than a number a spectrum.
        """
        with _told_clearly(self.setting):
            estimator = pickle.loads(self.estimator.tobytes())
            score = np.asarray(_strangeness(estimator, sample.components), np.float64)
        if score.shape != (len(sample),):
            raise IngestError(f"The detector {self.setting} does not give a number a spectrum.")
        return (Scores(self.name, np.where(np.isfinite(score), score, np.nan)),)


def read_plugin(setting: str) -> Plugin:
    """Find a detector by dotted name, as `package.module.Class` or `package.module.Class(a=1)`.

    Raises
    ------
    SettingsError
        When it is written differently, is not installed, or is no detector.
    """
    dotted, given = _parse(setting)
    module, _, name = dotted.rpartition(".")
    try:
        factory = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"The detector {dotted} is not found; is its package installed, its name right?"
        ) from error
    if not (inspect.isclass(factory) and hasattr(factory, "fit") and _can_score(factory)):
        raise SettingsError(
            f"{dotted} is no detector: it needs fit, and score_samples or decision_function."
        )
    unknown = _unknown_parameters(factory, given)
    if unknown:
        raise SettingsError(f"The detector {dotted} has no parameter '{unknown[0]}'.")
    return Plugin(setting, factory, given)


def _parse(setting: str) -> tuple[str, dict[str, Any]]:
    try:
        tree = ast.parse(setting, mode="eval").body
        call = tree if isinstance(tree, ast.Call) else ast.Call(tree, [], [])
        given = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
        plain = not call.args and len(given) == len(call.keywords)
    except (SyntaxError, ValueError):
        plain = False
    if not plain or not re.fullmatch(r"\w+(\.\w+)+", ast.unparse(call.func)):
        raise SettingsError(
            f"Setting 'detectors' holds {setting!r}; write a dotted name, as {EXAMPLE}."
        )
    return ast.unparse(call.func), given


def _unknown_parameters(factory: Any, given: Mapping[str, Any]) -> list[str]:
    known = inspect.signature(factory).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values()):
        return []
    return [name for name in given if name not in known]


def _can_score(factory: Any) -> bool:
    return hasattr(factory, "score_samples") or hasattr(factory, "decision_function")


def _strangeness(estimator: Any, points: np.ndarray) -> np.ndarray:
    """Score points; PyOD, unlike scikit-learn, gives great numbers to the strange."""
    if hasattr(estimator, "decision_scores_"):
        return estimator.decision_function(points)
    if hasattr(estimator, "score_samples"):
        return -estimator.score_samples(points)
    return -estimator.decision_function(points)


@contextmanager
def _told_clearly(setting: str) -> Iterator[None]:
    """Name the detector that fails; sums over several threads round differently, so use one."""
    try:
        with threadpool_limits(1):
            yield
    except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError) as error:
        raise IngestError(f"The detector {setting} failed: {_sentence(error)}") from error


def _sentence(error: Exception) -> str:
    return f"{error}".split("\n", maxsplit=1)[0].rstrip(".") + "."
