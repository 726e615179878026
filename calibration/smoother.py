"""Iterative ensemble smoother: every member of the prior is moved until the model, with that member's luck, gives the figures.

Randomised maximum likelihood (Oliver, He & Reynolds 1996; Chen & Oliver 2012, Math. Geosci. 44; as in PEST++-IES, White 2018): member
i keeps its place in the prior, its chance seed and its own errors of the reports, and is moved by Gauss-Newton steps

    z <- z_prior + K (d - error_i - g(z) - A (z_prior - z)),   K = A' (A A' + R + rest)^-1

with one line A for all (``linearisation``), taken from a large ensemble of the prior, so that weak influences are found and chance
correlations of a small ensemble move nothing. The figures themselves are simulated anew in every step: what the line leaves unexplained is
known for each member, and only its change in the last step, with the model's chance, still counts as rest. A figure that moved more or less
than its line said gets a steeper or flatter one (a secant, one factor per figure). With a linear model this draws from the exact posterior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.linearisation import Linearisation, gain

F64 = NDArray[np.float64]
STEEPEST = 5.0  # times the slope before: more is not believed of one step
Forward = Callable[[F64, int], F64]  # (z [U, N], step from 1 on) -> g [T, N], each member with its own luck in every step


@dataclass(frozen=True, eq=False)
class Data:
    """What was reported: d [T], variance of the report around the truth (band, discrepancy), variance of the model's own chance."""

    value: F64
    error: F64
    chance: F64

    def of(self, kept: NDArray[np.bool_]) -> Data:
        """Some of the data."""
        return Data(self.value[kept], self.error[kept], self.chance[kept])


def assimilate(forward: Forward, prior: F64, figures: F64, line: Linearisation, data: Data, noise: F64, steps: int) -> F64:
    """The posterior ensemble z [U, N] from prior members with their ``figures`` [T, N]; runs ``forward`` ``steps - 1`` times.

    ``noise`` [T, N]: standard normal errors of the reports, one for every member. A run that cannot count a figure (NaN) takes the mean of
    the others.
    """
    errors = np.sqrt(data.error)[:, None] * noise
    z, g, slope, rest = prior, counted(figures), line.slope, line.rest
    for step in range(1, steps + 1):
        moved = prior + gain(slope, np.diag(data.error) + rest) @ (data.value[:, None] - errors - g - slope @ (prior - z))
        if step < steps:
            now = counted(forward(moved, step))
            said, seen = slope @ (moved - z), now - g
            steeper = _secant(said, seen, data.error + data.chance)
            slope, rest = steeper * slope, np.diag(data.chance) + np.cov(seen - steeper * said)
            g = now
        z = moved
    return z


def _secant(said: F64, seen: F64, error: F64) -> F64:
    """How much more [T, 1] figures moved than was said: least squares through moves [T, N], shrunk to 1 where moves are within errors."""
    weight = said.shape[1] * error
    factor = ((said * seen).sum(axis=1) + weight) / ((said**2).sum(axis=1) + weight)
    return np.asarray(np.clip(factor, 1 / STEEPEST, STEEPEST)[:, None])


def counted(g: F64) -> F64:
    """Figures [T, N] with the mean of the others where a run cannot count one."""
    known = np.isfinite(g)
    if not known.any(axis=1).all():
        raise ValueError("a figure cannot be counted in any run")
    return np.where(known, g, np.nanmean(g, axis=1)[:, None])
