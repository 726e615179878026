"""Backtest: fit on what was known on a day, predict what was reported later, and compare with predictions that cost nothing.

A prediction of a reported figure holds the spread of the posterior, the model's chance, and the error of the report itself. Beside it stand

- *last value*: the last earlier figure of the same series, with the errors of both reports; of a fall since a time that is known, none;
- *trend*: a straight line through three or more earlier figures on the scale of the error, with its prediction interval.

What nothing earlier informs is predicted by the prior: the table says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from calibration.fit import Fit
from calibration.problem import Problem
from calibration.score import coverage, interval, interval_score
from calibration.tables import back, series_of
from sim.draws.keyed import combine, mix, name_key, uniform
from sim.experiment.reported import Target, figures_until, transform, until_day
from sim.forecasting.scores import sample_crps

F64 = NDArray[np.float64]
MERE_PRIOR = 0.9  # a prediction with more than this share of the prior's spread was not informed


def known_by(problem: Problem, day: date) -> NDArray[np.bool_]:
    """The figures [T] that inform a fit made on ``day``."""
    known = {t.id for t in figures_until(problem.targets, day)}
    return np.array([t.id in known for t in problem.targets]) & problem.fitted


def later(problem: Problem, day: date) -> NDArray[np.bool_]:
    """The figures [T] reported about a later time, that the model is held to and a run can count."""
    known = {t.id for t in figures_until(problem.targets, day)}
    return np.array([t.id not in known and t.use != "shown" for t in problem.targets]) & problem.counting.countable


def predictions(fit: Fit, everything: Sequence[Target], day: date, seed: int) -> pd.DataFrame:
    """A row per later figure: reported, predicted median and interval (in the figure's unit), the scores of the model and of its rivals.

    ``everything``: all figures of the file, also those before the run began, for they make the last value and the trend. Scores are in
    standard deviations of the report.
    """
    rows: list[dict[str, Any]] = []
    for i in np.flatnonzero(later(fit.problem, day)):
        target = fit.problem.targets[i]
        value, sd = np.array([fit.data.value[i]]), float(np.sqrt(fit.data.error[i]))
        if target.bound:
            continue  # an upper bound has no value to be scored
        sample, prior = (_reported(of, sd, target.id, seed) for of in (fit.g[i], fit.prior_g[i]))
        earlier = _earlier(target, everything, day)
        rivals = {"model": sample, "prior": prior, "last": _last_value(target, earlier, sd, day), "trend": _trend(target, earlier, sd)}
        low, high = interval(sample)
        row: dict[str, Any] = {
            "id": target.id, "title": target.title.nl, "title_en": target.title.en, "period": target.period, "unit": target.unit,
            "reported": target.value,
            "median": back(target, float(np.median(sample))), "low": back(target, float(low)), "high": back(target, float(high)),
            "inside": bool(low <= value[0] <= high),
            "mere_prior": bool(np.nanstd(fit.g[i]) > MERE_PRIOR * np.nanstd(fit.prior_g[i])),
        }  # fmt: skip
        for name, of in rivals.items():
            if of is None:
                row[f"interval_score_{name}"] = row[f"crps_{name}"] = np.nan
                continue
            bounds = interval(of)
            row[f"interval_score_{name}"] = float(interval_score(bounds[0], bounds[1], value[0]) / sd)
            row[f"crps_{name}"] = float(sample_crps(of[:, None], value)[0] / sd)
        rows.append(row)
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Score:
    """Mean scores of one predictor over the figures it can predict, and the model's over the same figures; less is better."""

    predictor: str
    figures: int
    interval_score: float
    crps: float
    model_interval_score: float
    model_crps: float


def scores(table: pd.DataFrame) -> list[Score]:
    """The model against each rival, on what both predict."""
    out = []
    for name in ("model", "prior", "last", "trend"):
        here = table[table[f"crps_{name}"].notna()] if len(table) else table
        if len(here):
            means = [float(here[f"{score}_{who}"].mean()) for who in (name, "model") for score in ("interval_score", "crps")]
            out.append(Score(name, len(here), *means))
    return out


def inside(table: pd.DataFrame) -> tuple[float, float, float]:
    """Share of later figures inside the 90 per cent prediction interval, with its binomial 95 per cent interval."""
    return coverage(table["inside"].to_numpy(dtype=bool))


def _reported(figures: F64, sd: float, name: str, seed: int) -> F64:
    """What would be reported of the members that can count a figure (a ratio over nothing cannot be)."""
    counted = figures[np.isfinite(figures)]
    return np.asarray(counted + sd * _normal(name, len(counted), seed))


def _normal(name: str, n: int, seed: int) -> F64:
    """Errors of the report, stratified (every layer of the normal once) in an order keyed by the figure."""
    key = combine(combine(name_key("prediction"), mix(seed)), name_key(name))
    order = np.argsort([uniform(combine(key, k)) for k in range(n)], kind="stable")
    return np.asarray(stats.norm.ppf((order + 0.5) / n))


def _earlier(target: Target, everything: Sequence[Target], day: date) -> list[Target]:
    mine = series_of(target)
    found = [t for t in figures_until(everything, day) if series_of(t) == mine and t.bound is None]
    return sorted(found, key=lambda t: t.until_day)


def _last_value(target: Target, earlier: Sequence[Target], sd: float, day: date) -> F64 | None:
    if earlier:
        middle, spread = transform(earlier[-1].scale, earlier[-1].value), np.hypot(sd, earlier[-1].error)
    elif target.fall_since is not None and until_day(target.period_kind, target.fall_since) <= day:
        middle, spread = 0.0, sd  # all stays as it was
    else:
        return None
    return np.asarray(middle + spread * stats.norm.ppf((np.arange(200) + 0.5) / 200))


def _trend(target: Target, earlier: Sequence[Target], sd: float) -> F64 | None:
    if len(earlier) < 3:
        return None
    x = np.array([t.until_day.toordinal() / 365.25 for t in earlier])
    y = np.array([transform(t.scale, t.value) for t in earlier])
    at = target.until_day.toordinal() / 365.25
    line = stats.linregress(x, y)
    freedom = len(x) - 2
    residual = np.sqrt(((y - line.intercept - line.slope * x) ** 2).sum() / freedom)
    spread = np.hypot(residual * np.sqrt(1 + 1 / len(x) + (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()), sd)
    return np.asarray(line.intercept + line.slope * at + spread * stats.t.ppf((np.arange(200) + 0.5) / 200, freedom))
