"""A sizing as a page: the capacity per team with its certainty, on the map, against waits, and what it does elsewhere in the chain."""

from __future__ import annotations

import math
from functools import partial

from sim.report.answer_folder import AnswerFolder, Line, value
from sim.report.blocks import Block, Bullets, Cell, Chapter, Folded, Para, Picture, Table
from sim.report.curves import Curve, curve_charts
from sim.report.notation import in_runs
from sim.report.tile_map import Tile, TileMap

LEGEND = {
    "nl": ("gemiddelde", "80% van de herhalingen", "antwoord", "nu", "norm"),
    "en": ("mean", "80% of replications", "answer", "now", "norm"),
}
CURVE_TITLES = {"wait_weeks": "size.curve.wait", "share": "size.curve.share"}
FILES = {"wait_weeks": "wait-per-capacity", "share": "share-per-capacity"}
MOST_CURVES = 24  # panels of one picture: more are too small on a printed page
ENDS = ("_low_80", "_high_80")
ENDS_90 = ("_low_90", "_high_90")
NOT_ASKED = ("sites", "tiles", "titles", "sentences")


def chapters(f: AnswerFolder) -> list[Chapter]:
    """The chapters of a sizing, or of a division of a given number of fte."""
    lines = f.rows("division.csv", "name", "now", "best")
    made = [_division(f, lines)] if lines else [_answer(f), _curves(f), _chain(f), _sensitivity(f)]
    return [c for c in (*made, f.account(NOT_ASKED)) if c.blocks]


def title(f: AnswerFolder) -> str:
    kind = str(f.record.get("kind", ""))
    titles = f.record.get("titles", {})
    what = next((f.title_of(group, kind) for group in ("nodes", "parts") if kind in titles.get(group, {})), kind.replace("_", " "))
    return f.say("size.title", kind=what, year=f.record.get("year"))


def _unit(f: AnswerFolder, unit: str) -> str:
    return {"nl": {"places": "plekken", "units per month": "stuks per maand"}, "en": {}}[f.lang].get(unit, unit)


def _norm(f: AnswerFolder) -> str:
    weeks = f.record.get("norm_weeks")
    if weeks is None:
        return f.say("size.norm.model")
    return f.say(f"size.norm.{f.record.get('clock', 'to_start')}", weeks=f.n.weeks(weeks, 0 if weeks % 1 == 0 else 1))


# ---- the answer


def _answer(f: AnswerFolder) -> Chapter:
    lines = f.rows("size.csv", "name", "unit", "now", "amount", "met", "certified")
    if not lines:
        return Chapter("antwoord", "")
    unit = _unit(f, lines[0]["unit"])
    blocks: list[Block] = [Bullets(tuple(_told(f, lines, unit)))]
    blocks += _map(f, lines, "amount", unit)
    blocks += [_size_table(f, lines, unit), Para(f.say("size.reading", confidence=f.n.percent(f.record["confidence"])), "note")]
    return Chapter("antwoord", f.say("ch.headline"), blocks)


def _told(f: AnswerFolder, lines: list[Line], unit: str) -> list[str]:
    r, n = f.record, f.n
    found = [x for x in lines if x["amount"]]
    asked = f.say("size.asked", share=n.percent(r["share"]), norm=_norm(f), year=r["year"], confidence=n.percent(r["confidence"]))
    told = []
    if found:
        total, now = sum(value(x, "amount") for x in found), sum(value(x, "now") for x in found)
        told.append(f.say("size.total", asked=asked, total=n.number(total), now=n.number(now), unit=unit))
        sure = sum(x["certified"] == "True" for x in found)
        told.append(
            f.say("size.certified", sure=sure, all=len(found)) if len(found) > 1 else f.say(f"size.certified_{'yes' if sure else 'no'}")
        )
        grown = [x for x in found if value(x, "now") > 0]
        if len(grown) > 1:
            most = max(grown, key=lambda x: (value(x, "amount") / value(x, "now"), x["name"]))
            told.append(f.say("size.most", name=most["name"], now=n.number(value(most, "now")), amount=most["amount"], unit=unit))
        gains = [x for x in found if value(x, "in_time_per_extra_low_90") > 0]
        if gains:
            best = max(gains, key=lambda x: value(x, "in_time_per_extra"))
            span = n.span(value(best, "in_time_per_extra_low_90"), value(best, "in_time_per_extra_high_90"), 1)
            gain = n.number(value(best, "in_time_per_extra"), 1)
            told.append(f.say("size.gain", name=best["name"], gain=gain, span=span, unit=unit, year=r["year"]))
    for x in lines:
        if not x["amount"]:
            share = n.percent(value(x, "nearest_share"))
            told.append(f.say("size.unreachable", name=x["name"], asked=asked, share=share))
            if x["nearest_norm_weeks"]:
                told.append(
                    f.say("size.nearest", name=x["name"], weeks=n.weeks(value(x, "nearest_norm_weeks"), 0), share=n.percent(r["share"]))
                )
    return told


