"""Reading a file of reported figures: every fault in it told at once, with file, line, field, nearest valid name and how to mend it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.data import base_model, calibration_directory
from sim.errors import Fault, InputError, listing, nearest_name
from sim.experiment.reported.definitions import COUNTABLE
from sim.experiment.reported.target import ALL, OUTSIDE_IN_FILE, Target, TargetFile, first_day, transform, until_day
from sim.model import Model
from sim.model.located import LocatedList, LocatedMap, mark_of
from sim.model.structure import Structure, dotted, read_structure
from sim.model.yaml_reader import read_yaml

PERIOD_EXAMPLE = {"year": "2022", "quarter": "2022-Q4", "month": "2022-03"}


def target_file(model: Model) -> Path | None:
    """Where the reported figures of a model stand: beside it, or for the shipped base model under ``calibration``."""
    beside = model.directory / "targets" / "targets.yaml"
    if beside.exists():
        return beside
    if model.directory.resolve() == base_model().resolve():
        return calibration_directory() / "targets" / "targets.yaml"
    return None


def load_reported(model: Model, file: Path | None = None) -> tuple[Target, ...]:
    """The reported figures of a model (none where it has no file), groups of nodes written out. Raises ``InputError`` with every fault."""
    file = file or target_file(model)
    if file is None:
        return ()
    faults: list[Fault] = []
    root = read_yaml(file, faults)
    if root is None:
        raise InputError(faults)
    structure = read_structure(TargetFile, root, faults)
    spec, numbers = structure.spec, None
    if spec is None:  # the figures that are sound are checked too, so that everything is told at once
        spec, numbers = _sound(root, structure)
    if spec is not None:
        checked = _Check(model, root, spec, faults)
        checked.groups()
        for number, target in zip(numbers or range(len(spec.targets)), spec.targets, strict=True):
            checked.target(number, target)
    if faults or spec is None:
        raise InputError(faults)
    return tuple(_written_out(target, spec.groups) for target in spec.targets)


def _sound(root: LocatedMap, structure: Structure[TargetFile]) -> tuple[TargetFile | None, list[int]]:
    """The file without its damaged figures, and the numbers of those that are left."""
    figures = root.get("targets")
    if not isinstance(figures, LocatedList):
        return None, []
    numbers = [number for number in range(len(figures)) if not structure.is_damaged("targets", number)]
    left = LocatedList(figures.mark)
    for number in numbers:
        left.put(figures[number], figures.marks[number])
    copy = root.without(["targets", *(["groups"] if structure.is_damaged("groups") else [])])
    copy.put("targets", left, root.marks["targets"])
    return read_structure(TargetFile, copy, []).spec, numbers


def _written_out(target: Target, groups: dict[str, list[str]]) -> Target:
    """The target with the nodes of its groups in place of their names."""

    def nodes(names: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(node for name in names for node in groups.get(name, [name])))

    over = target.over.model_copy(update={"nodes": nodes(target.over.nodes)}) if target.over else None
    return target.model_copy(update={"nodes": nodes(target.nodes), "from_nodes": nodes(target.from_nodes), "over": over})


@dataclass
class _Check:
    """The meaning of a file whose structure is sound, against the model it is about."""

    model: Model
    root: LocatedMap
    spec: TargetFile
    faults: list[Fault]
    ids: set[str] = field(default_factory=set)

    def tell(self, what: str, path: Sequence[str | int], mend: str, name: str | None = None, valid: Iterable[str] = ()) -> None:
        at = mark_of(self.root, path)
        self.faults.append(Fault(what, at.file, at.line, dotted(path), nearest_name(name, valid) if name is not None else None, mend))

    def names(self, names: Iterable[str], valid: Sequence[str], what: str, path: Sequence[str | int]) -> None:
        for name in names:
            if name not in valid:
                self.tell(f"there is no {what} {name!r}", path, f"choose one of {listing(valid)}", name, valid)

    def groups(self) -> None:
        nodes = sorted(self.model.spec.nodes)
        for name, members in self.spec.groups.items():
            if name in self.model.spec.nodes:
                self.tell(f"a group is called {name!r}, as a node is", ("groups", name), "give the group another name")
            self.names(members, nodes, "node", ("groups", name))
            if not members:
                self.tell("the group has no nodes", ("groups", name), "name its nodes")

    def target(self, number: int, target: Target) -> None:
        here: tuple[str | int, ...] = ("targets", number)
        nodes = [*sorted(self.model.spec.nodes), *sorted(self.spec.groups)]
        gebieden = [target.gebied] if isinstance(target.gebied, str) else target.gebied
        if target.id in self.ids:
            self.tell(f"there is an earlier figure called {target.id!r}", (*here, "id"), "give every figure an id of its own")
        self.ids.add(target.id)
        self.names(target.nodes, nodes, "node", (*here, "nodes"))
        self.names(target.from_nodes, [*nodes, OUTSIDE_IN_FILE], "node", (*here, "from_nodes"))
        self.names([target.part] if target.part else [], [ALL, *self.model.parts], "part", (*here, "part"))
        self.names(gebieden, [ALL, *self.model.gebieden], "gebied", (*here, "gebied"))
        self.names([target.age], [ALL, *self.model.age_groups], "age group", (*here, "age"))
        self.names([target.indicator], list(COUNTABLE), "indicator", (*here, "indicator"))
        self.names(target.minus, list(COUNTABLE), "indicator", (*here, "minus"))
        if bool(target.nodes) == bool(target.part):
            self.tell("a figure is about nodes or about a part", (*here, "nodes"), "name its `nodes`, or its `part`, one of the two")
        self.period(target.period_kind, target.period, (*here, "period"))
        if target.over is not None:
            over = target.over
            self.names(over.nodes, nodes, "node", (*here, "over", "nodes"))
            self.names([over.part] if over.part else [], [ALL, *self.model.parts], "part", (*here, "over", "part"))
            wanted = [over.indicator] if isinstance(over.indicator, str) else over.indicator
            self.names(wanted, list(COUNTABLE), "indicator", (*here, "over", "indicator"))
            if over.period is not None or over.period_kind is not None:
                self.period(over.period_kind or target.period_kind, over.period or target.period, (*here, "over", "period"))
        if target.fall_since is not None:
            self.fall(target, target.fall_since, here)
        if target.indicator in COUNTABLE:
            self.indicator(target, here)
        self.error(target, here)

    def period(self, kind: str, period: str, path: Sequence[str | int]) -> None:
        try:
            first, until = first_day(kind, period), until_day(kind, period)
        except ValueError:
            self.tell(f"{period!r} is not a {kind}", path, f"write a {kind} as {PERIOD_EXAMPLE[kind]!r}")
            return
        start, end = self.model.start, self.model.until
        if first < start or until > end:
            self.tell(
                f"the period {period} is outside the run, which goes from {start} to {end}", path,
                "take a period inside the run, or say by which formula the figure is carried to one",
            )  # fmt: skip

    def fall(self, target: Target, since: str, here: tuple[str | int, ...]) -> None:
        path = (*here, "fall_since")
        before = len(self.faults)
        self.period(target.period_kind, since, path)
        if len(self.faults) == before and since >= target.period:
            self.tell(f"{since} is not before {target.period}", path, "name an earlier period; a figure that rose is one over another")
        if target.scale != "absolute":
            self.tell("in a model what fell may have risen, and is below zero", (*here, "scale"), "write `scale: absolute`")
        if target.over is not None or target.complement or target.from_nodes or target.between or isinstance(target.gebied, list):
            self.tell("a fall is of one count alone", path, "leave out `over`, `complement`, `from_nodes`, `between` and lists of gebieden")

    def indicator(self, target: Target, here: tuple[str | int, ...]) -> None:
        counted = COUNTABLE[target.indicator]
        units = counted.units(target.period_kind, target.over is not None)
        if target.unit not in units:
            divided = " over something else" if target.over is not None else ""
            self.tell(
                f"{target.indicator}{divided} is counted in {' or '.join(units)}, not in {target.unit}", (*here, "unit"),
                f"write `unit: {units[0]}` and convert the value and the band to it", target.unit, units,
            )  # fmt: skip
        if counted.clock and target.clock is None:
            self.tell(f"{target.indicator} is a wait, and its clock is not said", (*here, "clock"), "write `clock: to_start` or `to_end`")
        if counted.yearly and target.period_kind != "year":
            self.tell(f"{target.indicator} is counted over years only", (*here, "period_kind"), "write `period_kind: year`")
        if target.complement and target.unit != "share":
            self.tell("only a share has a complement", (*here, "complement"), "leave `complement` out")
        if (target.indicator == "starts_by_route") != bool(target.from_nodes):
            self.tell("`from_nodes` belong to starts_by_route, and to it alone", (*here, "from_nodes"), "write or leave out `from_nodes`")
        if (target.indicator == "duration_share") != (target.between is not None):
            self.tell("`between` belongs to duration_share, and to it alone", (*here, "between"), "write it in months: `between: [0, 3]`")
        if target.between is not None:
            low, high = (target.between[0] or 0.0), (math.inf if target.between[1] is None else target.between[1])
            if not 0 <= low < high:
                self.tell(f"no duration lies between {low:g} and {high:g} months", (*here, "between"), "give the lower number first")

    def error(self, target: Target, here: tuple[str | int, ...]) -> None:
        low, high = target.band
        if low < 0 or target.value < 0:
            wrong = "band" if low < 0 else "value"
            self.tell(f"{target.band if low < 0 else target.value} goes below zero; nothing here can be counted negative", (*here, wrong),
                      "give a band of numbers from 0 up")  # fmt: skip
        elif not low < high:
            self.tell(f"the band {target.band} has no width", (*here, "band"), "give the lower number first, and an error to every figure")
        elif not low <= target.value <= high:
            self.tell(
                f"the band {target.band} does not hold the value {target.value:g}", (*here, "band"), "widen the band, or mend the value"
            )
        elif target.unit == "share" and high > 1:
            self.tell(f"the band {target.band} goes beyond 1, the highest share", (*here, "band"), "write shares as 0.42, not 42")
        elif any(math.isnan(transform(target.scale, x)) for x in (low, target.value, high)):
            domain = "above 0" if target.scale == "log" else "between 0 and 1"
            self.tell(f"on a {target.scale} scale value and band lie {domain}", (*here, "scale"), "take another scale, or mend the band")
        if not 0 < target.level < 1:
            self.tell(f"a level of {target.level:g} is no probability", (*here, "level"), "write the probability of the band, as 0.9")
