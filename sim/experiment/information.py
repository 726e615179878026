"""The value of information for a decision: of knowing everything (EVPI), and of knowing one unknown (EVPPI) by regression.

Raiffa & Schlaifer 1961 for the idea; Strong, Oakley & Brennan 2014 (Medical Decision Making 34:311-326) for the regression of net
benefits on an unknown over a probabilistic sample, here by polynomials whose order leave-one-out prediction chooses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
HIGHEST = 3  # order of the polynomials: monotone, bent and S-shaped responses
PERMUTATIONS = 200  # of the draws, behind bias and noise level
QUANTILE = 0.95  # of the largest worth among unknowns that tell nothing


@dataclass(frozen=True, eq=False)
class Worth:
    """Expected values of information, in the unit of the net benefits.

    ``best``: the option that is best on average. ``perfect``: EVPI. ``partial`` [P]: EVPPI per unknown, what an unknown that tells nothing
    gets on average taken off, never below 0. ``noise``: what, by chance, the largest of unknowns that tell nothing exceeds once in twenty
    times. ``chance_removed``: whether the luck of the runs could be told from the parameters; if not, ``perfect`` is an upper bound.
    """

    best: int
    perfect: float
    partial: F64
    noise: float
    chance_removed: bool


def value_of_information(benefit: F64, draws: NDArray[np.int64], phi: F64, seed: int) -> Worth:
    """Worth of information from net benefits [R, K] per replication and option, its draw [R], and unknowns phi [P, D] per draw.

    Draws are numbered 0 to D - 1. Paired replications: only differences between options count, so common luck drops out.
    """
    count = np.bincount(draws)
    mean = np.stack([np.bincount(draws, weights=column) / count for column in (benefit - benefit[:, :1]).T], axis=1)  # [D, K]
    rng = np.random.default_rng(seed)
    orders = [np.arange(len(count)), *(rng.permutation(len(count)) for _ in range(PERMUTATIONS))]
    y = np.stack([mean[order, 1:] for order in orders], axis=1)  # [D, 1 + permutations, K - 1]
    found = np.stack([_gain(_fitted(x, y)) for x in phi]) if len(phi) else np.empty((0, len(orders)))
    bias = found[:, 1:].mean(axis=1)
    null = found[:, 1:] - bias[:, None]
    true, removed = _without_chance(benefit - benefit[:, :1], mean, draws)
    return Worth(
        int(mean.mean(axis=0).argmax()),
        float(_gain(true[:, None, 1:])[0]),
        np.maximum(found[:, 0] - bias, 0.0),
        float(np.quantile(null.max(axis=0), QUANTILE)) if len(phi) else 0.0,
        removed,
    )


def _gain(difference: F64) -> F64:
    """Mean of the best less the best of the means [S], from differences [D, S, K - 1] with the first option."""
    return np.asarray(np.maximum(difference, 0.0).max(axis=2).mean(axis=0) - np.maximum(difference.mean(axis=0), 0.0).max(axis=1))


def _fitted(x: F64, y: F64) -> F64:
    """Polynomials in x [D] fitted to every column of y [D, S, K - 1], each of the order that predicts left-out draws best."""
    flat = y.reshape(len(y), -1)
    spread = x.std()
    basis = np.vander((x - x.mean()) / spread if spread > 0 else np.zeros_like(x), HIGHEST + 1, increasing=True)
    q, r = np.linalg.qr(basis)
    q = q[:, np.abs(np.diag(r)) > 1e-9 * np.abs(r[0, 0])]  # an unknown with few distinct values bears fewer orders
    fit, leverage = np.zeros_like(flat), np.zeros(len(x))
    best, error = np.zeros_like(flat), np.full(flat.shape[1], np.inf)
    for column in q.T:
        fit = fit + np.outer(column, column @ flat)
        leverage = leverage + column**2
        left_out = (((flat - fit) / np.maximum(1 - leverage, 1e-12)[:, None]) ** 2).sum(axis=0)
        better = left_out < error
        best[:, better], error[better] = fit[:, better], left_out[better]
    return best.reshape(y.shape)


def _without_chance(benefit: F64, mean: F64, draws: NDArray[np.int64]) -> tuple[F64, bool]:
    """Differences per draw with the spread that parameters give them: drawn to their mean by the share that is luck of the runs.

    One-way analysis of variance, as in ``sim.experiment.paired``; False where no draw has two replications.
    """
    freedom = len(draws) - len(mean)
    if freedom < 1:
        return mean, False
    chance = ((benefit - mean[draws]) ** 2).sum(axis=0) / freedom
    between = mean.var(axis=0, ddof=1)
    luck = chance * np.mean(1 / np.bincount(draws))
    share = np.sqrt(np.maximum(1 - np.divide(luck, between, out=np.zeros_like(luck), where=between > 0), 0.0))
    middle = mean.mean(axis=0)
    return middle + (mean - middle) * share, True
