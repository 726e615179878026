"""Files of a fit, a recovery and a backtest."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from calibration import backtest, recover
from calibration.fit import Fit
from calibration.problem import Problem
from calibration.settings import Settings
from calibration.tables import Verdict, figures, unknowns, verdict
from sim.experiment.ensemble import Ensemble, write_ensemble
from sim.experiment.record import hardware, versions, write_json, write_text


def record(problem: Problem, settings: Settings, seed: int) -> dict[str, Any]:
    """What a fit came from, the same on every machine."""
    return {
        "model": problem.model.digest(),
        "scenario": problem.scenario.name,
        "problem": problem.digest,
        "until": problem.until.isoformat(),
        "size": problem.size,
        "seed": seed,
        "settings": settings.model_dump(),
        "figures": len(problem.targets),
        "unknowns": len(problem.names),
    }


def write_fit(out: Path, fit: Fit, settings: Settings, seed: int) -> tuple[pd.DataFrame, Verdict]:
    """Write the ensemble, the tables and the record; returns the table of figures and the verdict."""
    table, of_unknowns = figures(fit), unknowns(fit)
    result = verdict(fit, table)
    about = record(fit.problem, settings, seed) | {"fitted": [t.id for t, used in zip(fit.problem.targets, fit.used, strict=True) if used]}
    write_ensemble(out / "posterior.parquet", Ensemble(fit.problem.names, fit.z, about))
    write_csv(out / "figures.csv", table)
    write_csv(out / "unknowns.csv", of_unknowns)
    write_json(out / "fit.json", about | {"verdict": dataclasses.asdict(result)})
    write_json(out / "run.json", {"versions": versions(), "hardware": hardware()})
    return table, result


def write_recovered(out: Path, found: recover.Recovery, problem: Problem, settings: Settings, seed: int) -> dict[str, Any]:
    """Write the ranks and the summary; returns the summary."""
    summary = found.summary()
    about = record(problem, settings, seed)
    recover.write_recovery(out / "recovery.parquet", found, json.dumps(about, sort_keys=True).encode())
    write_json(out / "recovery.json", about | {"summary": summary})
    return summary


def write_backtest(out: Path, table: pd.DataFrame, day: date, used: int) -> list[str]:
    """Write predictions and scores; returns what to say of them."""
    write_csv(out / "backtest.csv", table)
    found = backtest.scores(table)
    share, low, high = backtest.inside(table)
    mere = int(table["mere_prior"].sum())
    write_json(
        out / "backtest.json",
        {
            "known_by": day.isoformat(), "figures_fitted": used, "figures_predicted": len(table), "inside": share,
            "inside_low": low, "inside_high": high, "mere_prior": mere, "scores": [dataclasses.asdict(score) for score in found],
        },
    )  # fmt: skip
    lines = [f"{share:.0%} of {len(table)} later figures inside the 90% interval ({low:.0%}-{high:.0%} with 95% certainty)"]
    lines += [
        f"{score.predictor} on {score.figures} figures: interval score {score.interval_score:.2f} "
        f"(model {score.model_interval_score:.2f}), CRPS {score.crps:.2f} (model {score.model_crps:.2f})"
        for score in found if score.predictor != "model"
    ]  # fmt: skip
    lines.append(f"{mere} of {len(table)} predictions are mere prior: no earlier figure informs them")
    return lines


def write_csv(file: Path, table: pd.DataFrame) -> None:
    """A table as CSV with unrounded numbers."""
    write_text(file, table.to_csv(index=False, lineterminator="\n"))
