"""What the figures of a model hang on: Morris screening over groups of unknowns, then first-order indices from runs that stand.

Latent values z [U, N] as everywhere in this package; y [T, N] are the outputs, NaN where one could not be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import morris as analyse_morris
from SALib.analyze.rbd_fast import permute_outputs, unskew_S1
from SALib.sample import morris as sample_morris
from scipy.special import ndtri

F64 = NDArray[np.float64]
BAND = 0.05, 0.95  # probabilities of the prior between which a group is moved: the ends of a band are never drawn
LEVELS = 4  # of the grid; with an even number the moves of half of it and more cover all levels alike (Morris 1991)
HARMONICS = 6  # a response that rises and falls twice over its band is still seen; more only adds noise
FALSE_ALARM = 0.05  # chance that among all unknowns of one figure one that does nothing stands above the noise level
MAXIMA = 100  # permuted samples of all unknowns behind a noise level: five of them lie above it
FEWEST = 2  # trajectories an effect is a mean over


@dataclass(frozen=True, eq=False)
class Screening:
    """Morris's mean absolute elementary effect per group and output, [G, T], in units of the output over the whole band of the group.

    ``half``: half of its 95 per cent bootstrap interval. ``chance`` [T]: the same number for a change of nothing but the luck. Within a
    trajectory the luck is shared, so chance stands in an effect for less than that. NaN where fewer than two trajectories count an output.
    """

    groups: tuple[str, ...]
    effect: F64
    half: F64
    chance: F64
    trajectories: int


def screen(
    forward: Callable[[F64, Sequence[int]], F64], groups: Sequence[str], trajectories: int, seed: int, bounds: F64 | None = None
) -> Screening:
    """Move one group of unknowns at a time along random trajectories (Morris 1991; groups: Campolongo, Cariboni & Saltelli 2007).

    ``groups[u]`` is the group of unknown u. ``forward(x [U, N], luck [N])`` gives y [T, N]; luck is a number per run, the same along a
    trajectory. ``bounds`` [U, 2] between which each unknown moves; without them x is latent, from 0.05 to 0.95 of its prior.
    """
    names = tuple(dict.fromkeys(groups))
    unknowns, steps = len(groups), len(names) + 1
    problem = {
        "num_vars": unknowns, "names": [str(i) for i in range(unknowns)], "groups": list(groups),
        "bounds": [list(BAND)] * unknowns if bounds is None else bounds.tolist(),
    }  # fmt: skip
    x = sample_morris.sample(problem, trajectories, num_levels=LEVELS, seed=seed).T
    z = ndtri(x) if bounds is None else x
    luck = np.repeat(np.arange(trajectories), steps)
    starts = np.arange(trajectories) * steps
    y = forward(np.concatenate([z, z[:, starts]], axis=1), [*luck.tolist(), *range(trajectories, 2 * trajectories)])
    other, y = y[:, -trajectories:], y[:, :-trajectories]

    first = [list(groups).index(name) for name in names]  # all members of a group move together: one stands for it
    single = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names), "groups": list(names)}
    effect, half = np.full((2, len(names), len(y)), np.nan)
    chance = np.full(len(y), np.nan)
    step = LEVELS / (2 * (LEVELS - 1))  # length of a move, in bands
    for t, row in enumerate(y):
        whole = np.isfinite(row.reshape(trajectories, steps)).all(axis=1)
        if whole.sum() < FEWEST:
            continue
        kept = np.repeat(whole, steps)
        found = analyse_morris.analyze(single, x[first][:, kept].T, row[kept], num_levels=LEVELS, seed=seed)
        order = [list(found["names"]).index(name) for name in names]
        effect[:, t] = np.asarray(found["mu_star"], dtype=np.float64)[order]
        half[:, t] = np.asarray(found["mu_star_conf"], dtype=np.float64)[order]
        chance[t] = np.nanmean(np.abs(other[t, whole] - row[starts[whole]])) / step
    return Screening(names, effect, half, chance, trajectories)


@dataclass(frozen=True, eq=False)
class Indices:
    """First-order index per unknown and output, [U, T]: the share of the variance of the output that the unknown explains by itself.

    ``noise``: what, by chance, the largest index of unknowns that do nothing exceeds once in twenty times. ``samples``: runs behind it.
    """

    first: F64
    noise: float
    samples: int

    @property
    def false_alarms(self) -> float:
        """How many pairs of unknown and output would stand above the noise level if nothing did anything."""
        return FALSE_ALARM * float(np.isfinite(self.first).any(axis=0).sum())


def first_order(z: F64, y: F64, seed: int) -> Indices:
    """First-order indices from a given sample by RBD-FAST (Plischke 2010) without its bias (Tissot & Prieur 2012).

    The noise level comes from the same indices with the outputs permuted against the unknowns.
    """
    rng = np.random.default_rng(seed)
    first = np.full((len(z), len(y)), np.nan)
    counted = [t for t, row in enumerate(y) if np.isfinite(row).sum() > 4 * HARMONICS and np.nanstd(row) > 0]
    orders: dict[bytes, NDArray[np.intp]] = {}
    rounds = -(-MAXIMA // max(len(counted), 1))
    null: list[F64] = []
    for t in counted:
        finite = np.isfinite(y[t])
        row = y[t, finite]
        key = finite.tobytes()
        if key not in orders:
            place = np.arange(len(row))
            orders[key] = np.stack([permute_outputs(x[finite], place) for x in z])
        first[:, t] = _indices(row[orders[key]])
        null += [_indices(rng.permutation(row)[orders[key]]) for _ in range(rounds)]
    noise = float(np.quantile(np.concatenate(null), 1 - FALSE_ALARM / len(z))) if null else np.nan
    return Indices(first, noise, y.shape[1])


def _indices(ordered: F64) -> F64:
    """Indices [U] from the outputs ordered by each unknown, [U, N]: the share of their power in the first harmonics."""
    n = ordered.shape[1]
    power = np.abs(np.fft.rfft(ordered - ordered.mean(axis=1, keepdims=True), axis=1)) ** 2
    if n % 2 == 0:
        power[:, -1] /= 2  # one side of the spectrum holds the highest frequency once, all others twice
    share = power[:, 1 : HARMONICS + 1].sum(axis=1) / power[:, 1:].sum(axis=1)
    return np.asarray(unskew_S1(share, HARMONICS, n), dtype=np.float64)
