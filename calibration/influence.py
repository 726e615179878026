"""What the reported figures of a problem hang on, as tables, files and pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.groups import groups_of
from calibration.problem import Problem, run_seed
from calibration.runs import Runs
from calibration.sensitivity import Indices, Screening, screen
from calibration.write import write_csv
from sim.experiment.record import write_bytes, write_text
from sim.report.notation import Notation
from sim.report.plots import Bar, bar_chart

F64 = NDArray[np.float64]
SCREENED = -2  # in place of a step of a fit: trajectories
MOST_BARS = 30


def screen_figures(problem: Problem, runs: Runs, trajectories: int, seed: int) -> Screening:
    """Morris screening of all figures over the groups of unknowns; runs are kept, so that it goes on where it was stopped."""

    def forward(z: F64, luck: Sequence[int]) -> F64:
        return runs(z, [run_seed(seed, SCREENED, number) for number in luck], "screening")

    return screen(forward, groups_of(problem.model, problem.names), trajectories, seed)


def screening_table(problem: Problem, found: Screening) -> pd.DataFrame:
    """A row per group and figure it moves. ``effect``, ``low``, ``high`` and ``chance`` on the figure's scale (log, logit or its own unit).

    ``in_bands``: the effect in standard deviations of the figure's reported error.
    """
    sizes = Counter(groups_of(problem.model, problem.names))
    rows = []
    for g, group in enumerate(found.groups):
        for t, target in enumerate(problem.targets):
            if not found.effect[g, t] > 0:
                continue
            effect, half = float(found.effect[g, t]), float(found.half[g, t])
            rows.append(
                {
                    "group": group, "unknowns": sizes[group], "figure": target.id, "scale": target.scale, "effect": effect,
                    "low": max(effect - half, 0.0), "high": effect + half, "chance": float(found.chance[t]),
                    "above_chance": effect > found.chance[t], "in_bands": effect / float(problem.counting.error[t]),
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=[
        "group", "unknowns", "figure", "scale", "effect", "low", "high", "chance", "above_chance", "in_bands",
    ])  # fmt: skip


def ranked(problem: Problem, found: Screening) -> pd.DataFrame:
    """A row per group, the one that moves most first.

    ``share``: of all that moves a figure, mean over the figures, so that a figure that hardly any city meets does not decide the order.
    ``figures_above_chance``: how many it moves more than luck would; ``moves_most`` the one moved most beyond luck, in standard deviations
    of its reported error (``by_bands``).
    """
    moved = np.isfinite(found.chance) & (np.nan_to_num(found.effect).sum(axis=0) > 0)
    effect = np.where(moved, np.nan_to_num(found.effect), 0.0)
    share = effect / np.where(moved, effect.sum(axis=0), 1.0)
    above = moved & (effect > np.nan_to_num(found.chance))
    bands = np.where(above, effect / problem.counting.error, 0.0)
    sizes = Counter(groups_of(problem.model, problem.names))
    rows: list[dict[str, Any]] = []
    for g, group in enumerate(found.groups):
        most = int(bands[g].argmax())
        some = bool(above[g].any())
        rows.append(
            {
                "group": group, "unknowns": sizes[group], "share": float(share[g].sum() / max(moved.sum(), 1)),
                "figures_above_chance": int(above[g].sum()), "moves_most": problem.targets[most].id if some else None,
                "by_bands": float(bands[g, most]) if some else None,
            }
        )  # fmt: skip
    return pd.DataFrame(rows).sort_values(["share", "group"], ascending=[False, True], ignore_index=True)


def indices_table(problem: Problem, found: Indices) -> pd.DataFrame:
    """A row per figure and unknown above the noise level, the largest share of a figure's variance first."""
    groups = groups_of(problem.model, problem.names)
    rows = [
        {
            "figure": target.id, "unknown": problem.names[u], "group": groups[u], "share": float(found.first[u, t]),
            "noise": found.noise, "samples": found.samples,
        }
        for t, target in enumerate(problem.targets)
        for u in np.argsort(-found.first[:, t], kind="stable")
        if found.first[u, t] > found.noise
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["figure", "unknown", "group", "share", "noise", "samples"])


def write_influence(out: Path, morris: pd.DataFrame, groups: pd.DataFrame, indices: pd.DataFrame) -> None:
    """Write morris.csv, groups.csv, indices.csv and their pictures."""
    for name, table in (("morris", morris), ("groups", groups), ("indices", indices)):
        write_csv(out / f"{name}.csv", table)
    top = groups[groups["share"] > 0].head(MOST_BARS)
    bars = [Bar(100 * value) for value in top["share"]]
    draw(out / "figures" / "morris", list(top["group"]), bars, "What moves the reported figures", "% of all that moves a figure, mean")
    most = indices.sort_values("share", ascending=False, kind="stable").head(MOST_BARS)
    names = [f"{unknown} → {figure}" for unknown, figure in zip(most["unknown"], most["figure"], strict=True)]
    draw(
        out / "figures" / "indices", names, [Bar(share) for share in most["share"]], "Unknowns that explain most of a figure",
        "share of variance; the line: what an unknown that does nothing may get", float(indices["noise"].iloc[0]) if len(indices) else None,
    )  # fmt: skip


def draw(place: Path, labels: Sequence[str], bars: Sequence[Bar], title: str, unit: str, noise: float | None = None) -> None:
    """A bar chart as SVG and PNG; nothing, and none from before, where there is no bar."""
    files = place.with_suffix(".svg"), place.with_suffix(".png")
    if not labels:
        for file in files:
            file.unlink(missing_ok=True)
        return
    svg, png = bar_chart(labels, bars, title, unit, Notation("en"), noise=noise)
    write_text(files[0], svg)
    write_bytes(files[1], png)
