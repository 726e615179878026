"""``size``: the smallest capacities with which a norm is met, searched and certified in the whole chain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sim.errors import Fault, InputError
from sim.experiment.ensemble import ensemble_of
from sim.experiment.executor import Each, executor_for
from sim.experiment.paired import mean_interval
from sim.model import Model
from sim.plan.compile import compile_plan
from sim.plan.plan import TICKS_PER_DAY, TICKS_PER_WEEK, Plan
from sim.scenario import Scenario, resolve
from sim.sizing.answer import ChainRow, CurvePoint, Row, SensitivityRow, Sizing, Spread, curve_points, told_apart
from sim.sizing.certify import at_least, at_most, needed, quantile_interval
from sim.sizing.question import TO_START, Norm, Question, check_question, read_norm
from sim.sizing.sample import Bench, Progress, Sample, Search, Simulated, Trial, trials
from sim.sizing.search import UNREACHED
from sim.sizing.target import FTE, Target, changed_to, find_target
from sim.sizing.world import World

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
REPLICATIONS = 200
AROUND = 40  # replications of curves, sensitivity and the rest of the chain
LOOK = 20  # replications that show whether a norm can be met at all
LONGEST_NORM = 52  # weeks
PLENTY = 20  # times what there is: as good as places for everybody
MOST_ROUNDS = 3
LEVELS = (0.7, 0.8, 0.9, 1.1, 1.25)  # of the answer: points of the curves further away
SEARCH, LOOKING, CURVES, FIRST_ROUND = 0, 1, 2, 10  # stages: each has chance seeds of its own


def size(
    model: Model,
    scenario: Scenario,
    kind: str,
    *,
    norm: str | None = "6 weken",
    clock: str = TO_START,
    share: float = 0.9,
    year: int,
    from_year: int | None = None,
    confidence: float = 0.9,
    parameters: str | None = None,
    replications: int = REPLICATIONS,
    seed: int = 1,
    workers: int | None = None,
    around: bool = True,
    progress: Progress | None = None,
) -> Sizing:
    """The smallest capacity of each team of ``kind`` with which, of those who arrive in ``year``, ``share`` meets ``norm``.

    ``kind`` is a kind of team, a node, a supply or a part of the chain. The probability that a team meets it, over chance and over what is
    not known, is ``confidence`` or more. Capacities hold from the first of ``from_year`` (default: the year before) on. ``norm`` None: the
    norms of the model, with their own clocks. ``parameters``: ``posterior`` (default where there is one) or ``base``. ``around`` False
    leaves out curves, sensitivity and the rest of the chain. Raises ``InputError`` with everything that does not fit.
    """
    world = open_world(model, scenario, kind, norm, clock, share, year, from_year, confidence, parameters, replications, seed)
    job = Each(Simulated(world))
    with executor_for(job, workers, None) as executor:
        total = min(LOOK, replications) + replications + 2 * replications + (min(AROUND, replications) * (len(LEVELS) + 2) if around else 0)
        bench = Bench(executor, world.question, progress, total)
        most = np.array([PLENTY * (math.ceil(now) + 1) for now in world.target.now], np.int64)
        plenty = _plenty(bench, most, replications)
        reach = [bool(k and at_most(int(k), len(plenty)) >= confidence) for k in plenty.met.sum(axis=0)]
        weeks = None if all(reach) else _nearest_norm(bench, world, most, len(plenty))
        if not any(reach):
            rows = tuple(_unreachable(world, plenty, i) for i in range(len(reach)))
            return _sizing(world, rows, replications, bench.runs, nearest_weeks=weeks)
        least, seen = _search(bench, world, np.where(reach, most, np.ceil(world.target.now)).astype(np.int64), replications)
        amounts, here, fewer, rounds = _certify(bench, world, least, reach, replications)
        curves: tuple[CurvePoint, ...] = ()
        sensitivity: tuple[SensitivityRow, ...] = ()
        gain: I64 | None = None
        if around:
            curves, gain = _curves(bench, world, amounts, reach, min(AROUND, replications))
            sensitivity = tuple(_sensitivity(bench, world, amounts, reach, min(AROUND, replications)))
    elsewhere, extra = _chain(world, amounts, min(AROUND, replications), workers, progress) if around else ((), 0)
    least = np.where(least == UNREACHED, most + 1, least)
    found = tuple(
        _row(world, i, int(amounts[i]), least[:, i], seen, here, fewer, None if gain is None else gain[:, i])
        if reach[i] else _unreachable(world, plenty, i) for i in range(len(reach))
    )  # fmt: skip
    return _sizing(
        world, found, replications, bench.runs + extra, curves=curves, chain=elsewhere, sensitivity=sensitivity, nearest_weeks=weeks,
        rounds=rounds,
    )  # fmt: skip


def _sizing(
    world: World, rows: tuple[Row, ...], replications: int, runs: int, *, curves: tuple[CurvePoint, ...] = (),
    chain: tuple[ChainRow, ...] = (), sensitivity: tuple[SensitivityRow, ...] = (), nearest_weeks: int | None = None, rounds: int = 0,
) -> Sizing:  # fmt: skip
    parameters = "base" if world.ensemble is None else "posterior"
    return Sizing(
        world.model, world.scenario, world.question, world.target, rows, curves, chain, sensitivity, nearest_weeks, replications,
        parameters, world.seed, rounds, runs,
    )  # fmt: skip


def _row(world: World, i: int, amount: int, least: I64, seen: Sample, here: Sample, fewer: Sample, gain: I64 | None) -> Row:
    confidence = world.question.confidence
    n, k, one_less = len(here), int(here.met[:, i].sum()), int(fewer.met[:, i].sum())
    return Row(
        world.target.levers[i], amount, k / n, at_least(k, n), one_less / n,
        told_apart(amount, quantile_interval(least, confidence), (k, n), (one_less, n), confidence),
        Spread.of(here.share[:, i]), Spread.of(here.wait[:, i]), Spread.of(seen.backlog[:, i].astype(np.float64)),
        float(here.base[:, i].mean()), mean_interval((np.zeros(0) if gain is None else gain).astype(np.float64)),
    )  # fmt: skip


def _unreachable(world: World, plenty: Sample, i: int) -> Row:
    """What can be said where no capacity will do: what is met with plenty of it."""
    n, k = len(plenty), int(plenty.met[:, i].sum())
    known = np.sort(np.nan_to_num(plenty.share[:, i], nan=1.0))
    share = float(known[n - needed(world.question.confidence, n)])  # met in so many of the replications
    return Row(
        world.target.levers[i], None, k / n, at_least(k, n), float("nan"), (), Spread.of(plenty.share[:, i]), Spread.of(plenty.wait[:, i]),
        Spread.of(plenty.backlog[:, i].astype(np.float64)), float(plenty.base[:, i].mean()), mean_interval(np.zeros(0)),
        math.floor(share * 100 + 1e-9) / 100,
    )  # fmt: skip


def open_world(
    model: Model, scenario: Scenario, kind: str, norm: str | None, clock: str, share: float, year: int, from_year: int | None,
    confidence: float, parameters: str | None, replications: int, seed: int,
) -> World:  # fmt: skip
    """Everything that is asked, checked. Raises ``InputError`` with all faults."""
    start = year - 1 if from_year is None else from_year
    if from_year is None and year == model.start.year and model.start == date(year, 1, 1):
        start = year
    faults = check_question(share, confidence, year, start, model.start, model.until)
    asked: Norm | None = None
    if norm is not None:
        try:
            asked = read_norm(norm, clock)
        except InputError as error:
            faults += error.faults
    if replications < 10:
        mend = "ask for 10 or more; 200 tell a probability to within 3 points"
        faults.append(Fault(f"{replications} replications say nothing about a probability", field="--replications", mend=mend))
    try:
        ensemble = ensemble_of(model, parameters)
    except InputError as error:
        faults += error.faults
    plan = compile_plan(model, scenario)
    try:
        since = date(start, 1, 1) if not faults else model.start
        target = find_target(kind, model, scenario, plan, since, year)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    if asked is None:
        faults += _without_norm(target, plan)
        if faults:
            raise InputError(faults)
    longest = (
        asked.ticks if asked is not None else max(int(plan.norms.within[plan.node_kind[n]]) for lever in target.levers for n in lever.nodes)
    )
    last = date(year + 1, 1, 1) + timedelta(days=longest // TICKS_PER_DAY + 1)
    until = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return World(model, scenario, Question(share, confidence, year, since, asked), target, until, seed, ensemble)


def _without_norm(target: Target, plan: Plan) -> list[Fault]:
    names = sorted(
        {plan.names.kinds[plan.node_kind[n]] for lever in target.levers for n in lever.nodes if plan.norms.within[plan.node_kind[n]] == 0}
    )
    mend = "say which norm, such as --norm '6 weken'"
    return [Fault(f"the model has no norm for {', '.join(names)}", field="--norm", mend=mend)] if names else []


def _plenty(bench: Bench, most: I64, replications: int) -> Sample:
    """What is met with places for everybody."""
    return bench.samples(trials([("plenty", most.tolist())], min(LOOK, replications), LOOKING), "whether the norm can be met")["plenty"]


def _nearest_norm(bench: Bench, world: World, most: I64, replications: int) -> int | None:
    """The shortest norm in whole weeks that plenty of capacity meets everywhere; None where that is longer than can be seen.

    Norms that run beyond the horizon for part of the year see fewer people, so none longer than a year is tried.
    """
    asked = world.question.norm
    if asked is None:
        return None

    def met(weeks: int) -> bool:
        name = f"a norm of {weeks} weeks"
        norm = Norm(weeks * TICKS_PER_WEEK, asked.clock)
        sample = bench.samples(trials([(name, most.tolist())], replications, LOOKING, norm=norm), name)[name]
        return bool((sample.met.sum(axis=0) >= needed(world.question.confidence, len(sample))).all())

    low, high = math.floor(asked.weeks), math.floor(asked.weeks) + 1
    while not met(high):
        low, high = high, high + max(1, high // 2)
        if high > LONGEST_NORM:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle, high)
    return high


def _search(bench: Bench, world: World, most: I64, replications: int) -> tuple[I64, Sample]:
    """Least amounts [replications, levers], and what is seen with the capacities as they are."""
    items = [Search(r, tuple(most.tolist())) for r in range(replications)]
    outcomes = bench.outcomes(items, "searching")
    least = np.stack([outcome.least.amounts for outcome in outcomes if outcome.least is not None])
    return least, Sample.of(world.question, [outcome.seen for outcome in outcomes if outcome.seen is not None])


def _certify(bench: Bench, world: World, least: I64, reach: Sequence[bool], replications: int) -> tuple[I64, Sample, Sample, int]:
    """The amounts, what they and one unit less give with fresh seeds, and the rounds it took.

    The search proposes the smallest amount that did in enough of its replications. It is run with fresh seeds, and moved up by one where
    all runs of that amount together show less than the confidence asked, down by one where one less does for certain (a one-sided bound).
    What was moved is certified again, with seeds never used before.
    """
    confidence = world.question.confidence
    shown: dict[tuple[int, int], list[int]] = {}  # (lever, amount) -> successes and replications of all rounds
    unreached = least == UNREACHED
    ordered = np.sort(np.where(unreached, np.iinfo(np.int64).max, least), axis=0)
    amounts = ordered[needed(confidence, len(least)) - 1]
    now = np.ceil(world.target.now).astype(np.int64)
    amounts = np.where(np.asarray(reach) & (amounts < np.iinfo(np.int64).max), amounts, np.maximum(now, 1))
    for number in range(1, MOST_ROUNDS + 1):
        settings = [("here", amounts.tolist()), ("fewer", np.maximum(amounts - 1, 0).tolist())]
        found = bench.samples(trials(settings, replications, FIRST_ROUND + number), f"certifying, round {number}")
        here, fewer = found["here"], found["fewer"]
        step = np.zeros(len(amounts), np.int64)
        for i in np.flatnonzero(reach):
            for amount, sample in ((amounts[i], here), (amounts[i] - 1, fewer)):
                so_far = shown.setdefault((int(i), int(amount)), [0, 0])
                so_far[0] += int(sample.met[:, i].sum())
                so_far[1] += len(sample)
            met, of = shown[int(i), int(amounts[i])]
            if met < needed(confidence, of):
                step[i] = 1
            elif amounts[i] > 1 and at_least(*shown[int(i), int(amounts[i]) - 1]) >= confidence:
                step[i] = -1
        if not step.any() or number == MOST_ROUNDS:
            break
        amounts = amounts + step
    return amounts, here, fewer, number


def _curves(bench: Bench, world: World, amounts: I64, reach: Sequence[bool], replications: int) -> tuple[tuple[CurvePoint, ...], I64]:
    """Points of the curves, and how many persons more are in time with one unit more [replications, levers]."""
    settings = {
        "fewer": np.maximum(amounts - 1, 1), "here": amounts, "more": amounts + 1,
        **{f"x{level:g}": np.maximum(np.rint(amounts * level).astype(np.int64), 1) for level in LEVELS},
    }  # fmt: skip
    given = {name: values.tolist() for name, values in settings.items()}
    samples = bench.samples(trials(given.items(), replications, CURVES), "curves")
    levers = world.target.levers
    points = tuple(p for p in curve_points(levers, given, samples) if reach[levers.index(p.lever)])
    return points, samples["more"].within - samples["here"].within


def _sensitivity(bench: Bench, world: World, amounts: I64, reach: Sequence[bool], replications: int) -> Iterator[SensitivityRow]:
    """What is met with vacancies and sick leave at the ends of their bands."""
    question, model = world.question, world.model
    levers = [(i, lever) for i, lever in enumerate(world.target.levers) if lever.unit == FTE and reach[i]]
    kinds = sorted({lever.kind for _, lever in levers})
    cases: dict[str, tuple[str, list[tuple[str, float, float]]]] = {}
    for field in ("vacancy", "sick_leave"):
        for end in (0, 1):
            of_kinds = []
            for kind in kinds:
                path = f"teams.{kind}.places.{field}"
                if path not in model.parameters or model.parameters[path].is_neutral:
                    continue
                site = next(lever.sites[0] if lever.sites else None for _, lever in levers if lever.kind == kind)
                value = float(resolve(model, None, [question.since]).value(path, site=site)[0])
                band = model.parameters[path].range.around(value)
                of_kinds.append((kind, value, float(band[end])))
            if of_kinds:
                cases[f"{field}_{'low' if end == 0 else 'high'}"] = (field, of_kinds)
    wanted: list[Trial] = []
    for name, (field, of_kinds) in cases.items():
        more = tuple(changed_to(world.scenario.name, f"teams.{kind}.places.{field}", value, question.since) for kind, _, value in of_kinds)
        wanted += trials([(name, amounts.tolist())], replications, CURVES, more=more)
    found = bench.samples(wanted, "sensitivity") if wanted else {}
    for name, (_, of_kinds) in cases.items():
        for i, lever in levers:
            for kind, value, end_value in of_kinds:
                if kind == lever.kind:
                    hands = math.ceil(int(amounts[i]) * (1 - value) / (1 - end_value) - 1e-9) if end_value < 1 else 0
                    sample = found[name]
                    yield SensitivityRow(
                        name, end_value, lever, int(amounts[i]), hands, Spread.of(sample.share[:, i]), Spread.of(sample.wait[:, i]),
                        float(sample.met[:, i].mean()),
                    )  # fmt: skip


def _chain(
    world: World, amounts: I64, replications: int, workers: int | None, progress: Progress | None
) -> tuple[tuple[ChainRow, ...], int]:
    """Every node kind up to the end of the model, as it is and with the capacities found, on the same people and luck; and the runs."""
    model = world.model
    longer = replace(world, until=max(model.until, world.until))
    with executor_for(Each(Simulated(longer)), workers, None) as executor:
        bench = Bench(executor, world.question, progress, 2 * replications)
        outcomes = bench.outcomes(
            trials([("now", None), ("here", amounts.tolist())], replications, CURVES, with_chain=True), "the rest of the chain"
        )
    seen = [outcome.chain for outcome in outcomes if outcome.chain is not None]

    def column(name: str) -> tuple[F64, F64]:  # [replications, years, kinds], now and here
        stacked = np.stack([getattr(one, name) for one in seen]).astype(np.float64)
        return stacked[0::2], stacked[1::2]

    columns = {name: column(name) for name in ("arrivals", "starts", "waiting", "base", "within")}
    kinds = sorted(model.spec.nodes)
    last = model.until.year - 1
    rows = []
    for year in range(world.question.since.year, last + 1):
        y = year - model.start.year
        for k, kind in enumerate(kinds):
            here = {name: (now[:, y, k], then[:, y, k]) for name, (now, then) in columns.items()}
            change = {name: mean_interval(then - now) for name, (now, then) in here.items()}
            shares = [float(here["within"][j].sum() / base) if (base := here["base"][j].sum()) else float("nan") for j in (0, 1)]
            node = model.spec.nodes[kind]
            rows.append(
                ChainRow(
                    kind, node.title.nl if node.title else kind, node.part, year,
                    float(here["arrivals"][0].mean()), change["arrivals"], float(here["starts"][0].mean()), change["starts"],
                    float(here["waiting"][0].mean()), change["waiting"], shares[0], shares[1],
                )
            )  # fmt: skip
    return tuple(rows), bench.runs
