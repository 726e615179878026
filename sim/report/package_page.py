"""An answer about packages as a page: whether the saving is reached, the frontier, what carries it, what to find out first."""

from __future__ import annotations

import math
from functools import partial

from sim.indicators.savings import SPLIT
from sim.report.answer_folder import AnswerFolder, Line, value
from sim.report.blocks import Block, Bullets, Cell, Chapter, Para, Picture
from sim.report.frontier_chart import FrontierPoint, FrontierWords, frontier_chart
from sim.report.notation import Notation
from sim.report.parameter_words import unknown
from sim.report.waterfall import Step, waterfall

MILLION = 1e6
MOST_FACTS = 15
NOT_ASKED = ("baseline_files", "measures", "titles", "sentences")


def frontier_words(year: int, baseline: str, saving: float, certainty: float, say: Notation) -> FrontierWords:
    """What is written in the picture of the frontier."""
    sure = say.percent(certainty)
    if say.lang == "nl":
        return FrontierWords(
            f"Besparing tegen wachten in {year}",
            "gemiddelde besparing, mln euro per jaar; streep: 90%-interval van het gemiddelde",
            f"meer gewachte persoonsweken dan {baseline} (duizend)",
            "Kans op besparing en normen",
            "procent; streep: 90%-interval",
            (f"kans ten minste {sure}", "kans 50% of meer", "kans kleiner"),
            "doorgerekend, niet op het front",
            f"gevraagd: {say.euro_million(saving)}",
        )
    return FrontierWords(
        f"Saving against waits in {year}",
        "mean saving, million euro a year; line: 90% interval of the mean",
        f"more person-weeks waited than {baseline} (thousands)",
        "Chance of saving and norms",
        "per cent; line: 90% interval",
        (f"chance at least {sure}", "chance 50% or more", "chance smaller"),
        "simulated, not on the frontier",
        f"asked: {say.euro_million(saving)}",
    )


def chapters(f: AnswerFolder) -> list[Chapter]:
    """The chapters of an answer about packages."""
    options = f.rows("packages.csv", "number", "measures", "saving_euro", "waits_person_weeks", "chance")
    made = [_answer(f, options), _frontier(f, options), _carriers(f, options), _split(f, options), _facts(f), f.account(NOT_ASKED)]
    return [c for c in made if c.blocks]


def title(f: AnswerFolder) -> str:
    return f.say("package.title", saving=f.n.euro_million(f.record.get("saving")), year=f.record.get("year"))


def _names(f: AnswerFolder, text: str) -> list[str]:
    return [f.title_of("measures", name) for name in text.split(" + ") if name]


def _answer(f: AnswerFolder, options: list[Line]) -> Chapter:
    told = f.record.get("sentences", {}).get(f.lang)
    file = f.directory / "answer.txt"
    if told is None and file.is_file():  # an answer of an earlier version, in one language
        told = file.read_text(encoding="utf-8").splitlines()
    blocks: list[Block] = [Bullets(tuple(told or ()))] if told else []
    if options:
        blocks.append(Para(f.say("package.note"), "note"))
    return Chapter("antwoord", f.say("ch.headline"), blocks)


def _frontier(f: AnswerFolder, options: list[Line]) -> Chapter:
    if not options:
        return Chapter("front", "")
    r = f.record

    def three(x: Line, name: str, unit: str) -> tuple[float, float, float]:
        return value(x, f"{name}{unit}"), value(x, f"{name}_low{unit}"), value(x, f"{name}_high{unit}")

    points = [
        FrontierPoint(int(x["number"]), three(x, "saving", "_euro"), three(x, "waits", "_person_weeks"), three(x, "chance", ""))
        for x in options
    ]
    drawn = f.rows("figures/frontier.csv", "on_frontier", "saving_euro", "waits_person_weeks")
    others = [(value(x, "saving_euro"), value(x, "waits_person_weeks")) for x in drawn if x["on_frontier"] == "False"]
    words = frontier_words(r["year"], f.title_of("scenarios", r["baseline"]), r["saving"], r["certainty"], f.n)
    draw = partial(frontier_chart, points, others, r["saving"], r["certainty"], words, f.n)
    picture = Picture(
        "frontier", f.say("package.frontier", year=r["year"]), f.say("package.frontier_alt"), draw, wide=720, numbers="pakketten"
    )
    columns = [
        (f.say("package.col.measures"), lambda x: Cell("; ".join(_names(f, x["measures"])))),
        (f.say("package.col.saving"), lambda x: f.number(x, "saving_euro", 1, scale=MILLION, ends=("saving_low_euro", "saving_high_euro"))),
        (f.say("package.col.predicted"), lambda x: _span(f, x)),
        (f.say("package.col.cost"), lambda x: f.number(x, "measures_cost_euro", 1, scale=MILLION)),
        (
            f.say("package.col.waits"),
            lambda x: f.number(
                x, "waits_person_weeks", 1, scale=1e3, signed=True, ends=("waits_low_person_weeks", "waits_high_person_weeks")
            ),
        ),
        (f.say("package.col.chance"), lambda x: f.percent(x, "chance", ("chance_low", "chance_high"))),
        (f.say("package.col.chance_saving"), lambda x: f.percent(x, "chance_saving")),
        (f.say("package.col.chance_norms"), lambda x: f.percent(x, "chance_norms")),
        (f.say("package.col.sure", sure=f.n.percent(r["certainty"])), lambda x: f.number(x, "sure_saving_euro", 1, scale=MILLION)),
        (f.say("package.col.worst"), lambda x: _worst(f, x)),
    ]
    caption = f.say("package.table", year=r["year"], baseline=f.title_of("scenarios", r["baseline"]))
    table = f.table(
        "pakketten",
        caption,
        f.say("package.number"),
        options,
        lambda x: x["number"],
        columns,
        note=f.say("package.table_note"),
        texts=(0, 9),
    )
    return Chapter("front", f.say("package.frontier_title"), (Para(f.say("package.frontier_intro")), picture, table))


