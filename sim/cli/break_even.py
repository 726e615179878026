"""``zorgstroom explain NAME --break-even EURO``: the effect that a measure needs."""

from __future__ import annotations

import sys
from pathlib import Path

from sim.cli.choices import Format, Language, library_of, model_directory
from sim.cli.tables import print_table

COLUMNS = ("measure", "path", "scope", "op", "low", "mode", "high", "needed", "inside_band", "unit", "role", "evidence", "file", "line")


def print_break_even(
    name: str,
    saving: float,
    year: int,
    baseline: str,
    replications: int,
    parameters: str | None,
    seed: int,
    workers: int | None,
    model: Path | None,
    lang: Language,
    how: Format,
) -> None:
    """Work it out and print it: a sentence, and how large each effect must be."""
    from sim.cli.progress import shown
    from sim.experiment.ensemble import ensemble_of
    from sim.model import load_model
    from sim.packages.break_even import break_even
    from sim.report.package_text import break_even_sentence
    from sim.scenario.match import matching_paths

    loaded = load_model(model_directory(model))
    ensemble = ensemble_of(loaded, parameters)
    with shown("simulating") as progress:
        found = break_even(
            loaded, library_of(model), name, saving, year, baseline=baseline, replications=replications, seed=seed, ensemble=ensemble,
            workers=workers, progress=progress,
        )  # fmt: skip
    rows = []
    for need in found.needs:
        effect = need.effect
        unit = loaded.parameters[matching_paths(effect.path, loaded.parameters)[0]].written_unit
        rows.append(
            {
                "measure": effect.measure, "path": effect.path, "scope": str(effect.scope), "op": effect.op, "low": effect.low,
                "mode": effect.mode, "high": effect.high, "needed": need.needed, "inside_band": need.inside,
                "unit": unit if effect.op == "add" else "factor", "role": effect.role, "evidence": effect.evidence, "file": effect.file,
                "line": effect.line,
            }
        )  # fmt: skip
    print(break_even_sentence(found, lang.value), file=sys.stdout if how is Format.table else sys.stderr)
    if rows or how is not Format.table:
        print_table(rows, COLUMNS, how, name="effects", hidden=("measure", "role", "file", "line"))
