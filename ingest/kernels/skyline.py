"""Cholesky factors of skyline matrices: row i is zero before its first column, start[i].

A change here is a change of the kernels that call it: numba's cache looks at their own files alone.
"""

import math
from typing import Any

import numba
import numpy as np

FAST: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "nsz", "contract"},
}
"""Sums may be taken several terms at once; the order is still the same in every call."""


@numba.njit(**FAST)
def product(one: np.ndarray, other: np.ndarray, begin: int, end: int) -> float:
    """Return the scalar product of two stretches."""
    # Views: a loop whose indices cannot be negative runs on several pixels at once.
    a, b = one[begin:end], other[begin:end]
    total = 0.0
    for p in range(a.size):
        total += a[p] * b[p]
    return total


@numba.njit(**FAST)
def factor(matrix: np.ndarray, start: np.ndarray, begin: int, end: int) -> None:
    """Factor rows of a skyline matrix in place (Cholesky); the rows before are factored."""
    for i in range(begin, end):
        for j in range(start[i], i):
            first = max(start[i], start[j])
            matrix[i, j] = (matrix[i, j] - product(matrix[i], matrix[j], first, j)) / matrix[j, j]
        pivot = matrix[i, i] - product(matrix[i], matrix[i], start[i], i)
        # Rounding may bring a matrix of lines that coincide to nothing or below.
        matrix[i, i] = math.sqrt(max(pivot, 1e-12 * matrix[i, i]))


@numba.njit(**FAST)
def substitute(matrix: np.ndarray, start: np.ndarray, begin: int, right: np.ndarray) -> None:
    """Solve with the factor's rows from begin, in place."""
    for i in range(right.size):
        row, first = matrix[begin + i], max(start[begin + i], begin)
        for j in range(first - begin, i):
            right[i] -= row[begin + j] * right[j]
        right[i] /= row[begin + i]


@numba.njit(**FAST)
def substitute_back(matrix: np.ndarray, start: np.ndarray, begin: int, right: np.ndarray) -> None:
    """Solve with the transpose of the factor's rows from begin, in place."""
    for i in range(right.size - 1, -1, -1):
        row, first = matrix[begin + i], max(start[begin + i], begin)
        right[i] /= row[begin + i]
        for j in range(first - begin, i):
            right[j] -= row[begin + j] * right[i]


@numba.njit(**FAST)
def invert_diagonal(matrix: np.ndarray, start: np.ndarray, diagonal: np.ndarray) -> None:
    """Fill in the diagonal of the inverse of a matrix that is given by its factor."""
    n = diagonal.size
    column = np.zeros(n)
    for c in range(n):
        column[:c], column[c] = 0.0, 1.0 / matrix[c, c]
        for i in range(c + 1, n):
            column[i] = -product(matrix[i], column, max(start[i], c), i) / matrix[i, i]
        diagonal[c] = product(column, column, c, n)
