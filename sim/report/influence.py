"""Which unknowns a difference hangs on: correlation over the parameter draws of the study itself, held against chance.

Values of the unknowns come from the study's folder: those of the fitted ensemble from its copy of ``posterior.parquet``, the effects it
does not know from their own keyed draws. An unknown counts where its correlation exceeds what the largest of all unknowns reaches by
chance in nine of ten permutations (max-statistic: Westfall & Young 1993), so that looking at hundreds does not make some stand out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.draws.keyed import effect_uniform
from sim.experiment.ensemble import FILE as POSTERIOR
from sim.experiment.ensemble import SCALE, effect_name
from sim.experiment.inputs import INPUTS, MODEL
from sim.report.study_info import StudyInfo

F64 = NDArray[np.float64]
FEWEST_DRAWS = 20  # with fewer, of some hundreds of unknowns several reach a correlation of 0.7 by chance
PERMUTATIONS = 400
LEVEL = 0.9
END = 1.6449  # standard normal quantile of 95 per cent: low and high of an unknown


@dataclass(frozen=True, eq=False)
class Unknowns:
    """``z[unknown, draw]``: latent values (standard normal before the fit)."""

    names: tuple[str, ...]
    z: F64


@dataclass(frozen=True)
class Influence:
    """``low`` and ``high``: the outcome at the 5 and 95 per cent point of the unknown, by a straight line through the draws."""

    name: str
    correlation: float
    low: float
    high: float


def unknowns_of(folder: Path, info: StudyInfo, draws: Sequence[int]) -> Unknowns:
    """What differed between the draws of a study that stands in ``folder``."""
    found: dict[str, F64] = {}
    file = folder / INPUTS / MODEL / POSTERIOR
    if info.fitted and file.is_file():
        table = pq.read_table(file)
        latent = np.stack([table.column(str(m)).to_numpy() for m in range(table.num_columns - 1)], axis=1) / SCALE
        found = dict(zip(table.column("unknown").to_pylist(), latent[:, [d % latent.shape[1] for d in draws]], strict=True))
    for scenario in info.scenarios:
        for x in scenario.changes:
            name = effect_name(x.measure, x.path)
            if x.low < x.high and name not in found:
                found[name] = ndtri(np.array([effect_uniform(x.measure, x.path, d) for d in draws]))
    found = {name: z for name, z in found.items() if z.std() > 0}
    return Unknowns(tuple(found), np.stack(list(found.values())) if found else np.empty((0, len(draws))))


def influences(unknowns: Unknowns, outcome: F64, seed: int = 1) -> tuple[Influence, ...]:
    """The unknowns that ``outcome[draw]`` hangs on beyond chance, the strongest first; none where the outcome never differs."""
    y = outcome - outcome.mean()
    if not len(unknowns.names) or not np.isfinite(y).all() or not y.any():
        return ()
    middle = unknowns.z.mean(axis=1, keepdims=True)
    z = (unknowns.z - middle) / unknowns.z.std(axis=1, keepdims=True)
    unit = y / np.sqrt((y**2).sum())
    correlation = z @ unit / np.sqrt(len(y))
    rng = np.random.default_rng(seed)
    shuffled = np.stack([rng.permutation(unit) for _ in range(PERMUTATIONS)], axis=1)
    limit = np.quantile(np.abs(z @ shuffled / np.sqrt(len(y))).max(axis=0), LEVEL)
    swing = correlation * y.std() * END
    order = np.argsort(-np.abs(correlation), kind="stable")
    return tuple(
        Influence(unknowns.names[i], float(correlation[i]), float(outcome.mean() - swing[i]), float(outcome.mean() + swing[i]))
        for i in order
        if abs(correlation[i]) > limit
    )
