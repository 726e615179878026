"""What packages that were not simulated would do, from those that were: main effects and interactions of pairs.

Per response k and replication r, for a package with indicators x of its measures,

    y_rk = sum_i x_i (a_ik + u_irk) + sum_{i<j} x_i x_j b_ijk + e_rk.

The main effects a are free, the interactions b are drawn to zero by a ridge whose strength leave-one-out prediction chooses, and u (what a
measure does in this replication more than on average) is predicted as in any linear mixed model (Henderson 1975, Biometrics 31, 423-447).
It only proposes what to simulate next: no answer is read from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
STRENGTHS = tuple(10.0**power for power in range(-3, 5))  # of the ridge on interactions, relative to a package's noise
NEARLY_NONE = 1e-6  # ridge on main effects, so that measures never told apart do no harm


def indicators(masks: I64, measures: int) -> F64:
    """x [P, m] of some packages."""
    return ((np.asarray(masks, np.int64)[:, None] >> np.arange(measures)) & 1).astype(np.float64)


def with_pairs(x: F64) -> F64:
    """x and the products of its columns, [P, m + m (m - 1) / 2]."""
    one, two = np.triu_indices(x.shape[1], 1)
    return np.concatenate([x, x[:, one] * x[:, two]], axis=1)


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Coefficients [m + pairs, K] of the mean, deviations of main effects [R, m, K], and what is left over."""

    mean: F64
    deviation: F64
    noise: F64  # [K] standard deviation of one run around its prediction
    covariance: F64  # [K, terms, terms] of ``mean``
    missed: F64  # [K] how far the prediction of a package left out was off, root mean square

    @classmethod
    def fit(cls, x: F64, y: F64) -> Surrogate:
        """From x [P, m] and y [P, R, K], NaN where a package was not run in a replication; the first replications are the fullest."""
        measures = x.shape[1]
        terms = with_pairs(x)
        there = np.isfinite(y[:, :, 0])
        full = there.all(axis=0) if there.all(axis=0).any() else there.sum(axis=0) == there.sum(axis=0).max()
        rows = there[:, full].all(axis=1)
        of = terms[rows]
        responses = y.shape[2]
        mean = np.zeros((terms.shape[1], responses))
        covariance = np.zeros((responses, terms.shape[1], terms.shape[1]))
        missed = np.zeros(responses)
        average = y[rows][:, full].mean(axis=1)
        for k in range(responses):
            mean[:, k], covariance[k], missed[k] = _ridge(of, average[:, k], measures)
        deviation, noise = _deviations(x, y - (terms @ mean)[:, None], there)
        return cls(mean, deviation, noise, covariance, missed)

    def predicted(self, x: F64) -> F64:
        """y [P, R, K] of packages."""
        return np.asarray((with_pairs(x) @ self.mean)[:, None] + np.tensordot(x, self.deviation, (1, 1)))

    def doubt(self, x: F64) -> F64:
        """Standard deviation [P, K] of the predicted mean; no less than what left-out packages were missed by."""
        terms = with_pairs(x)
        variance = np.stack([((terms @ c) * terms).sum(axis=1) for c in self.covariance], axis=1)
        return np.asarray(np.sqrt(np.maximum(variance, self.missed**2)))


def _ridge(terms: F64, y: F64, measures: int) -> tuple[F64, F64, float]:
    """Coefficients, their covariance and the error for left-out packages, with the strength of the ridge that makes it least."""
    best: tuple[float, F64, F64] | None = None
    for strength in STRENGTHS:
        penalty = np.full(terms.shape[1], strength)
        penalty[:measures] = NEARLY_NONE
        inverse = np.linalg.inv(terms.T @ terms + np.diag(penalty))
        hat = terms @ inverse @ terms.T
        free = np.maximum(1 - np.diag(hat), 1e-3)
        left = y - hat @ y
        error = float(((left / free) ** 2).mean())
        if best is None or error < best[0] * (1 - 1e-9):
            variance = float((left**2).sum() / max(free.sum(), 1.0))
            best = (error, np.asarray(inverse @ (terms.T @ y)), np.asarray(inverse * variance))
    assert best is not None
    return best[1], best[2], float(np.sqrt(best[0]))


def _deviations(x: F64, left: F64, there: NDArray[np.bool_]) -> tuple[F64, F64]:
    """u [R, m, K] and the noise [K] from what the mean leaves over, [P, R, K]: variance of each measure from the packages that hold it."""
    replications, responses = left.shape[1:]
    measures = x.shape[1]
    deviation = np.zeros((replications, measures, responses))
    noise = np.zeros(responses)
    sizes = np.maximum(x.sum(axis=1), 1.0)
    for k in range(responses):
        own = np.nan_to_num(left[:, :, k])
        seen = there.sum(axis=1)
        spread = np.where(seen > 1, (own**2).sum(axis=1) / np.maximum(seen - 1, 1), 0.0)  # per package
        variance = np.array([_of_smallest(spread, x[:, i] > 0, sizes) for i in range(measures)])
        error = max(float(np.median(spread)) * 0.05, 1e-12)  # a first guess, mended below
        for _ in range(2):
            squares, count = 0.0, 0.0
            for r in range(replications):
                rows = np.flatnonzero(there[:, r])
                if not len(rows):
                    continue
                m = x[rows]
                gain = (m * variance) @ m.T + error * np.eye(len(rows))
                u = variance[:, None] * m.T @ np.linalg.solve(gain, own[rows, r, None])
                deviation[r, :, k] = u[:, 0]
                squares += float(((own[rows, r] - m @ u[:, 0]) ** 2).sum())
                count += max(len(rows) - min(measures, len(rows) - 1), 1)
            error = max(squares / max(count, 1.0), 1e-12)
            variance = np.maximum(variance, (deviation[there.any(axis=0), :, k] ** 2).mean(axis=0))
        noise[k] = np.sqrt(error)
    return deviation, noise


def _of_smallest(spread: F64, holds: NDArray[np.bool_], sizes: F64) -> float:
    """Variance of the smallest package that holds a measure, the measure alone if that was run, spread over its measures."""
    if not holds.any():
        return 0.0
    least = sizes[holds].min()
    return float(spread[holds & (sizes == least)].min() / least)
