"""The answer in five lines: money, clients, waits, norms and where the pressure goes, over all scenarios of the study."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.indicators.definitions import MEASURES
from sim.report.context import Context
from sim.report.norms import Norms
from sim.report.results import ALL, Interval
from sim.report.sentences import Claim, claim, sentence

LEAST_RISE = 0.05e6  # euro a year; a smaller rise is 0,0 mln in the tables and not worth a sentence
A_DAY = 1 / 7  # weeks; smaller changes in a wait are not worth a sentence
MOST_NAMED = 4
Look = Callable[[str], Interval]


def five_lines(c: Context) -> tuple[tuple[str, str], ...]:
    """(label, text); a line without anything to say is left out."""
    r, year = c.results, c.results.headline_year

    def at(column: str) -> Look:
        return lambda name: r.change(name, ALL, ALL, year, column)

    made = []
    if r.has("cost"):
        money = (_over_scenarios(c, "cost", at("cost"), r.shown("cost").scale, c.money_unit), _less_help(c))
        made.append(("money", " ".join(filter(None, money))))
    made.append(("clients", _over_scenarios(c, "clients", at("clients_avg"))))
    gone = _over_scenarios(c, "reneged", at("reneged"), only=("less", "more")) if r.has("reneged") else ""
    made.append(("waits", " ".join(filter(None, (_over_scenarios(c, "list", at("waiting_end")), gone, _waits(c))))))
    if r.has("within_norm"):
        made.append(("norms", _norms(c)))
    made.append(("pressure", _pressure(c)))
    return tuple((c.say(f"five.{label}"), text) for label, text in made if text)


def gave_up(c: Context, name: str) -> str:
    """How many more or fewer give up waiting, where that is certain: a list is shorter for who left it."""
    r, year = c.results, c.results.headline_year
    made = claim(r.change(name, ALL, ALL, year, "reneged"), c.notation, most_decimals=1) if r.has("reneged") else None
    return sentence("reneged", made, c.lang, year=year) if made is not None and made.direction in ("less", "more") else ""


def _less_help(c: Context) -> str:
    """Names the scenarios that cost less while surely fewer are in care and more wait: that is no saving alone."""
    r, year = c.results, c.results.headline_year

    def directions(name: str) -> tuple[str, ...]:
        columns = ("cost", "clients_avg", "waiting_end")
        return tuple(claim(r.change(name, ALL, ALL, year, column), c.notation).direction for column in columns)

    names = [name for name in r.compared if directions(name) == ("less", "less", "more")]
    return c.say("five.less_help", names=_names(c, names)) if names else ""


def same_worlds(c: Context) -> tuple[str, ...]:
    """A sentence for every group of scenarios that hold the same changes."""
    alike: dict[object, list[str]] = {}
    for scenario in c.info.compared:
        alike.setdefault(frozenset(scenario.changes), []).append(scenario.name)
    return tuple(c.say("five.same_world", names=_names(c, names)) for names in alike.values() if len(names) > 1)


def _over_scenarios(c: Context, subject: str, look: Look, scale: float = 1.0, unit: str = "", only: Sequence[str] = ()) -> str:
    """What may be said of one indicator: the largest fall and rise that the intervals bear, then who is like it and who is not.

    ``only``: the directions that are worth saying.
    """
    r = c.results
    changes = {name: look(name) for name in r.compared}
    claims = {name: claim(x, c.notation, scale=scale, unit=unit, most_decimals=1) for name, x in changes.items()}
    claims = {name: made for name, made in claims.items() if made and (not only or made.direction in only)}
    if not claims:
        return ""
    if len(r.compared) == 1:
        return _said(c, subject, next(iter(claims.values())))
    by: dict[str, list[str]] = {}
    for name, made in claims.items():
        by.setdefault(made.direction, []).append(name)
    said = []
    for direction, pick in (("less", min), ("more", max)):
        names = by.get(direction, [])
        if names:
            first = pick(names, key=lambda name: changes[name].mean)
            said.append(c.say("five.of", scenario=c.scenario(first), said=_lower(_said(c, subject, claims[first]))))
            if len(names) > 1:
                said.append(c.say(f"five.also.{direction}", names=_names(c, [n for n in names if n != first])))
    unclear = by.get("unclear", [])
    if unclear and not said:
        widest = max(unclear, key=lambda name: abs(changes[name].mean))
        said.append(c.say("five.of", scenario=c.scenario(widest), said=_lower(_said(c, subject, claims[widest]))))
        unclear = [n for n in unclear if n != widest]
        if unclear:
            said.append(c.say("five.also.unclear", names=_names(c, unclear)))
    elif unclear:
        said.append(c.say("five.unclear", names=_names(c, unclear)))
    if by.get("same"):
        said.append(c.say("five.same", names=_names(c, by["same"])) if len(by["same"]) < len(claims) else c.say("five.all_same"))
    if by.get("single"):
        largest = max(by["single"], key=lambda name: abs(changes[name].mean))
        said.append(c.say("five.of", scenario=c.scenario(largest), said=_lower(_said(c, subject, claims[largest]))))
    return " ".join(said)


def _waits(c: Context) -> str:
    """What may be said of the waits, over all scenarios."""
    r, year = c.results, c.results.headline_year
    said = [
        told if len(r.compared) == 1 else c.say("five.of", scenario=c.scenario(name), said=_lower(told))
        for name, told in surest_waits(c, r.compared)
    ]
    if said or c.basis == "none" or not any(r.change(s, p, n, year, "wait_mean").n for s in r.compared for p, n in r.waiting_nodes):
        return " ".join(said)
    return c.say("claim.wait.none", year=year)


def surest_waits(c: Context, scenarios: Sequence[str]) -> list[tuple[str, str]]:
    """(scenario, sentence): the fall and the rise in the mean wait of a step that are largest for certain, from a day on."""
    r, year = c.results, c.results.headline_year
    changes = [(r.change(s, p, n, year, "wait_mean"), s, n) for s in scenarios for p, n in r.waiting_nodes]
    said = []
    for direction, pick in (("less", min), ("more", max)):
        sure = [x for x in changes if x[0].n and abs(x[0].mean) >= A_DAY and claim(x[0], c.notation).direction == direction]
        if sure:
            x, scenario, node = pick(sure, key=lambda found: _nearest_zero(found[0]))
            made = claim(x, c.notation, most_decimals=1)
            said.append((scenario, sentence("wait", made, c.lang, node=c.node(node), year=year, baseline=c.baseline)))
    return said


def _nearest_zero(x: Interval) -> float:
    """The end of an interval that lies nearest to zero: so much the difference is at least."""
    return x.low if x.low > 0 else x.high


def _norms(c: Context) -> str:
    r, year = c.results, c.results.headline_year
    norms = Norms(r)
    if not norms.steps:
        return ""
    level = norms.met(r.baseline, year)
    number = c.notation.number(level.mean, 0 if level.mean == round(level.mean) else 1)
    begun = c.say("five.norms_met", baseline=c.baseline, year=year, n=number, total=len(norms.steps)) if level.n else ""
    unit = "{} " + c.say("unit.points")
    return f"{begun} {_over_scenarios(c, 'norm', lambda s: r.change(s, ALL, ALL, year, 'within_norm'), 0.01, unit)}".strip()


def _pressure(c: Context) -> str:
    """Where cost, and where waiting, surely rises most, of all scenarios and parts of the chain."""
    r, year = c.results, c.results.headline_year
    if c.basis == "none":
        return ""
    rises = {name: rise for name in r.compared if r.has("cost") and (rise := cost_rise(c, name))}
    sentences = [(name, rises[name][1]) for name in sorted(rises, key=lambda name: -rises[name][0])[:1]]
    changes = [(r.change(s, p, ALL, year, "person_weeks_waited"), s, p) for s in r.compared for p in r.parts if p != MEASURES]
    raised = [x for x in changes if claim(x[0], c.notation).direction == "more"]
    if raised:
        x, scenario, part = max(raised, key=lambda found: found[0].mean)
        made = claim(x, c.notation, unit="{} " + c.say("unit.person_weeks"), most_decimals=1)
        sentences.append((scenario, sentence("queue", made, c.lang, part=c.part(part), year=year)))
    said = [told if len(r.compared) == 1 else c.say("five.of", scenario=c.scenario(name), said=_lower(told)) for name, told in sentences]
    return " ".join(said) or c.say("five.no_pressure", year=year)


def cost_rise(c: Context, name: str) -> tuple[float, str] | None:
    """The largest certain rise in cost of a part of the chain in a scenario, in euro, and the sentence on it.

    The pressure is said to move only where the cost of another part surely falls.
    """
    r, year, scale = c.results, c.results.headline_year, c.results.shown("cost").scale
    changes = [(r.change(name, p, ALL, year, "cost"), p) for p in r.parts if p != MEASURES]
    claims = [(x, p, claim(x, c.notation, scale=scale, unit=c.money_unit, most_decimals=1)) for x, p in changes]
    raised = [found for found in claims if found[2].direction == "more" and found[0].mean >= LEAST_RISE]
    if not raised:
        return None
    x, part, made = max(raised, key=lambda found: found[0].mean)
    subject = "shift" if any(other.direction == "less" for _, _, other in claims) else "rise"
    return x.mean, sentence(subject, made, c.lang, part=c.part(part), year=year)


def _said(c: Context, subject: str, made: Claim) -> str:
    return sentence(subject, made, c.lang, year=c.results.headline_year, baseline=c.baseline)


def _names(c: Context, names: list[str]) -> str:
    shown = [c.scenario(n) for n in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        shown.append(c.say("headline.more_nodes", n=len(names) - MOST_NAMED))
    return c.notation.join(shown)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
