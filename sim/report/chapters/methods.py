"""Methods, made from the run: the checklist STRESS-DES and a description for the Algoritmeregister.

STRESS-DES: Monks, Currie, Onggo, Robinson, Kunc & Taylor (2019), Journal of Simulation 13(1), 55-67, table 1. The register: the
publication standard of algoritmes.overheid.nl, with what only the organisation that uses the model can say left to it, and said so.
"""

from __future__ import annotations

from collections import Counter

from sim.indicators.definitions import COLUMNS
from sim.report.blocks import Block, Cell, Chapter, Folded, Heading, Para, Row, Table
from sim.report.context import Context
from sim.report.notation import clean
from sim.report.results import ALL

STRESS = (
    "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2",
    "4.3", "5.1", "5.2", "5.3", "5.4", "6.1",
)  # fmt: skip
REGISTER = (
    "name", "organisation", "description", "status", "category", "theme", "begin", "contact", "goal", "considerations", "human", "risks",
    "law", "privacy", "impact", "data", "working", "supplier", "code",
)  # fmt: skip


def methods(c: Context) -> Chapter:
    blocks: list[Block] = [Para(c.say("methods.intro"))]
    blocks += [Heading(c.say("methods.stress"), "stress-des"), Folded(c.say("methods.open"), (_table(c, "stress", stress(c)),))]
    blocks += [Heading(c.say("methods.register"), "algoritmeregister"), Para(c.say("methods.register_intro"))]
    blocks.append(Folded(c.say("methods.open"), (_table(c, "card", card(c)),)))
    return Chapter("methode", c.say("ch.methods"), blocks)


def stress(c: Context) -> list[tuple[str, str]]:
    """(item, text) of the whole checklist."""
    known = _facts(c)
    return [(f"{key} {c.say(f'stress.{key}.head')}", c.say(f"stress.{key}.text", **known)) for key in STRESS]


def card(c: Context) -> list[tuple[str, str]]:
    """(field, text) of the description for the register."""
    known = _facts(c)
    return [(c.say(f"card.{key}.head"), c.say(f"card.{key}.text", **known)) for key in REGISTER]


def _facts(c: Context) -> dict[str, object]:
    i, r, n = c.info, c.results, c.notation
    kinds = Counter(a.kind for a in i.assumptions)
    versions = ", ".join(f"{clean(name, 40)} {clean(v, 40)}" for name, v in i.versions if name not in ("code", "zorgstroom"))
    code = clean(dict(i.versions).get("code", ""), 12).rstrip("…")
    draws = len({k // max(1, i.seeds_per_draw) for k in r.core.cube.replications})
    return {
        "model": c.text(i.model_title),
        "start": n.date(i.start),
        "until": n.date(i.until),
        "years": n.number(len(r.years)),
        "baseline": c.baseline,
        "scenarios": n.join([c.scenario(s) for s in r.compared]) or c.say("methods.no_scenario"),
        "parts": n.join([c.part(p.name) for p in i.parts]),
        "nodes": n.number(len(i.nodes)),
        "entries": n.number(sum(link.of == "" for link in i.links)),
        "ways": n.number(sum(link.of != "" for link in i.links)),
        "gebieden": n.number(len(i.gebieden)),
        "ages": ", ".join(clean(a, 20) for a in i.ages),
        "norms": n.number(sum(x.norm_weeks is not None for x in i.nodes)),
        "limited": n.number(sum(r.value(r.baseline, p, x, r.headline_year, "places_avg").n > 0 for p, x in r.nodes if x != ALL)),
        "waiting": n.number(len(r.waiting_nodes)),
        "measures": n.number(len(i.measures)),
        "changes": n.number(sum(len(s.changes) for s in i.scenarios)),
        "parameters": n.number(len(i.assumptions)),
        "reported": n.number(kinds["reported"]),
        "derived": n.number(kinds["derived"]),
        "assumed": n.number(kinds["assumption"]),
        "sources": n.number(len({a.source for a in i.assumptions})),
        "checks": n.number(len(i.sense_checks)),
        "indicators": n.number(len(COLUMNS)),
        "replications": n.number(r.replications),
        "draws": n.number(draws),
        "seeds": n.number(i.seeds_per_draw),
        "seed": i.seed,
        "level": n.percent(r.level),
        "basis": c.say(f"methods.basis_{c.basis}"),
        "values": c.say("methods.fitted" if i.fitted else "methods.written"),
        "stopping": c.text(i.stopping, limit=400) or c.say("methods.fixed"),
        "engine": clean(i.engine, 40),
        "version": clean(i.package_version, 40),
        "versions": versions or c.say("methods.in_record"),
        "code": code or c.say("methods.in_record"),
        "inputs": n.number(len(i.inputs)),
        "failed": n.number(len(i.failed_cells)),
    }


def _table(c: Context, id_: str, items: list[tuple[str, str]]) -> Table:
    rows = tuple(Row(head, (Cell(text),)) for head, text in items)
    return Table(f"{id_}-tabel", c.say(f"methods.{id_}_caption"), c.say("run.item"), (c.say("methods.answer"),), rows, (False,))
