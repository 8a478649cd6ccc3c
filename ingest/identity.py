"""What a spectrum is called: its number, its IAU name, its place in a random order."""

import hashlib

import numpy as np
import pyarrow as pa

from ingest.errors import IngestError

NAME_PREFIX = {"sdss": "SDSS J", "mock": "Mock J"}


def make_obj_ids(survey: str, survey_ids: pa.ChunkedArray) -> np.ndarray:
    """Give spectra numbers by a pure function of survey and survey_id.

    Returns
    -------
    int64, shape (n,)
        The first 63 bits of BLAKE2b over "survey:survey_id", the same in every run and release.

    Raises
    ------
    IngestError
        When two different spectra get the same number.
    """
    prefix = hashlib.blake2b(f"{survey}:".encode(), digest_size=8)
    ids = np.fromiter((_hash(prefix, s) for s in survey_ids.to_pylist()), np.int64, len(survey_ids))
    if np.unique(ids).size != ids.size:
        raise IngestError(
            f"Two spectra of {survey} have the same obj_id; remove one and tell the authors."
        )
    return ids


def make_names(survey: str, ra_deg: np.ndarray, dec_deg: np.ndarray) -> list[str]:
    """Name objects by position, truncated as the IAU wants: SDSS Jhhmmss.ss+ddmmss.s."""
    # Truncate on integers: the last digit of a float would round up to sixty seconds.
    ra = np.floor(np.round(np.mod(ra_deg, 360.0) / 15.0 * 360000.0, 6)).astype(np.int64) % 8640000
    dec = np.floor(np.round(np.abs(dec_deg) * 36000.0, 6)).astype(np.int64)
    parts = [
        np.full(ra.size, NAME_PREFIX.get(survey, "J")),
        *_sexagesimal(ra, 100, 2),
        np.where(np.signbit(dec_deg), "-", "+"),
        *_sexagesimal(dec, 10, 1),
    ]
    names = parts[0]
    for part in parts[1:]:
        names = np.char.add(names, part)
    return names.tolist()


def random_order(obj_ids: np.ndarray, seed: int) -> np.ndarray:
    """Put objects in a random order that depends on their numbers and the seed alone, int32."""
    order = np.argsort(obj_ids, kind="stable")
    place = np.empty(obj_ids.size, np.int32)
    place[order] = np.random.default_rng(seed).permutation(obj_ids.size)
    return place


def _hash(prefix: "hashlib.blake2b", survey_id: str) -> int:
    digest = prefix.copy()
    digest.update(survey_id.encode())
    return int.from_bytes(digest.digest(), "big") >> 1


def _sexagesimal(value: np.ndarray, fraction: int, digits: int) -> list[np.ndarray]:
    """Split integers of 1/fraction seconds into hh, mm and ss.f texts."""
    seconds, rest = np.divmod(value, fraction)
    minutes, seconds = np.divmod(seconds, 60)
    hours, minutes = np.divmod(minutes, 60)
    texts = [np.char.zfill(v.astype(str), 2) for v in (hours, minutes, seconds)]
    tail = np.char.add(".", np.char.zfill(rest.astype(str), digits))
    return [*texts[:2], np.char.add(texts[2], tail)]
