"""What the results rest on: sense check, assumption register, sources, definitions and run record."""

from __future__ import annotations

import math

from sim.report.blocks import Block, Bullets, Cell, Chapter, Folded, Heading, Para, Row, Table
from sim.report.columns import definitions
from sim.report.context import Context
from sim.report.notation import UNDEFINED, clean
from sim.report.study_info import Assumption, SenseCheck

KINDS = ("reported", "derived", "assumption")
CLOSE = 0.25  # sense check: relative distance that still counts as the same
LONG = 400
MOST_STEPS = 5


def sense(c: Context) -> Chapter:
    """Model beside reported."""
    checks = c.info.sense_checks
    if not checks:
        return Chapter("toets", c.say("ch.sense"))
    places = list(dict.fromkeys(c.text(x.place) for x in checks))
    rows = tuple(
        Row(
            c.text(x.what, limit=160),
            (
                Cell(clean(x.period, 40)),
                Cell(c.unit_name(x.unit)),
                Cell(("≤ " if x.at_most else "") + _figure(c, x.reported)),
                Cell(_figure(c, x.model)),
                Cell(c.notation.number(ratio(x), 2)),
                Cell(_verdict(c, x), tone="" if is_close(x) else "warn"),
                Cell(clean(x.source, LONG)),
            ),
            c.text(x.place),
        )
        for x in sorted(checks, key=lambda x: places.index(c.text(x.place)))
    )
    heads = ("period", "unit", "reported", "model", "ratio", "verdict", "source")
    columns = tuple(c.say("change.unit" if h == "unit" else "change.source" if h == "source" else f"sense.{h}") for h in heads)
    table = Table("toets-tabel", c.say("sense.caption"), c.say("sense.what"), columns, rows, (False, False, True, True, True, False, False))
    told = c.say("sense.intro", n=sum(is_close(x) for x in checks), total=len(checks))
    intro = Para(f"{told} {c.say('sense.fitted')}" if c.info.fitted else told)
    return Chapter("toets", c.say("ch.sense"), [intro, table])


def ratio(x: SenseCheck) -> float | None:
    if x.model is None or not math.isfinite(x.model) or x.reported == 0:
        return None
    return x.model / x.reported


def is_close(x: SenseCheck) -> bool:
    q = ratio(x)
    if x.at_most:
        return x.model is not None and x.model <= x.reported
    return q is not None and abs(q - 1) <= CLOSE and not is_turned(x)


def is_turned(x: SenseCheck) -> bool:
    """Whether the model shrinks where growth was reported, or the other way round."""
    return x.growth and x.model is not None and (x.model - 1) * (x.reported - 1) < 0


def _figure(c: Context, x: float | None) -> str:
    if x is None or not math.isfinite(x):
        return "–"
    return c.notation.number(x, 0) if abs(x) >= 1000 else c.notation.plain(x, 3)


def _verdict(c: Context, x: SenseCheck) -> str:
    if ratio(x) is None:
        return "–"
    return c.say("sense.turned" if is_turned(x) else "sense.within" if is_close(x) else "sense.outside")


