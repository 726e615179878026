"""Files of an invented fit, backtest and recovery: those of real commands in shape, with numbers made up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.recover import Recovery, write_recovery
from calibration.write import write_csv
from sim.experiment.record import write_json
from sim.experiment.reported import Target

UNTIL = "2024-01-01"
MEMBERS = 40


def figure_rows(targets: Sequence[Target], parts: Sequence[str], outside: Sequence[str] = ()) -> pd.DataFrame:
    """A row per figure; the model is 5 per cent above the report with an interval of 10 per cent, or far above it where ``outside``."""
    rows = []
    for target, part in zip(targets, parts, strict=True):
        middle = target.value * (2.0 if target.id in outside else 1.05)
        row = {
            "id": target.id, "title": target.title.nl, "title_en": target.title.en, "use": target.use, "fitted": target.use == "fit",
            "bound": target.bound or "", "part": part, "family": target.id, "unit": target.unit, "period": target.period,
            "gebied": target.gebied if isinstance(target.gebied, str) else "elk", "reported": target.value,
            "band_low": target.band[0], "band_high": target.band[1], "written": target.value * 1.2,
        }  # fmt: skip
        for name, width in (("prior", 0.5), ("posterior", 0.1)):
            row |= {f"{name}_median": middle, f"{name}_low": middle * (1 - width), f"{name}_high": middle * (1 + width)}
        row |= {"score_written": 9.0, "score_prior": 6.0 + len(rows) % 3, "score_posterior": 4.0, "spread": 1.0}
        rows.append(row | {"inside": target.id not in outside, "residual": 0.4, "crps": 0.5})
    table = pd.DataFrame(rows)
    for name in ("wmo", "jeugd"):  # reported per gebied
        per = table["id"].str.startswith(f"{name}_") & ~table["gebied"].isin(["alle", "elk"])
        table.loc[per, "family"] = f"{name}_centrum"
    return table


def unknown_rows(names: Sequence[str], learnt: int) -> pd.DataFrame:
    """A row per unknown, the first ``learnt`` of them halved in spread."""
    rows = []
    for i, name in enumerate(names):
        left = 0.5 if i < learnt else 0.95
        rows.append(
            {
                "unknown": name, "left": left, "shift": 1.2 if i == 0 else 0.1, "kind": "assumption" if ":" not in name else "effect",
                "written": 10.0, "unit": "weeks", "part": "wijkteam" if i % 2 else None, "latent_low": -left, "latent_median": 0.0,
                "latent_high": left, "prior_low": 5.0, "prior_median": 10.0, "prior_high": 20.0, "posterior_low": 8.0,
                "posterior_median": 10.0, "posterior_high": 13.0, "figure": "jeugd_starts_2021", "correlation": 0.7,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def write_invented_fit(out: Path, figures: pd.DataFrame, unknowns: pd.DataFrame) -> None:
    numbers = {"log": 0.05, "logit": 0.1, "absolute": 0.0}
    settings = {"members": {"value": MEMBERS}, "discrepancy": {scale: {"value": value} for scale, value in numbers.items()}}
    write_csv(out / "figures.csv", figures)
    write_csv(out / "unknowns.csv", unknowns)
    write_json(out / "fit.json", {"settings": settings, "until": UNTIL, "unknowns": len(unknowns)})


def write_invented_backtest(out: Path, figures: pd.DataFrame, mere: int) -> None:
    """The first ``mere`` figures are mere prior; the last has no earlier value."""
    table = figures[["id", "title", "title_en", "period", "unit", "reported", "inside"]].copy()
    table["median"], table["low"], table["high"] = figures["posterior_median"], figures["posterior_low"], figures["posterior_high"]
    table["mere_prior"] = np.arange(len(table)) < mere
    for name, score in (("model", 1.0), ("prior", 1.5), ("last", 1.0), ("trend", 0.5)):
        wave = np.where(np.arange(len(table)) % 2, 0.2, -0.2)
        table[f"crps_{name}"] = score + (wave if name == "last" else 0.0)
        table[f"interval_score_{name}"] = 4 * score
    table.loc[table.index[-1], ["crps_last", "interval_score_last"]] = np.nan
    write_csv(out / "backtest.csv", table)
    scores = [{"predictor": "last", "figures": 5, "interval_score": 4.0, "model_interval_score": 4.0, "crps": 1.0, "model_crps": 1.0}]
    k = int(table["inside"].sum())
    document = {"known_by": "2022-10-01", "figures_fitted": 50, "inside": k / len(table), "inside_low": 0.3, "inside_high": 0.99}
    write_json(out / "backtest.json", document | {"scores": scores})


def write_invented_recovery(out: Path, ranks: np.ndarray, names: Sequence[str], size: float = 0.2) -> None:
    """``ranks`` [truth, unknown] among the members."""
    found = Recovery(tuple(names), MEMBERS, ranks, np.full(ranks.shape, 0.7))
    write_recovery(out / "recovery.parquet", found, json.dumps({"size": size}).encode())