def _map(f: AnswerFolder, lines: list[Line], column: str, unit: str) -> list[Block]:
    """The gebieden with what their teams need; none where teams are not of one gebied each."""
    tiles, sites = f.record.get("tiles") or {}, f.record.get("sites") or {}
    together: dict[str, tuple[float, float]] = {}
    for x in lines:
        gebied = str(sites.get(x["name"]))
        if gebied in tiles:
            amount, now = together.get(gebied, (0.0, 0.0))
            together[gebied] = amount + value(x, column), now + value(x, "now")  # not a number where a team of it cannot meet the norm
    if not together:
        return []
    ratio = {g: amount / now if now else math.nan for g, (amount, now) in together.items()}
    known = [x for x in ratio.values() if math.isfinite(x)]
    ends = {max(known), min(known)} if len(known) > 1 else set()
    made = {
        g: Tile(
            f"{f.n.number(amount)} {unit}" if math.isfinite(amount) else f.say("size.none"), f.say("size.now", now=f.n.number(now)),
            _tint(ratio[g]), ratio[g] in ends,
        )
        for g, (amount, now) in together.items()
    }  # fmt: skip
    draw = partial(TileMap({g: (place[0], place[1]) for g, place in tiles.items()}).draw, made)
    return [
        Picture("kaart", f.say("size.map", unit=unit), f.say("size.map_alt"), draw, numbers="antwoord-tabel"),
        Para(f.say("size.map_note")),
    ]


def _tint(ratio: float) -> float:
    """Fully tinted from twice, or half, of what there is."""
    return max(-1.5, min(1.5, math.log2(ratio))) if ratio > 0 else 0.0  # also where it is not a number


def _size_table(f: AnswerFolder, lines: list[Line], unit: str) -> Table:
    columns = [
        (f.say("size.col.now", unit=unit), lambda x: f.number(x, "now")),
        (f.say("size.col.amount", unit=unit), lambda x: f.number(x, "amount") if x["amount"] else Cell(f.say("size.none"), tone="warn")),
        (f.say("size.col.alike"), lambda x: f.plain(in_runs(map(int, x["not_distinguishable"].split())))),
        (f.say("size.col.met"), lambda x: f.percent(x, "met")),
        (f.say("size.col.met_95"), lambda x: f.percent(x, "met_at_least_95")),
        (f.say("size.col.fewer"), lambda x: f.percent(x, "met_with_one_less")),
        (f.say("size.col.share"), lambda x: f.percent(x, "share_mean", tuple(f"share{e}" for e in ENDS))),
        (f.say("size.col.wait"), lambda x: f.number(x, "wait_weeks_mean", 1, ends=tuple(f"wait_weeks{e}" for e in ENDS))),
        (f.say("size.col.backlog"), lambda x: f.number(x, "backlog_mean", ends=tuple(f"backlog{e}" for e in ENDS))),
        (
            f.say("size.col.gain"),
            lambda x: f.number(x, "in_time_per_extra", 1, signed=True, ends=tuple(f"in_time_per_extra{e}" for e in ENDS_90)),
        ),
    ]
    caption = f.say("size.table", year=f.record["year"])
    return f.table("antwoord-tabel", caption, f.say("size.team"), lines, lambda x: x["name"], columns, note=f.say("size.note"), texts=(2,))


