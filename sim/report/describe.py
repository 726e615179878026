"""What the report must know of a study beside its numbers, gathered from the model, the scenarios and the reported figures."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence

from sim import __version__
from sim.experiment.reported import Comparison, Target
from sim.experiment.study import SEEDS_PER_DRAW, Study, StudyResult, stop_sentence
from sim.model import Model, Parameter
from sim.model.spec import ModelSpec, Node, Routes
from sim.report.study_info import (
    Assumption,
    Bilingual,
    Budget,
    Change,
    Link,
    MeasureInfo,
    NodeInfo,
    PartInfo,
    Place,
    ScenarioInfo,
    SenseCheck,
    Source,
    StudyInfo,
)  # fmt: skip
from sim.report.tile_map import TileMap
from sim.scenario import Scenario, explain

BUDGET_UNIT = "euro per year"
ROUTE_GROUPS = ("routes", "renege", "aged_out", "interim_routes")


def study_info(
    study: Study,
    result: StudyResult,
    checks: tuple[SenseCheck, ...],
    inputs: Mapping[str, str],
    reported: Sequence[Target] = (),
    versions: Mapping[str, str] | None = None,
) -> StudyInfo:
    """Everything a report is made of but its numbers, which stand in ``indicators.parquet``."""
    model, spec = study.model, study.model.spec
    users = _users(model)
    measures = {m.name: m for s in study.scenarios for m in s.measures}
    return StudyInfo(
        model_title=_both(model.title),
        start=study.start.isoformat(),
        until=study.until.isoformat(),
        baseline=study.baseline,
        scenarios=tuple(ScenarioInfo(s.name, _both(s.title), _both(s.description), _changes(model, s)) for s in study.scenarios),
        parts=tuple(PartInfo(name, _both(spec.parts[name].title)) for name in model.parts),
        nodes=tuple(
            NodeInfo(
                name,
                _both(node.title),
                node.part,
                model.parameters[f"nodes.{name}.norm.within"].series().values[0] / 7.0 if node.norm else None,
                node.norm.clock if node.norm else "to_start",
            )
            for name, node in sorted(spec.nodes.items(), key=lambda item: model.parts.index(item[1].part))
        ),
        gebieden=tuple(model.gebieden),
        ages=tuple(model.age_groups),
        urgencies=tuple(model.urgencies),
        replications=result.replications,
        parameter_draws=-(-result.replications // SEEDS_PER_DRAW),
        seeds_per_draw=min(SEEDS_PER_DRAW, result.replications),
        seed=study.seed,
        engine=study.engine,
        package_version=__version__,
        measures=tuple(
            MeasureInfo(name, _both(m.title), m.programme, m.status, m.start.isoformat(), m.source) for name, m in sorted(measures.items())
        ),
        assumptions=tuple(_assumption(p, _steps(spec, p.path, users)) for p in model.written_parameters()),
        sense_checks=checks,
        sources=_sources(model),
        failed_cells=result.failed,
        stopping=_stopping(study, result),
        inputs=tuple(sorted(inputs.items())),
        links=_links(model),
        leads=tuple(leads_of(spec)),
        tiles=_tiles(model),
        budgets=tuple(_budget(t) for t in reported if t.unit == BUDGET_UNIT and t.indicator == "cost" and t.over is None),
        fitted=study.ensemble is not None,
        versions=tuple(sorted((versions or {}).items())),
    )


def sense_check(comparison: Comparison, model: Model) -> SenseCheck:
    """A reported figure beside the model's own."""
    target = comparison.target
    part = target.part or model.spec.nodes[target.nodes[0]].part
    where = model.spec.parts.get(part, model).title
    return SenseCheck(
        _both(where), _both(target.title), target.period, target.unit, target.value, comparison.model, target.source,
        target.bound == "upper", target.growth,
    )  # fmt: skip


def _both(title: object) -> Bilingual:
    return Bilingual(getattr(title, "nl", "") or "", getattr(title, "en", "") or "")


def _stopping(study: Study, result: StudyResult) -> Bilingual:
    if result.stop is None or study.precision is None:
        return Bilingual()
    return Bilingual(*(stop_sentence(result.stop, study.precision, lang) for lang in ("nl", "en")))


