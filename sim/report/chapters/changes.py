"""What a scenario changes and from when, beside the baseline: by measure, then every effect with its band and source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sim.report.blocks import Block, Cell, Folded, Para, Row, Table
from sim.report.context import Context
from sim.report.notation import capital, clean
from sim.report.parameter_words import field_in_words, object_in_words, parameter
from sim.report.study_info import Change
from sim.report.wording import known

LONG_TEXT = 300
MOST_OPEN = 8  # rows of effects shown unfolded


def changes(c: Context, name: str, key: str) -> list[Block]:
    """Changes the baseline does not have; how many are shared; which of the baseline's do not hold."""
    mine = c.info.scenario(name).changes
    base = c.info.scenario(c.info.baseline).changes
    own = [x for x in mine if x not in set(base)]
    dropped = [x for x in base if x not in set(mine)]
    shared = len(mine) - len(own)
    blocks: list[Block] = []
    if own:
        groups = merged(own)
        detail = _effects(c, name, key, groups)
        if len(groups) <= MOST_OPEN:
            blocks.append(detail)
        else:
            blocks += [_measures(c, name, key, own), Folded(c.say("change.all", scenario=c.scenario(name), n=len(own)), (detail,))]
    elif not dropped:
        blocks.append(Para(c.say("scenario.no_changes", baseline=c.baseline)))
    if shared:
        blocks.append(Para(c.say("scenario.shared", n=shared, baseline=c.baseline)))
    if dropped:
        titles = sorted({c.node(x.measure) if x.measure else parameter(c, x.path) for x in dropped})
        blocks.append(Para(c.say("scenario.dropped", n=len(dropped), baseline=c.baseline, paths=c.notation.join(titles[:12]))))
    return blocks


def merged(effects: Sequence[Change]) -> list[tuple[Change, ...]]:
    """Changes that are the same but for their path and base value, together; in order of first appearance, a measure's side by side."""
    groups: dict[Change, list[Change]] = {}
    for x in effects:
        groups.setdefault(replace(x, path=field_of(x.path), base=None), []).append(x)
    measures = list(dict.fromkeys(x.measure for x in effects))
    return [tuple(g) for g in sorted(groups.values(), key=lambda g: measures.index(g[0].measure))]


def field_of(path: str) -> str:
    """What a path says of its object: ``stay.scale`` of ``nodes.x.stay.scale``."""
    return path.split(".", 2)[2] if path.count(".") >= 2 else path


def _what(c: Context, group: Sequence[Change]) -> str:
    """One change in words; several of one kind as ``verblijfsduur: a, b, c``."""
    if len(group) == 1:
        return parameter(c, group[0].path)
    words = field_in_words(c, group[0].path)
    if words is None or any(x.path.count(".") < 2 for x in group):
        return c.notation.join([parameter(c, x.path) for x in group])
    return f"{capital(words)}: {', '.join(dict.fromkeys(object_in_words(c, x.path) for x in group))}"


def _measures(c: Context, name: str, key: str, effects: Sequence[Change]) -> Table:
    """A row per measure: from when, how many effects, how they are known."""
    rows = []
    for measure in dict.fromkeys(x.measure for x in effects):
        mine = [x for x in effects if x.measure == measure]
        starts = sorted({x.start for x in mine})
        kinds = dict.fromkeys(x.evidence for x in mine)
        known_by = [f"{sum(x.evidence == k for x in mine)} {known(c.lang, f'evidence.{k}', clean(k, 40))}" for k in kinds]
        counter = sum(x.counter for x in mine)
        rows.append(
            Row(
                c.node(measure) if measure else c.say("change.own"),
                (
                    Cell(c.notation.join([c.notation.date(s) for s in starts[:3]]) + (", …" if len(starts) > 3 else "")),
                    Cell(c.notation.number(len(mine)), c.say("change.counters", n=counter) if counter else ""),
                    Cell(", ".join(known_by)),
                ),
            )
        )
    columns = (c.say("change.start"), c.say("change.effects"), c.say("change.evidence"))
    caption = c.say("scenario.changes", scenario=c.scenario(name), baseline=c.baseline)
    return Table(f"{key}-maatregelen", caption, c.say("change.measure"), columns, tuple(rows), (False, True, False))


def _effects(c: Context, name: str, key: str, groups: Sequence[Sequence[Change]]) -> Table:
    rows = []
    for group in groups:
        x = group[0]
        rows.append(
            Row(
                clean(_what(c, group), LONG_TEXT),
                (
                    Cell(_scope(c, x)),
                    Cell(_when(c, x)),
                    Cell(_base(c, group)),
                    Cell(_effect(c, x), _band(c, x)),
                    Cell(c.unit_name(x.unit)),
                    Cell(known(c.lang, f"evidence.{x.evidence}", clean(x.evidence, 40)), c.say("change.counter") if x.counter else ""),
                    Cell(clean(x.source, LONG_TEXT)),
                    Cell("", clean(", ".join(g.path for g in group), 2000)),
                ),
                c.node(x.measure) if x.measure else c.say("change.own"),
            )
        )
    heads = ("scope", "start", "base", "effect", "unit", "evidence", "source", "parameter")
    columns = tuple(c.say(f"change.{h}") for h in heads)
    caption = c.say("scenario.changes", scenario=c.scenario(name), baseline=c.baseline)
    if len(groups) > MOST_OPEN:
        caption = c.say("change.all", scenario=c.scenario(name), n=sum(len(g) for g in groups))
    numeric = (False, False, True, True, False, False, False, False)
    return Table(f"{key}-wat", caption, c.say("change.what"), columns, tuple(rows), numeric, wordy=True)


def _base(c: Context, group: Sequence[Change]) -> str:
    values = sorted({x.base for x in group if x.base is not None})
    if len(values) < 2:
        return c.notation.plain(values[0] if values else None)
    return f"{c.notation.plain(values[0])} {'tot' if c.lang == 'nl' else 'to'} {c.notation.plain(values[-1])}"


def _scope(c: Context, x: Change) -> str:
    """``age: 0-11; gebied: Noord`` with the words of the language before the colons."""
    text = clean(x.scope, 200)
    if text in ("", "all"):
        return c.say("change.everybody")
    return re.sub(r"\b(age|gebied|site):", lambda m: c.say(f"scope.{m.group(1)}") + ":", text)


def _when(c: Context, x: Change) -> str:
    start = c.notation.date(x.start)
    if x.until:
        start = c.say("change.until", start=start, until=c.notation.date(x.until))
    return c.say("change.ramp_one" if x.ramp == 1 else "change.ramp", date=start, months=x.ramp) if x.ramp else start


def _effect(c: Context, x: Change) -> str:
    value = c.notation.plain(x.mode)
    return c.say(f"op.{x.op}", value=value) if x.op in ("multiply", "add", "set") else f"{clean(x.op, 20)} {value}"


def _band(c: Context, x: Change) -> str:
    if x.low == x.high:
        return ""
    return f"{c.notation.plain(x.low)} {'tot' if c.lang == 'nl' else 'to'} {c.notation.plain(x.high)}"
