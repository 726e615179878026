"""What a fit found, as tables: figure by figure, unknown by unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from calibration.fit import Fit
from calibration.problem import Problem
from calibration.score import LEVEL, coverage, interval, interval_score
from sim.experiment.ensemble import EFFECT
from sim.experiment.reported import Target
from sim.forecasting.scores import sample_crps
from sim.model.parameter import Band
from sim.model.unknowns import LATER, Prior, value_at

F64 = NDArray[np.float64]
LEARNT = 0.8  # an unknown is called learnt where less than this share of its prior spread is left
WIDEST = 1.25  # predictive standard deviation over the root of band squared plus chance squared


def back(target: Target, x: float) -> float:
    """From the scale of the error to the unit of the figure."""
    if target.scale == "log":
        return float(np.exp(x))
    return float(1 / (1 + np.exp(-x))) if target.scale == "logit" else x


def figures(fit: Fit) -> pd.DataFrame:
    """A row per figure: what was reported and what the model makes of it as written, before and after the fit, in the figure's unit.

    ``inside``: the reported value lies in the model's 90 per cent predictive interval. ``spread``: predictive standard deviation over the
    root of band squared plus chance squared, with the chance that the fitted model has. Scores are in standard deviations of the report
    (band and discrepancy). ``family``: the first figure that counts the same in another gebied.
    """
    value, sd = fit.data.value, np.sqrt(fit.data.error)
    band = fit.problem.counting.error
    written = fit.written.mean(axis=1)
    noise = 1.6449 * fit.written.std(axis=1, ddof=1)
    ranges = {"written": (written - noise, written + noise), "prior": interval(fit.prior_g), "posterior": interval(fit.g)}
    families = _families(fit.problem.targets)
    rows: list[dict[str, Any]] = []
    for i, target in enumerate(fit.problem.targets):
        if not fit.problem.counting.countable[i]:
            continue
        row: dict[str, Any] = {
            "id": target.id, "title": target.title.nl, "title_en": target.title.en, "use": target.use, "fitted": bool(fit.used[i]),
            "bound": target.bound or "", "part": part_of(fit.problem, target), "family": families[i], "unit": target.unit,
            "period": target.period, "gebied": target.gebied if isinstance(target.gebied, str) else "elk", "reported": target.value,
            "band_low": target.band[0], "band_high": target.band[1], "written": back(target, float(written[i])),
        }  # fmt: skip
        for name, sample in (("prior", fit.prior_g), ("posterior", fit.g)):
            row[f"{name}_median"] = back(target, float(np.nanmedian(sample[i])))
        for name, (low, high) in ranges.items():
            if name != "written":
                row[f"{name}_low"], row[f"{name}_high"] = back(target, float(low[i])), back(target, float(high[i]))
            row[f"score_{name}"] = float(interval_score(low[i], high[i], value[i]) / sd[i])
        low, high = ranges["posterior"]
        row["inside"] = bool(low[i] <= value[i] <= high[i])
        row["spread"] = float(np.nanstd(fit.g[i], ddof=1) / np.sqrt(band[i] ** 2 + fit.chance[i]))
        row["residual"] = float((np.nanmedian(fit.g[i]) - value[i]) / np.sqrt(fit.data.error[i] + np.nanvar(fit.g[i])))
        row["crps"] = float(sample_crps(fit.g[i][:, None], value[i : i + 1])[0] / sd[i])
        rows.append(row)
    return pd.DataFrame(rows)


def part_of(problem: Problem, target: Target) -> str:
    """The part of the chain a figure is about; ``alle`` for the whole."""
    return target.part or problem.model.spec.nodes[target.nodes[0]].part


def series_of(target: Target) -> tuple[object, ...]:
    """What makes two figures the same one at different times."""
    return *_counted(target), _places(target)


def _counted(target: Target) -> tuple[object, ...]:
    over = repr(target.over.model_copy(update={"period": None})) if target.over else ""
    return (
        target.indicator, tuple(target.nodes), target.part, tuple(target.from_nodes), tuple(target.minus), repr(target.between),
        target.complement, target.age, target.period_kind, over, target.fall_since is not None, target.unit,
    )  # fmt: skip


def _places(target: Target) -> str | tuple[str, ...]:
    return target.gebied if isinstance(target.gebied, str) else tuple(target.gebied)


def _families(targets: Sequence[Target]) -> list[str]:
    """For each figure the first one that counts the same in the same period, whatever the gebied."""
    first: dict[tuple[object, ...], str] = {}
    return [first.setdefault((*_counted(t), t.period), t.id) for t in targets]


@dataclass(frozen=True)
class Verdict:
    """How a fit stands: over the figures that were fitted."""

    figures: int
    inside: float
    inside_low: float
    inside_high: float
    score_written: float
    score_prior: float
    score_posterior: float
    spread_largest: float
    learnt: int
    unknowns: int


def verdict(fit: Fit, table: pd.DataFrame) -> Verdict:
    fitted = table[table["fitted"]]
    share, low, high = coverage(fitted["inside"].to_numpy(dtype=bool))
    scores = {name: float(fitted[f"score_{name}"].mean()) for name in ("written", "prior", "posterior")}
    left = fit.z.std(axis=1) / fit.prior_z.std(axis=1)
    return Verdict(
        len(fitted), share, low, high, scores["written"], scores["prior"], scores["posterior"],
        float(fitted["spread"].max()), int((left < LEARNT).sum()), len(left),
    )  # fmt: skip


def unknowns(fit: Fit) -> pd.DataFrame:
    """A row per unknown: its prior and its posterior in its own unit (of a parameter with several values: the first that is not 0).

    ``left``: share of the prior spread that is left; ``shift``: how far its middle moved, in prior standard deviations. ``figure`` is the
    fitted figure it hangs together with most closely before the fit, and ``correlation`` how closely. ``latent_...`` is the posterior in
    latent values, in which every prior is the standard normal.
    """
    prior, problem = fit.problem.prior, fit.problem
    r = _correlations(fit.prior_z, fit.prior_g[fit.used])
    fitted = [t for t, used in zip(problem.targets, fit.used, strict=True) if used]
    rows = []
    for j, name in enumerate(problem.names):
        best = int(np.abs(r[j]).argmax())
        quantiles = {f"{when}_{q}": x for when, z in (("prior", fit.prior_z[j]), ("posterior", fit.z[j])) for q, x in _quantiles(z).items()}
        row: dict[str, Any] = {"unknown": name, "left": float(fit.z[j].std() / fit.prior_z[j].std()), "shift": float(fit.z[j].mean())}
        if name.startswith(f"{EFFECT}:"):
            unit, read = "share of the band", _same
            row["kind"], row["written"] = "effect", np.nan
        else:
            unit, value, band = example(prior, name)
            row["kind"], row["written"] = next(u.kind for u in prior.unknowns if u.name == name), value

            def read(u: float, value: float = value, band: Band = band, unit: str = unit) -> float:
                return value_at(value, band, u, unit)

        row["unit"], row["part"] = unit, _part_of_unknown(problem, name)
        row |= {f"latent_{q}": x for q, x in _quantiles(fit.z[j]).items()}
        row |= {key: read(float(ndtr(x))) for key, x in quantiles.items()}
        row["figure"], row["correlation"] = fitted[best].id, float(r[j, best])
        rows.append(row)
    return pd.DataFrame(rows)


def _part_of_unknown(problem: Problem, name: str) -> str:
    """The part of the chain whose node an unknown is of; empty where it is of none, or of several."""
    section, _, rest = name.partition(".")
    node = problem.model.spec.nodes.get(rest.partition(".")[0])
    return node.part if section == "nodes" and node else ""


def _same(u: float) -> float:
    return u


def _quantiles(z: F64) -> dict[str, float]:
    low, middle, high = np.quantile(z, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2])
    return {"low": float(low), "median": float(middle), "high": float(high)}


def example(prior: Prior, name: str) -> tuple[str, float, Band]:
    """Unit, written value and band of the first value an unknown moves."""
    bare = name.removesuffix(LATER)
    path, _, key = bare.partition("[")
    p = prior.model.parameters[path]
    wanted = key.rstrip("]")
    for at, series in p.values.items():
        if (not wanted or wanted in at) and series.values[-1] != 0.0:
            return p.unit, series.values[-1 if name.endswith(LATER) else 0], p.range
    return p.unit, 0.0, p.range


def _correlations(z: F64, g: F64) -> F64:
    g = np.where(np.isfinite(g), g, np.nanmean(g, axis=1)[:, None])
    x, y = z - z.mean(axis=1)[:, None], g - g.mean(axis=1)[:, None]
    scale = np.sqrt((x**2).sum(axis=1))[:, None] * np.sqrt((y**2).sum(axis=1))[None]
    return np.asarray(x @ y.T / np.where(scale > 0, scale, 1.0))
