"""Statistical linearisation: the model's figures as a line through the unknowns, with what the line leaves unexplained.

Over an ensemble of runs, g = A z + b + e with e ~ N(0, rest): A by lasso (Tibshirani 1996), since most unknowns do nothing to a figure; the
rest from predictions of runs left out of the fit, so that the model's chance, curvature and influences too weak to be found all count.

Shapes: z[U, N] latent values of U unknowns, prior standard normal and independent; g[T, N] figures on the scale on which errors are normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import lasso_path
from threadpoolctl import threadpool_limits

F64 = NDArray[np.float64]
FOLDS = 5  # parts of the ensemble, each predicted from the others
PENALTIES = np.geomspace(1.0, 0.01, 16)  # of the smallest penalty at which no unknown is left; the best is chosen on the parts left out
TOLERANCE = 1e-3  # of the lasso: its duality gap as a share of the figure's variance, far under the error of a cross-validated penalty


@dataclass(frozen=True, eq=False)
class Linearisation:
    """g ~ N(slope z + level, rest): slope [T, U], level [T], rest [T, T]."""

    slope: F64
    level: F64
    rest: F64

    @staticmethod
    def of(z: F64, g: F64) -> Linearisation:
        """The line through runs g [T, N] at z [U, N]. Raises ``ValueError`` with fewer than ``2 * FOLDS`` runs."""
        if z.shape[1] < 2 * FOLDS:
            raise ValueError(f"{z.shape[1]} runs are too few for a line")
        with threadpool_limits(limits=1):  # sums in one order, however many cores there are
            slope, level, missed = _lasso(z, g)
        return Linearisation(slope, level, _covariance(missed))

    def only(self, kept: NDArray[np.bool_]) -> Linearisation:
        """Some of the figures."""
        return Linearisation(self.slope[kept], self.level[kept], self.rest[np.ix_(kept, kept)])

    def beyond(self, z: F64, g: F64) -> F64:
        """What the line leaves of runs [T, N]."""
        return np.asarray(g - self.slope @ z - self.level[:, None])


def gain(slope: F64, error: F64) -> F64:
    """Kalman gain [U, T] for independent standard normal unknowns and errors with covariance [T, T]: A' (A A' + R)^-1."""
    with threadpool_limits(limits=1):
        return np.asarray(cho_solve(cho_factor(slope @ slope.T + error), slope).T)


def variance_left(slope: F64, error: F64) -> F64:
    """Variance [U] of each unknown once figures with errors [T, T] are known: diagonal of I - K A."""
    return np.asarray(1.0 - (gain(slope, error) * slope.T).sum(axis=1))


def _lasso(z: F64, g: F64) -> tuple[F64, F64, F64]:
    """Slope [T, U], level [T] and errors [T, N] of the predictions of runs left out, at the best penalty of each figure."""
    size = g.std(axis=1)
    size = np.where(size > 0.0, size, 1.0)
    y = g / size[:, None]
    x, gram, moment = _moments(z, y)
    strongest = np.abs(moment).max(axis=0) / z.shape[1]  # [T] penalty at which nothing is left
    penalties = np.maximum(strongest[:, None] * PENALTIES, 1e-12)
    missed = _left_out(z, y, penalties)
    best = (missed**2).mean(axis=2).argmin(axis=0)
    slope = np.empty((len(g), len(z)))
    for t, mean in enumerate(y.mean(axis=1)):
        slope[t] = size[t] * _path(x, y[t] - mean, gram, moment[:, t], penalties[t, : best[t] + 1])[:, -1]
    return slope, g.mean(axis=1) - slope @ z.mean(axis=1), missed[best, np.arange(len(g))] * size[:, None]


def _left_out(z: F64, y: F64, penalties: F64) -> F64:
    """Errors [P, T, N] of predictions from the other parts of the ensemble."""
    part = np.arange(z.shape[1]) % FOLDS
    missed = np.empty((penalties.shape[1], *y.shape))
    for out in (part == fold for fold in range(FOLDS)):
        x, gram, moment = _moments(z[:, ~out], y[:, ~out])
        level = y[:, ~out].mean(axis=1)
        ahead = (z[:, out] - z[:, ~out].mean(axis=1)[:, None]).T
        for t in range(len(y)):
            slopes = _path(x, y[t, ~out] - level[t], gram, moment[:, t], penalties[t])
            missed[:, t, out] = y[t, out] - level[t] - (ahead @ slopes).T
    return missed


def _moments(z: F64, y: F64) -> tuple[F64, F64, F64]:
    """Centred unknowns as columns, their products with each other and with the centred figures."""
    x = np.asfortranarray((z - z.mean(axis=1)[:, None]).T)
    return x, np.ascontiguousarray(x.T @ x), np.asarray(x.T @ (y - y.mean(axis=1)[:, None]).T)


def _path(x: F64, y: F64, gram: F64, moment: F64, penalties: F64) -> F64:
    """Slopes [U, P] at each penalty, largest first."""
    _, slopes, _ = lasso_path(
        x, np.ascontiguousarray(y), alphas=penalties, precompute=gram, Xy=np.ascontiguousarray(moment), tol=TOLERANCE, check_input=False
    )
    return np.asarray(slopes)


def _covariance(missed: F64) -> F64:
    """Covariance [T, T] of what was missed: its own variances, correlations shrunk to none (Ledoit & Wolf 2004)."""
    size = np.sqrt((missed**2).mean(axis=1))
    size = np.where(size > 0.0, size, 1e-9)
    shrunk, _ = ledoit_wolf((missed / size[:, None]).T, assume_centered=True)
    unit = np.sqrt(np.diag(shrunk))
    return np.asarray(shrunk / np.outer(unit, unit) * np.outer(size, size))
