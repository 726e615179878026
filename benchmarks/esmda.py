"""ES-MDA: an ensemble smoother that takes in the data several times, each time with a larger error.

Emerick & Reynolds (2013, Computers & Geosciences 55) gave the method, Emerick (2018, Computational Geosciences 22) its deterministic form:
the ensemble is moved by a symmetric square root in place of perturbed data. Here every unknown is moved by the data it correlates
with: its error of datum t is divided by a taper between 0 and 1 (domain localisation, Hunt et al. 2007, Physica D 230).

Symbols and shapes: z[U, N] latent values of U unknowns in N members, prior standard normal; g[T, N] the model's figures on the scale on
which errors are normal; d[T] the reported figures; ``error`` [T] variance of the report around the truth (band, discrepancy);
``chance`` [T] variance of the model's own chance, which g holds once in every step. With weight a, the number of steps, the error in a step
is a x error + (a - 1) x chance, so that both count once in the end.

Without tapers, a linear model gets the Kalman posterior of the ensemble's own covariance exactly, which never becomes narrower when a
datum is left out or its error grows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from calibration.smoother import Data

F64 = NDArray[np.float64]
Forward = Callable[[F64, int], F64]  # (z [U, N], step) -> g [T, N]


def assimilate(forward: Forward, prior: F64, data: Data, steps: int, *, localise: bool = True) -> F64:
    """The posterior ensemble z [U, N]; runs ``forward`` once per step, all with the same weight."""
    z = np.array(prior, dtype=np.float64)
    for step in range(steps):
        z = _moved(z, forward(z, step), data, float(steps), localise)
    return z


def _moved(z: F64, g: F64, data: Data, weight: float, localise: bool) -> F64:
    mean = g.mean(axis=1)
    variance = weight * data.error + (weight - 1.0) * data.chance
    y = (g - mean[:, None]) / np.sqrt(variance)[:, None]  # anomalies and innovation in units of the error
    innovation = (data.value - mean) / np.sqrt(variance)
    members = z.shape[1]
    centre = z.mean(axis=1)
    anomalies = z - centre[:, None]
    taper = tapers(anomalies, y) if localise else np.ones((len(z), len(g)))
    moved = np.empty_like(z)
    plain: tuple[F64, F64] | None = None
    for j in range(len(z)):
        if not localise:
            plain = plain or _transform(y, innovation, members)
            shift, root = plain
        else:
            seen = taper[j] > 0.0
            if not seen.any():
                moved[j] = z[j]
                continue
            scale = np.sqrt(taper[j, seen])
            shift, root = _transform(y[seen] * scale[:, None], innovation[seen] * scale, members)
        moved[j] = centre[j] + anomalies[j] @ shift + anomalies[j] @ root
    return moved


def _transform(y: F64, innovation: F64, members: int) -> tuple[F64, F64]:
    """Weights [N] that shift the mean and the symmetric square root [N, N] that shrinks the anomalies (ensemble transform).

    With S = y / sqrt(N - 1), T data: mean weights S'(I + S S')^-1 innovation / sqrt(N - 1), root (I + S'S)^-1/2. Worked out in the space
    of the data, which are fewer than the members.
    """
    s = y / np.sqrt(members - 1)
    if len(s) <= members:
        value, vector = eigh(s @ s.T)
        value = np.maximum(value, 0.0)
        shift = s.T @ (vector @ ((vector.T @ innovation) / (1.0 + value)))
        # (I + S'S)^-1/2 = I - S' V (1 - (1 + l)^-1/2) / l V' S
        factor = np.where(value > 1e-12, (1.0 - 1.0 / np.sqrt(1.0 + value)) / np.where(value > 1e-12, value, 1.0), 0.5)
        right = vector.T @ s
        root = np.eye(members) - right.T @ (factor[:, None] * right)
    else:
        value, vector = eigh(s.T @ s)
        value = np.maximum(value, 0.0)
        shift = vector @ ((vector.T @ (s.T @ innovation)) / (1.0 + value))
        root = vector @ ((vector / np.sqrt(1.0 + value)).T)
    return shift / np.sqrt(members - 1), root


def tapers(anomalies: F64, y: F64) -> F64:
    """Taper [U, T] of each correlation between an unknown and a figure: how much of it can be believed, given the number of members.

    With r the sample correlation of N members, whose noise has variance (1 - r^2)^2 / (N - 1), the share of r^2 that is not noise:
    1 - (1 - r^2)^2 / ((N - 1) r^2), and 0 where |r| is under ``NOISE`` standard deviations of noise.
    """
    members = anomalies.shape[1]
    r = _unit(anomalies) @ _unit(y).T
    noise = (1.0 - r**2) ** 2 / (members - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1.0 - noise / r**2
    return np.where(r**2 > NOISE**2 / (members - 1), np.maximum(share, 0.0), 0.0)


NOISE = 2.0  # correlations under two standard deviations of noise are taken for noise


def _unit(x: F64) -> F64:
    centred = x - x.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.asarray(centred / np.where(length > 0, length, 1.0))