def account(c: Context) -> Chapter:
    blocks: list[Block] = []
    i = c.info
    if i.assumptions:
        changed = _changed_by(c)
        rows = tuple(
            Row(
                clean(a.path, 160),
                (
                    Cell(clean(a.value, 120)),
                    Cell(c.unit_name(a.unit)),
                    Cell(c.say(f"kind.{a.kind}") if a.kind in KINDS else clean(a.kind, 40)),
                    Cell(clean(a.range, 120)),
                    Cell(clean(a.source, LONG)),
                    Cell(_depends(c, a), changed.get(a.path, "")),
                ),
            )
            for a in i.assumptions
        )
        heads = tuple(
            c.say(k) for k in ("register.value", "change.unit", "register.kind", "register.range", "change.source", "register.depends")
        )
        numeric = (True, False, False, False, False, False)
        table = Table("register-tabel", c.say("register.caption"), c.say("register.path"), heads, rows, numeric, wordy=True)
        assumed = sum(a.kind == "assumption" for a in i.assumptions)
        count = c.say("register.summary", n=c.notation.number(len(rows)), a=c.notation.number(assumed))
        blocks += [Heading(c.say("register.heading"), "register"), Folded(count, (table,))]
    if i.sources:
        rows = tuple(Row(clean(s.title, LONG), (Cell(clean(s.licence, 120)), Cell(clean(s.place, 300)))) for s in i.sources)
        columns = (c.say("sources.licence"), c.say("sources.place"))
        table = Table("bronnen-tabel", c.say("sources.heading"), c.say("sources.title"), columns, rows, (False, False))
        blocks += [Heading(c.say("sources.heading"), "bronnen"), table]
    blocks += [Heading(c.say("definitions.heading"), "definities"), Folded(c.say("definitions.heading"), (_definitions(c),))]
    blocks += [Heading(c.say("run.heading"), "run"), _run(c), Para(c.say("run.note"))]
    if i.failed_cells:
        blocks += [Heading(c.say("run.failed"), "mislukt", 4), Bullets(tuple(clean(x, LONG) for x in i.failed_cells))]
    return Chapter("verantwoording", c.say("ch.account"), blocks)


def _depends(c: Context, a: Assumption) -> str:
    """The steps that use an assumption."""
    if not a.steps:
        return c.say("register.everything") if a.path == "population" else UNDEFINED
    names = [c.node(n) for n in a.steps[:MOST_STEPS]]
    return ", ".join(names) + (", " + c.say("headline.more_nodes", n=len(a.steps) - MOST_STEPS) if len(a.steps) > MOST_STEPS else "")


def _changed_by(c: Context) -> dict[str, str]:
    """Of every path that a scenario changes: the measures that do."""
    found: dict[str, dict[str, None]] = {}
    for s in c.info.scenarios:
        for x in s.changes:
            found.setdefault(x.path, {}).setdefault(c.node(x.measure) if x.measure else c.scenario(s.name))
    return {path: clean(c.say("register.changed", names=", ".join(names)), 600) for path, names in found.items()}


def _definitions(c: Context) -> Table:
    rows = tuple(Row(term, (Cell(meaning), Cell(c.unit_name(unit)), Cell(name))) for term, meaning, unit, name in definitions(c.lang))
    heads = (c.say("definitions.meaning"), c.say("change.unit"), c.say("definitions.column"))
    return Table("definities-tabel", c.say("definitions.heading"), c.say("definitions.term"), heads, rows, (False, False, False))


def run_rows(c: Context) -> list[tuple[str, str]]:
    """(item, value) of the run record that hold no time and no machine."""
    i, r, n = c.info, c.results, c.notation
    rows = [
        ("model", c.text(i.model_title)),
        ("period", f"{n.date(i.start)} {'tot' if c.lang == 'nl' else 'to'} {n.date(i.until)}"),
        ("baseline", clean(i.baseline)),
        ("scenarios", ", ".join(clean(s.name, 80) for s in i.scenarios)),
        ("replications", str(r.replications)),
        ("draws", str(i.parameter_draws)),
        ("seeds", str(i.seeds_per_draw)),
        ("seed", str(i.seed)),
        ("engine", clean(i.engine)),
        ("version", clean(i.package_version)),
        ("level", n.percent(r.level)),
    ]
    made = [(c.say(f"run.{key}"), value) for key, value in rows]
    made += [(c.say("run.of", name=clean(name, 40)), clean(version, 80)) for name, version in i.versions if name != "zorgstroom"]
    return made + [(c.say("run.input", name=clean(name, 200)), clean(digest, 200)) for name, digest in i.inputs]


def _run(c: Context) -> Table:
    rows = tuple(Row(item, (Cell(value),)) for item, value in run_rows(c))
    return Table("run-tabel", c.say("run.caption"), c.say("run.item"), (c.say("run.value"),), rows, (False,))