# ---- around it


def _curves(f: AnswerFolder) -> Chapter:
    points = f.rows("curves.csv", "name", "amount", "wait_weeks_mean", "share_mean")
    answers = {x["name"]: x for x in f.rows("size.csv")}
    if not points:
        return Chapter("krommen", "")
    unit = _unit(f, points[0]["unit"])
    by_name: dict[str, list[Line]] = {}
    for point in points:
        by_name.setdefault(point["name"], []).append(point)
    blocks: list[Block] = [Para(f.say("size.curves.intro", unit=unit))]
    for column, norm in (("wait_weeks", f.record.get("norm_weeks")), ("share", f.record["share"] * 100)):
        scale = 100.0 if column == "share" else 1.0
        caption = f.say(CURVE_TITLES[column], year=f.record["year"], unit=unit)
        names = list(by_name)
        for number, first in enumerate(range(0, len(names), MOST_CURVES), 1):
            mine = names[first : first + MOST_CURVES]
            curves = [_curve(by_name[name], answers.get(name, {}), column, scale) for name in mine]
            draw = partial(curve_charts, curves, caption, LEGEND[f.lang], f.n, norm=norm)
            told = caption if len(names) <= MOST_CURVES else f.say("size.curves.of", caption=caption, first=mine[0], last=mine[-1])
            table = _curve_table(f, [p for name in mine for p in by_name[name]], column, unit, told, number)
            blocks.append(Picture(f"{FILES[column]}-{number}", told, f.say("size.curves.alt"), draw, table, 720))
    return Chapter("krommen", f.say("size.curves", unit=unit), blocks)


def _curve(points: list[Line], answer: Line, column: str, scale: float) -> Curve:
    mean, low, high = ([value(p, f"{column}{end}") * scale for p in points] for end in ("_mean", *ENDS))
    amount = int(answer["amount"]) if answer.get("amount") else None
    return Curve(points[0]["name"], [int(p["amount"]) for p in points], mean, low, high, amount, value(answer, "now"))


def _curve_table(f: AnswerFolder, points: list[Line], column: str, unit: str, caption: str, number: int) -> Table:
    ends = tuple(f"{column}{e}" for e in ENDS)
    cell = (lambda x: f.percent(x, "share_mean", ends)) if column == "share" else (lambda x: f.number(x, "wait_weeks_mean", 1, ends=ends))
    columns = [
        (f.say(f"size.col.{'share' if column == 'share' else 'wait'}"), cell),
        (f.say("size.col.met"), lambda x: f.percent(x, "met")),
    ]
    return f.table(f"{FILES[column]}-{number}-tabel", caption, unit, points, lambda x: x["amount"], columns, group=lambda x: x["name"])


def _chain(f: AnswerFolder) -> Chapter:
    year = str(f.record["year"])
    lines = [x for x in f.rows("chain.csv", "node", "year", "arrivals") if x["year"] == year]
    if not lines:
        return Chapter("keten", "")
    columns = []
    for name in ("arrivals", "starts", "waiting_end"):
        ends = tuple(f"{name}_change{e}" for e in ENDS_90)
        columns.append((f.say(f"size.chain.{name}"), partial(f.number, column=name)))
        columns.append((f.say("size.chain.change"), partial(f.number, column=f"{name}_change", signed=True, ends=ends)))
    columns += [(f.say(f"size.chain.{name}"), partial(f.percent, column=name)) for name in ("share_now", "share")]
    table = f.table(
        "keten-tabel", f.say("size.chain.table", year=year), f.say("node"), lines, lambda x: f.title_of("nodes", x["node"]) or x["title"],
        columns, group=lambda x: f.title_of("parts", x["part"]), note=f.say("size.chain.note"),
    )  # fmt: skip
    return Chapter("keten", f.say("size.chain"), (Para(f.say("size.chain.intro", year=year)), table))


