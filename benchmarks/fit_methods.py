"""Ways to fit, compared on invented care chains whose truth is known: ``python -m benchmarks.fit_methods [CITIES]`` prints a table.

A chain is of the size of the shipped model (848 unknowns, 86 figures): a figure hangs on a few unknowns strongly and on fifty weakly, and
bends. Methods get the same cities. Columns: runs of the model; share of truths inside the 50 and 90 per cent intervals, over all unknowns
and over those with less than 0.8 of their spread left, which are counted too; predictive spread of the figures over the root of error
squared plus chance squared; mean interval score of the figures in those units (less is better).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks import esmda
from calibration.linearisation import Linearisation
from calibration.score import interval, interval_score
from calibration.smoother import Data, assimilate

F64 = NDArray[np.float64]
UNKNOWNS, FIGURES, STRONG, WEAK = 848, 86, 4, 50
CHANCE, ERROR, BEND = 0.1, 0.3, 0.15
LEARNT = 0.8


@dataclass(frozen=True, eq=False)
class City:
    """A chain, its truth and what it reported."""

    slope: F64
    true: F64
    data: Data

    @staticmethod
    def invented(draw: np.random.Generator) -> City:
        slope = np.zeros((FIGURES, UNKNOWNS))
        for row in slope:
            named = draw.permutation(UNKNOWNS)[: STRONG + WEAK]
            row[named] = draw.normal(size=STRONG + WEAK) * np.repeat([0.6, 0.08], [STRONG, WEAK])
        city = City(slope, draw.normal(size=UNKNOWNS), Data(np.zeros(FIGURES), np.full(FIGURES, ERROR**2), np.full(FIGURES, CHANCE**2)))
        reported = city.figures(city.true[:, None], draw.normal(size=(FIGURES, 1)))[:, 0] + ERROR * draw.normal(size=FIGURES)
        return City(slope, city.true, Data(reported, city.data.error, city.data.chance))

    def figures(self, z: F64, luck: F64) -> F64:
        straight = self.slope @ z
        return np.asarray(straight + BEND * straight**2 + CHANCE * luck)


def smoother(members: int, steps: int, line_runs: int) -> Callable[[City, np.random.Generator], F64]:
    def fit(city: City, draw: np.random.Generator) -> F64:
        many, prior = draw.normal(size=(UNKNOWNS, line_runs)), draw.normal(size=(UNKNOWNS, members))
        luck, noise = draw.normal(size=(FIGURES, members)), draw.normal(size=(FIGURES, members))
        line = Linearisation.of(many, city.figures(many, draw.normal(size=(FIGURES, line_runs))))
        return assimilate(lambda z, _: city.figures(z, luck), prior, city.figures(prior, luck), line, city.data, noise, steps)

    return fit


def es_mda(members: int, steps: int) -> Callable[[City, np.random.Generator], F64]:
    def fit(city: City, draw: np.random.Generator) -> F64:
        prior = draw.normal(size=(UNKNOWNS, members))
        return esmda.assimilate(lambda z, _: city.figures(z, draw.normal(size=(FIGURES, members))), prior, city.data, steps)

    return fit


METHODS: dict[str, tuple[int, Callable[[City, np.random.Generator], F64]]] = {
    "ES-MDA with tapers, 200 members x 2": (400, es_mda(200, 2)),
    "ES-MDA with tapers, 400 members x 4": (1600, es_mda(400, 4)),
    "line of 1,000 runs, 200 members x 1": (1200, smoother(200, 1, 1000)),
    "line of 1,000 runs, 200 members x 2": (1400, smoother(200, 2, 1000)),
    "line of 1,000 runs, 200 members x 3": (1600, smoother(200, 3, 1000)),
}


def main(cities: int) -> None:
    print("| method | runs | learnt | all: 50%, 90% | learnt: 50%, 90% | spread: median, largest | interval score |")
    print("|---|---|---|---|---|---|---|")
    for name, (runs, fit) in METHODS.items():
        ranks, learnt, spreads, scores = [], [], [], []
        for number in range(cities):
            city = City.invented(np.random.default_rng([1, number]))
            draw = np.random.default_rng([2, number])
            z = fit(city, draw)
            g = city.figures(z, draw.normal(size=(FIGURES, z.shape[1])))
            ranks.append((z < city.true[:, None]).mean(axis=1))
            learnt.append(z.std(axis=1) < LEARNT)
            size = np.sqrt(city.data.error + city.data.chance)
            spreads.append(g.std(axis=1) / size)
            low, high = interval(g)
            scores.append(interval_score(low, high, city.data.value) / size)
        off, known = np.abs(np.array(ranks) - 0.5), np.array(learnt)
        inside = [
            f"{(off < 0.25).mean():.2f}, {(off < 0.45).mean():.2f}",
            f"{(off[known] < 0.25).mean():.2f}, {(off[known] < 0.45).mean():.2f}",
        ]
        spread = np.array(spreads)
        print(
            f"| {name} | {runs:,} | {known.sum(axis=1).mean():.0f} | {inside[0]} | {inside[1]} | "
            f"{np.median(spread):.2f}, {spread.max():.2f} | {np.mean(scores):.2f} |", flush=True
        )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