def _span(f: AnswerFolder, x: Line) -> Cell:
    return Cell(f.n.span(value(x, "predicted_low_euro"), value(x, "predicted_high_euro"), 1, scale=MILLION))


def _worst(f: AnswerFolder, x: Line) -> Cell:
    if not x.get("worst_norm"):
        return f.plain("")
    node = x["worst_norm"].partition("=")[0]
    return Cell(f.title_of("nodes", node), f.say("package.broken", share=f.n.percent(value(x, "worst_norm_broken"))))


def _carriers(f: AnswerFolder, options: list[Line]) -> Chapter:
    lines = f.rows("carriers.csv", "measure", "share_euro", "alone_euro", "last_euro")
    if not lines or not options:
        return Chapter("dragers", "")
    best = max(options, key=lambda x: (value(x, "chance"), value(x, "saving_euro")))
    best = next((x for x in options if set(x["measures"].split(" + ")) >= {line["measure"] for line in lines} and x is best), best)
    total = value(best, "saving_euro") / MILLION
    shares = [(f.title_of("measures", x["measure"]), value(x, "share_euro") / MILLION) for x in lines]
    rest = total - sum(size for _, size in shares)
    steps = [Step(name, size) for name, size in shares]
    if abs(rest) >= 0.05:
        steps.append(Step(f.say("package.together"), rest))
    steps.append(Step(f.say("package.option", number=best["number"]), total, total=True))
    draw = partial(waterfall, steps, f.say("unit.million"), f.n, 1)
    caption = f.say("package.carriers_figure", number=best["number"], year=f.record["year"])

    def money(name: str) -> tuple[str, str]:
        return f"{name}_low_euro", f"{name}_high_euro"

    columns = [
        (f.say("package.col.share"), lambda x: f.number(x, "share_euro", 1, scale=MILLION)),
        (f.say("package.col.alone"), lambda x: f.number(x, "alone_euro", 1, scale=MILLION, ends=money("alone"))),
        (f.say("package.col.last"), lambda x: f.number(x, "last_euro", 1, scale=MILLION, ends=money("last"))),
        (f.say("package.col.without"), lambda x: f.percent(x, "chance_without")),
        (f.say("package.col.needed"), lambda x: f.percent(x, "needed") if value(x, "needed") > 0 else f.plain("")),
    ]
    table = f.table(
        "dragers-tabel", caption, f.say("package.measure"), lines, lambda x: f.title_of("measures", x["measure"]), columns,
        note=f.say("package.carriers_note"),
    )  # fmt: skip
    picture = Picture("dragers-figuur", caption, f.say("package.carriers_alt"), draw, numbers="dragers-tabel")
    return Chapter("dragers", f.say("package.carriers", number=best["number"]), (picture, table))


def _split(f: AnswerFolder, options: list[Line]) -> Chapter:
    """Where the difference in cost comes from, for the packages of which it was counted."""
    lines = [x for x in options if any(math.isfinite(value(x, f"difference_{part}_euro")) for part in SPLIT)]
    if not lines:
        return Chapter("herkomst", "")
    columns = [
        (f.say(f"cause.{part}"), partial(f.number, column=f"difference_{part}_euro", decimals=1, scale=MILLION, signed=True))
        for part in SPLIT
    ]
    caption = f.say("package.split", year=f.record["year"])
    table = f.table(
        "herkomst-tabel",
        caption,
        f.say("package.number"),
        lines,
        lambda x: x["number"],
        columns,
        note=f.say("savings.note", baseline=f.title_of("scenarios", f.record["baseline"])),
    )
    return Chapter("herkomst", f.say("savings.heading"), (table,))


def _facts(f: AnswerFolder) -> Chapter:
    lines = f.rows("facts.csv", "fact", "worth_euro", "noise_euro")[:MOST_FACTS]
    if not lines:
        return Chapter("uitzoeken", "")
    noise = value(lines[0], "noise_euro")
    columns = [
        (f.say("package.col.worth"), lambda x: f.number(x, "worth_euro", 2, scale=MILLION)),
        (f.say("package.col.above"), lambda x: f.plain(f.say("package.yes" if value(x, "worth_euro") > noise else "package.no"))),
    ]
    caption = f.say("package.facts_table", most=len(lines))
    table = f.table("uitzoeken-tabel", caption, f.say("package.fact"), lines, lambda x: unknown(f.titled, x["fact"]), columns, texts=(1,))
    intro = Para(f.say("package.facts_intro", noise=f.n.euro_million(noise, 2)))
    return Chapter("uitzoeken", f.say("package.facts"), (intro, table))