def _sensitivity(f: AnswerFolder) -> Chapter:
    lines = f.rows("sensitivity.csv", "case", "value", "name", "amount", "met")
    cases = list(dict.fromkeys((x["case"], x["value"]) for x in lines))
    if not cases:
        return Chapter("gevoelig", "")
    sums: list[Line] = []
    for case, at in cases:
        mine = [x for x in lines if (x["case"], x["value"]) == (case, at)]
        mean = sum(value(x, "met") for x in mine) / len(mine)
        hands = sum(value(x, "same_hands") for x in mine)
        sums.append(
            {"case": case, "value": at, "amount": str(sum(value(x, "amount") for x in mine)), "hands": str(hands), "met": str(mean)}
        )
    columns = [
        (f.say("size.sensitivity.value"), lambda x: f.percent(x, "value")),
        (f.say("size.sensitivity.amount"), lambda x: f.number(x, "amount")),
        (f.say("size.sensitivity.hands"), lambda x: f.number(x, "hands")),
        (f.say("size.sensitivity.met"), lambda x: f.percent(x, "met")),
    ]
    caption = f.say("size.sensitivity")
    short = f.table("gevoelig-tabel", caption, f.say("size.sensitivity.case"), sums, lambda x: _case(f, x["case"]), columns)
    each = [
        (f.say("size.sensitivity.amount"), lambda x: f.number(x, "amount")),
        (f.say("size.sensitivity.hands"), lambda x: f.number(x, "same_hands")),
        (f.say("size.col.share"), lambda x: f.percent(x, "share_mean", tuple(f"share{e}" for e in ENDS))),
        (f.say("size.col.wait"), lambda x: f.number(x, "wait_weeks_mean", 1, ends=tuple(f"wait_weeks{e}" for e in ENDS))),
        (f.say("size.col.met"), lambda x: f.percent(x, "met")),
    ]  # fmt: skip
    whole = f.table(
        "gevoelig-teams", f.say("size.sensitivity.teams"), f.say("size.team"), lines, lambda x: x["name"], each,
        group=lambda x: f"{_case(f, x['case'])}: {f.n.percent(value(x, 'value'))}",
    )  # fmt: skip
    return Chapter("gevoelig", caption, (Para(f.say("size.sensitivity.intro")), short, Folded(f.say("size.sensitivity.teams"), (whole,))))


def _case(f: AnswerFolder, case: str) -> str:
    return f.say(f"size.case.{case}") if case in ("vacancy_low", "vacancy_high", "sick_leave_low", "sick_leave_high") else case


# ---- a division


def _division(f: AnswerFolder, lines: list[Line]) -> Chapter:
    r, n = f.record, f.n
    gain = sum(value(x, "in_time_more") for x in lines)
    told = f.say(
        "size.division.told",
        budget=n.number(r.get("budget_fte")),
        norm=_norm(f),
        year=r["year"],
        gain=n.number(gain, 0, signed=True),
        floor=n.percent(r.get("floor", 0.0)),
    )
    columns = [
        (f.say("size.col.now", unit="fte"), lambda x: f.number(x, "now")),
        (f.say("size.division.proportional"), lambda x: f.number(x, "proportional")),
        (f.say("size.division.best"), lambda x: f.number(x, "best")),
        (
            f.say("size.division.share_proportional"),
            lambda x: f.percent(x, "share_proportional_mean", tuple(f"share_proportional{e}" for e in ENDS)),
        ),
        (f.say("size.division.share"), lambda x: f.percent(x, "share_mean", tuple(f"share{e}" for e in ENDS))),
        (
            f.say("size.division.more"),
            lambda x: f.number(x, "in_time_more", 1, signed=True, ends=tuple(f"in_time_more{e}" for e in ENDS_90)),
        ),
    ]
    caption = f.say("size.division.table", budget=n.number(r.get("budget_fte")), year=r["year"])
    table = f.table("antwoord-tabel", caption, f.say("size.team"), lines, lambda x: x["name"], columns, note=f.say("size.division.note"))
    return Chapter("antwoord", f.say("ch.headline"), (Bullets((told,)), *_map(f, lines, "best", "fte"), table))
