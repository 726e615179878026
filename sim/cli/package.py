"""``zorgstroom package``: which set of measures reaches a saving, and what it asks of waits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.choices import (
    EngineOption,
    Format,
    FormatOption,
    Language,
    LanguageOption,
    ModelOption,
    ParametersOption,
    SeedOption,
    known_engine,
    library_of,
    model_directory,
    refuse_file,
)
from sim.cli.study import ClusterOption, WorkersOption
from sim.cli.tables import print_table

HEADS = {
    Language.nl: {
        "number": "nr", "saving": "besparing (mln euro)", "predicted": "een trekking (mln)", "cost": "eigen kosten (mln)",
        "waits": "wachten (1.000 persoonsweken)",
        "chance": "kans",
        "chance_90": "kans 90%", "saving_alone": "kans besparing", "norms": "kans normen", "sure": "zeker (mln)",
        "worst": "vaakst gebroken",
        "measures": "maatregelen",
    },
    Language.en: {
        "number": "no", "saving": "saving (EUR m)", "predicted": "one draw (EUR m)", "cost": "own cost (EUR m)",
        "waits": "waits (1,000 person-weeks)",
        "chance": "chance",
        "chance_90": "chance 90%", "saving_alone": "chance saving", "norms": "chance norms", "sure": "sure (EUR m)",
        "worst": "broken most",
        "measures": "measures",
    },
}  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom package --saving 10e6 --year 2027 --exclude rbok-plafond --norm vraaganalyse=-0.05")(package)


def package(
    saving: Annotated[float, typer.Option("--saving", metavar="EURO", help="Saving asked in the year, net of the cost of measures.")],
    year: Annotated[int, typer.Option("--year", metavar="YEAR", help="The year it must be reached in.")],
    norm: Annotated[
        list[str] | None,
        typer.Option(
            "--norm",
            metavar="NODE=SHARE",
            help="Share of those arriving that must be helped within the norm of a node: 0.8, or signed against the baseline: -0.05. "
            "alle=... is every node, geen is no norm. Repeatable; later ones win.",
            show_default="alle=-0.10",
        ),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", metavar="MEASURE", help="Not this measure. Repeatable.")] = None,
    must: Annotated[list[str] | None, typer.Option("--must", metavar="MEASURE", help="Always this measure. Repeatable.")] = None,
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="SCENARIO", help="The world without a package; its measures stay in.")
    ] = "huidig-beleid",
    certainty: Annotated[float, typer.Option("--certainty", metavar="SHARE", help="How sure it must be to count as reached.")] = 0.8,
    replications: Annotated[int, typer.Option("--replications", metavar="N", min=4, help="Draws of what is not known, at the end.")] = 40,
    runs: Annotated[int, typer.Option("--runs", metavar="N", min=1, help="About as many runs as the search may take.")] = 1500,
    size: Annotated[
        float, typer.Option("--size", metavar="X", min=0.01, max=1.0, help="Size of the city to run at, for a quick look; 1 is as it is.")
    ] = 1.0,
    parameters: ParametersOption = None,
    model: ModelOption = None,
    seed: SeedOption = 1,
    engine: EngineOption = "numba",
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for runs, tables and pictures.")] = Path("results/package"),
    lang: LanguageOption = Language.nl,
    how: FormatOption = Format.table,
) -> None:
    """Find the packages of measures that no other beats on saving, waits and certainty together, against current policy.

    Measures are simulated together, not added up. Finished runs stand in --out: the same command goes on where it was stopped, and another
    saving, norm or choice of measures for the same year takes what is there. docs/package.md says what the answer means.
    """
    engine = known_engine(engine)
    refuse_file(out)
    from sim.cli.progress import shown
    from sim.packages import package as choose
    from sim.packages.question import DEFAULT_NORM
    from sim.report.package_files import COLUMNS, option_rows, write_answer
    from sim.report.package_text import sentences

    def say(text: str) -> None:
        print(f"zorgstroom: {text}", file=sys.stderr, flush=True)

    question: dict[str, Any] = {
        "norms": [DEFAULT_NORM, *(norm or [])], "exclude": exclude or [], "must": must or [], "baseline": baseline, "certainty": certainty,
        "replications": replications, "most_runs": runs, "parameters": None if parameters is None else parameters.value, "size": size,
        "seed": seed, "engine": engine,
    }  # fmt: skip
    with shown("simulating") as progress:
        found = choose(
            saving, year, **question, model=model_directory(model), library=library_of(model), out=out, workers=workers, cluster=cluster,
            progress=progress, say=say,
        )  # fmt: skip
    files = write_answer(found, out, lang.value, {"command": "package", "saving": saving, "year": year, "lang": lang.value, **question})
    told = "\n".join(sentences(found, lang.value))
    if how is Format.table:
        print(told)
        rows = _for_people(option_rows(found), lang)
        print_table(rows, list(HEADS[lang].values()), how, name="packages")
    else:
        print(told, file=sys.stderr)
        print_table(option_rows(found), COLUMNS, how, name="packages")
    say(f"wrote {len(files)} files to {out}")


def _for_people(rows: list[dict[str, Any]], lang: Language) -> list[dict[str, Any]]:
    """Millions of euro and thousands of person-weeks, in the reader's notation."""
    from sim.report.notation import Notation

    write = Notation(lang.value)
    heads = HEADS[lang]
    return [
        {
            heads["number"]: str(row["number"]),
            heads["saving"]: write.million(row["saving_euro"]),
            heads["predicted"]: write.span(row["predicted_low_euro"], row["predicted_high_euro"], 1, scale=1e6),
            heads["cost"]: write.million(row["measures_cost_euro"]),
            heads["waits"]: write.number(row["waits_person_weeks"] / 1e3, 1, signed=True),
            heads["chance"]: write.percent(row["chance"]),
            heads["chance_90"]: write.span(row["chance_low"], row["chance_high"], scale=0.01),
            heads["saving_alone"]: write.percent(row["chance_saving"]),
            heads["norms"]: write.percent(row["chance_norms"]),
            heads["sure"]: write.million(row["sure_saving_euro"]),
            heads["worst"]: f"{row['worst_norm']} ({write.percent(row['worst_norm_broken'])})" if row["worst_norm"] else "",
            heads["measures"]: ", ".join(row["measures"]),
        }
        for row in rows
    ]
