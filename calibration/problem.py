"""The problem a fit solves: which unknowns, which reported figures, and the runs that join them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.draws.keyed import combine, combine_array, mix, name_key, replication_seed, uniform_array
from sim.engine import simulate
from sim.experiment.ensemble import Ensemble, effect_unknowns
from sim.experiment.reported import Counting, Target
from sim.model import Model
from sim.model.unknowns import Prior
from sim.plan import compile_plan
from sim.plan.scale import scaled
from sim.scenario import Scenario

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """A model in a world, the figures reported there, and the size of the city it is run at (1: as it is).

    Runs last from the start of the model to ``until``.
    """

    model: Model
    scenario: Scenario
    targets: tuple[Target, ...]
    until: date
    size: float = 1.0

    @cached_property
    def prior(self) -> Prior:
        return Prior.of(self.model)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The unknowns: those of the model, then those of the effects of what the scenario introduces before ``until``."""
        return (*self.prior.names, *effect_unknowns(self.scenario, self.until))

    @cached_property
    def counting(self) -> Counting:
        """How the figures are counted, with d [T] (``reported``) and their standard deviations [T] (``error``) on their scales."""
        return Counting.of(self.targets, compile_plan(self.model, self.scenario, until=self.until))

    def latin(self, members: int, seed: int) -> F64:
        """A prior ensemble z [U, N]: a Latin hypercube, so that each unknown has its prior in every ensemble.

        The order and the place within each layer are keyed by the unknown's name: another unknown more moves nobody.
        """
        place = np.arange(members, dtype=np.uint64)
        z = np.empty((len(self.names), members))
        for row, name in enumerate(self.names):
            key = combine(combine(name_key("prior"), mix(seed)), name_key(name))
            order = np.argsort(uniform_array(keys_of(key, place)), kind="stable")
            z[row] = ndtri((order + uniform_array(keys_of(combine(key, 1), place))) / members)
        return z

    def run(self, z: F64, seed: int) -> F64:
        """The model's figures [T] at latent values z [U], on the scale of each; NaN where a figure cannot be counted.

        NaN in z leaves an unknown as it is written.
        """
        given = np.isfinite(z)
        draw = Ensemble(tuple(compress(self.names, given)), z[given, None])
        plan = compile_plan(draw.model(self.prior, 0), self.scenario, until=self.until, effect_draw=draw.effect_place(0))
        plan = scaled(plan, self.size)
        return self.counting.on_scale(self.counting.observe(plan, simulate(plan, seed), self.size))

    def figures(self, z: F64, seeds: Sequence[int]) -> F64:
        """Figures [T, N] at z [U, N], one chance seed for each."""
        return np.stack([self.run(z[:, i], seed) for i, seed in enumerate(seeds)], axis=1)

    @cached_property
    def fitted(self) -> NDArray[np.bool_]:
        """Which figures [T] inform a fit: those meant for it that a run of this length can count."""
        return np.array([t.use == "fit" for t in self.targets]) & self.counting.countable

    @cached_property
    def informing(self) -> Problem:
        """The same problem with nothing but the figures that inform a fit, which takes less time to count."""
        return replace(self, targets=tuple(compress(self.targets, self.fitted)))

    def report_errors(self, seed: int, members: int) -> F64:
        """Standard normal errors of the reports [T, N], one for every member, keyed by the figure."""
        place = np.arange(members, dtype=np.uint64)
        keys = [combine(combine(name_key("error"), mix(seed)), name_key(target.id)) for target in self.targets]
        return np.stack([ndtri(uniform_array(keys_of(key, place))) for key in keys])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything a run depends on but z and the seed."""
        h = hashlib.sha256()
        for part in (
            self.model.digest(),
            repr([effect.order for effect in self.scenario.effects]),  # not where their files stand
            repr(self.targets),
            str(self.until),
            repr(self.size),
            repr(self.names),
        ):
            h.update(part.encode() + b"\0")
        return h.hexdigest()


def keys_of(key: int, place: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Draw keys at places under one key, same shape."""
    return combine_array(np.full(len(place), key, np.uint64), place)


def run_seed(seed: int, step: int, member: int) -> int:
    """Chance seed of one run of a fit."""
    return replication_seed(combine(mix(seed), step), member)