def _changes(model: Model, scenario: Scenario) -> tuple[Change, ...]:
    effects = {(effect.file, effect.line): effect for effect in scenario.effects}
    changes = []
    for d in explain(model, scenario):
        effect = effects[d.file, d.line]
        changes.append(
            Change(
                path=d.path,
                scope="" if str(d.scope) == "all" else str(d.scope),
                start=d.start.isoformat(),
                ramp=d.ramp,
                op=d.op,
                low=effect.low,
                mode=effect.mode,
                high=effect.high,
                unit=d.unit,
                evidence=d.evidence,
                source=d.source,
                base=d.base.lowest if d.base.lowest == d.base.highest else None,
                measure=d.measure if effect.role != "delta" else "",
                until=d.until.isoformat() if d.until else "",
                counter=effect.role == "counter_effect",
            )
        )
    return tuple(changes)


def leads_of(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    """(path, node): streams that enter a node alone, and routes that are named after where they lead."""
    entered = [stream.to for stream in spec.demand.values()]
    for name, stream in spec.demand.items():
        if entered.count(stream.to) == 1:
            yield f"demand.{name}", stream.to
    for name, node in spec.nodes.items():
        for group in ROUTE_GROUPS:
            for route, leads in (getattr(node, group) or {}).items():
                if route.startswith(("naar_", "to_")) and leads.to in spec.nodes:
                    yield f"nodes.{name}.{group}.{route}", leads.to


def _assumption(p: Parameter, steps: tuple[str, ...]) -> Assumption:
    values = [v for series in p.values.values() for v in series.values]
    low, high = min(values), max(values)
    text = f"{low:g}" if low == high else f"{low:g} ... {high:g}"
    band = f"x {p.range.low:g} - {p.range.high:g}" if p.range.relative else f"{p.range.low:g} - {p.range.high:g}"
    return Assumption(p.path, text, p.unit, p.kind, band, p.source, steps)


def _users(model: Model) -> dict[str, list[str]]:
    """Paths of the fields that refer to each shared parameter."""
    found: dict[str, list[str]] = {}
    for p in model.parameters.values():
        if p.shared:
            found.setdefault(p.shared, []).append(p.path)
    return found


def _steps(spec: ModelSpec, path: str, users: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The nodes that use a parameter directly, in the order of the model."""
    group, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    of_team = {team: {n for n, node in spec.nodes.items() if node.team == team} for team in spec.teams}
    found: set[str] = set()
    if group == "nodes":
        found = {name}
    elif group == "teams":
        found = of_team.get(name, set())
    elif group == "demand" and name in spec.demand:
        found = {spec.demand[name].to}
    elif group == "supplies" and name in spec.supplies:
        found = set(spec.supplies[name].shares)
    elif group == "pools" and name in spec.pools:
        found = set(spec.pools[name].nodes)
    elif group == "sites":
        found = {n for team, made in spec.teams.items() if made.sites == name for n in of_team[team]}
    elif group == "indices":
        found = {n for n, node in spec.nodes.items() if node.index == name}
        found |= {n for team, made in spec.teams.items() if made.cost and made.cost.index == name for n in of_team[team]}
    elif group == "parameters":
        found = {n for user in (*users.get(name, ()), *users.get(path, ())) for n in _steps(spec, user, {})}
    return tuple(n for n in spec.nodes if n in found)


def _sources(model: Model) -> tuple[Source, ...]:
    """Sources file of the model, if it has one: ``sources.csv`` with title, licence, place."""
    file = model.directory / "sources.csv"
    if not file.exists():
        return ()
    with file.open(encoding="utf-8", newline="") as stream:
        return tuple(Source(row["title"], row.get("licence", ""), row.get("place", "")) for row in csv.DictReader(stream))


def _links(model: Model) -> tuple[Link, ...]:
    """Every way from outside to a node and from node to node, once each; ways out of the chain are left out."""
    found: dict[tuple[str, str], None] = {}
    for stream in model.spec.demand.values():
        found.setdefault(("", stream.to))
    for name, node in model.spec.nodes.items():
        for route in _routes(node):
            for way in route.values():
                if way.to in model.spec.nodes:
                    found.setdefault((name, way.to))
    return tuple(Link(*pair) for pair in sorted(found))


def _routes(node: Node) -> list[Routes]:
    return [group for group in (node.routes, node.renege, node.aged_out, node.interim_routes) if group]


def _tiles(model: Model) -> tuple[Place, ...]:
    layout = TileMap.of(model.directory)
    return () if layout is None else tuple(Place(name, column, row) for name, (column, row) in sorted(layout.places.items()))


def _budget(target: Target) -> Budget:
    low, high = target.band
    return Budget(_both(target.title), target.period, target.part or "alle", target.value, low, high, target.source, target.band_reason)
