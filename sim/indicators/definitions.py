"""What every column of the indicator table means: one registry, read by the documentation, the report and the workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ALL: Final = "alle"  # a key that is added up over
MEASURES: Final = "maatregelen"  # the part under which the cost of measures stands
PERIOD_KINDS: Final = ("year", "quarter", "month")
KEYS: Final = ("period_kind", "period", "part", "node", "site", "gebied", "age")

# how rows of a column may be combined
SUM: Final = "sum"  # adds up over nodes, gebieden, age groups and periods
STOCK: Final = "stock"  # adds up over nodes, gebieden and age groups; over periods it is a count at a boundary, or is averaged by length
NONE: Final = "none"  # adds up over nothing
Additive = Literal["sum", "stock", "none"]

# the clock of a wait
TO_START: Final = "to_start"
BY_NORM: Final = "by_norm"  # the clock of the node's own norm: to_start or to_end
SO_FAR: Final = "so_far"  # a wait that has not ended
Clock = Literal["", "to_start", "by_norm", "so_far"]


@dataclass(frozen=True)
class Column:
    """A value column of the indicator table."""

    name: str
    unit: str
    label_nl: str
    label_en: str
    definition_nl: str
    definition_en: str
    additive: Additive
    clock: Clock = ""
    whole: bool = False  # int64; the others are float64, NaN where undefined


COLUMNS: Final = (
    Column(
        "inflow", "persons", "Instroom", "Inflow",
        "Mensen die zich in de periode bij het knooppunt melden, van buiten of vanuit een ander knooppunt; verlengingen niet.",
        "Persons arriving at the node in the period, from outside or from another node; renewals not included.",
        SUM, whole=True,
    ),
    Column(
        "renewals", "persons", "Verlengingen", "Renewals",
        "Bezoeken die in de periode begonnen met terugkeer naar een vastgehouden plek.",
        "Visits that began in the period by returning to a kept place.",
        SUM, whole=True,
    ),
    Column(
        "starts", "persons", "Gestart", "Starts",
        "Bezoeken waarvan de zorg in de periode begon, verlengingen inbegrepen.",
        "Visits whose care started in the period, renewals included.",
        SUM, whole=True,
    ),
    Column(
        "outflow", "persons", "Uitstroom", "Outflow",
        "Bezoeken waarvan de plek in de periode vrijkwam (of overging op een verlenging) of die zonder plek eindigden.",
        "Visits whose place came free in the period (or passed over to a renewal), or that ended without a place.",
        SUM, whole=True,
    ),
    Column(
        "reneged", "persons", "Afgehaakt", "Reneged",
        "Uitstroom van wie ophield met wachten.", "Outflow of those who gave up waiting.",
        SUM, whole=True,
    ),
    Column(
        "aged_out", "persons", "Leeftijdsgrens bereikt", "Aged out",
        "Uitstroom doordat de leeftijdsgrens van het knooppunt werd bereikt, wachtend of in zorg.",
        "Outflow because the node's age limit was reached, waiting or in care.",
        SUM, whole=True,
    ),
    Column(
        "left", "persons", "Vertrokken", "Left",
        "Uitstroom naar een uitgang van de keten, langs welke route ook (ook na afhaken).",
        "Outflow to an exit of the chain, by any route (after reneging too).",
        SUM, whole=True,
    ),
    Column(
        "left_shifted", "persons", "Vertrokken naar elders", "Left, shifted",
        "Uitstroom naar een uitgang van de soort 'shifted': Wlz, Zvw of een andere gemeente.",
        "Outflow to an exit of kind 'shifted': Wlz, Zvw or another municipality.",
        SUM, whole=True,
    ),
    Column(
        "stock_begin", "persons", "Stand begin", "Stock at begin",
        "Mensen bij het knooppunt aan het begin van de periode: wachtend, in zorg en met een vastgehouden plek.",
        "Persons at the node at the beginning of the period: waiting, in care and kept.",
        STOCK, whole=True,
    ),
    Column(
        "stock_end", "persons", "Stand eind", "Stock at end",
        "Mensen bij het knooppunt aan het eind van de periode: wachtend, in zorg en met een vastgehouden plek.",
        "Persons at the node at the end of the period: waiting, in care and kept.",
        STOCK, whole=True,
    ),
    Column(
        "waiting_end", "persons", "Wachtlijst eind", "Waiting at end",
        "Wachtenden aan het eind van de periode.", "Persons waiting at the end of the period.",
        STOCK, whole=True,
    ),
    Column(
        "in_care_end", "persons", "In zorg eind", "In care at end",
        "Mensen in zorg aan het eind van de periode.", "Persons in care at the end of the period.",
        STOCK, whole=True,
    ),
    Column(
        "kept_end", "persons", "Plek vastgehouden eind", "Kept at end",
        "Vastgehouden plekken aan het eind van de periode: het bezoek is voorbij, de plek nog bezet.",
        "Places kept at the end of the period: the visit is over, its place still taken.",
        STOCK, whole=True,
    ),
    Column(
        "waiting_avg", "persons", "Gemiddelde wachtlijst", "Waiting, average",
        "Gemiddeld aantal wachtenden over de periode (persoonstijd gedeeld door lengte).",
        "Average number waiting over the period (person-time over length).",
        STOCK,
    ),
    Column(
        "in_care_avg", "persons", "Gemiddeld in zorg", "In care, average",
        "Gemiddeld aantal mensen in zorg over de periode.", "Average number in care over the period.",
        STOCK,
    ),
    Column(
        "kept_avg", "persons", "Gemiddeld vastgehouden", "Kept, average",
        "Gemiddeld aantal vastgehouden plekken over de periode.", "Average number of kept places over the period.",
        STOCK,
    ),
    Column(
        "person_weeks_waited", "person-weeks", "Gewachte persoonsweken", "Person-weeks waited",
        "Weken die alle wachtenden samen in de periode wachtten.", "Weeks that all who waited spent waiting in the period, together.",
        SUM,
    ),
    Column(
        "client_weeks", "client-weeks", "Cliëntweken", "Client-weeks",
        "Weken in zorg of met een vastgehouden plek in de periode, alle cliënten samen: de grondslag van de zorgkosten.",
        "Weeks in care or with a kept place in the period, all clients together: the basis of the cost of care.",
        SUM,
    ),
    Column(
        "unique_clients", "persons", "Unieke cliënten", "Unique clients",
        "Verschillende mensen die op enig moment van de periode in zorg waren of een plek vasthielden; leeftijd op 1 januari.",
        "Different persons in care or with a kept place at some moment of the period; age on 1 January.",
        NONE, whole=True,
    ),
    Column(
        "wait_mean", "weeks", "Gemiddelde wachttijd", "Mean wait",
        "Gemiddelde wachttijd van aanmelding tot start van wie in de periode startte, zonder verlengingen; leeg bij knooppunten zonder "
        "wachtlijst.",
        "Mean wait from arrival to start of those who started in the period, without renewals; empty for nodes without a waiting list.",
        NONE, TO_START,
    ),
    Column(
        "wait_median", "weeks", "Mediane wachttijd", "Median wait",
        "Mediaan van dezelfde wachttijden.", "Median of the same waits.",
        NONE, TO_START,
    ),
    Column(
        "wait_p90", "weeks", "Wachttijd P90", "Wait P90",
        "De wachttijd waar negen van de tien starters onder bleven.", "The wait that nine in ten of those who started stayed below.",
        NONE, TO_START,
    ),
    Column(
        "elapsed_mean", "weeks", "Tot nu toe gewacht", "Waited so far",
        "Gemiddelde wachttijd tot nu toe van wie aan het eind van de periode nog wacht.",
        "Mean wait so far of those still waiting at the end of the period.",
        NONE, SO_FAR,
    ),
    Column(
        "within_norm", "share", "Binnen de norm", "Within the norm",
        "Aandeel van wie zich in de periode meldde dat binnen de norm van het knooppunt geholpen was; eerder afgehaakt of te oud telt als "
        "niet gehaald; wie bij de horizon de normtijd nog niet vol heeft, blijft buiten beschouwing.",
        "Share of those who arrived in the period for whom the node's norm was met; having reneged or aged out before counts as failed; "
        "those whose norm time has not run out at the horizon are left out.",
        NONE, BY_NORM,
    ),
    Column(
        "started_within_norm", "share", "Gestart binnen de normtijd", "Started within the norm's time",
        "Aandeel van dezelfde mensen bij wie de hulp binnen de normtijd begon, ook waar de norm tot het eind van het bezoek loopt.",
        "Share of the same persons whose care started within the norm's time, also where the norm counts to the end of the visit.",
        NONE, TO_START,
    ),
    Column(
        "norm_base", "persons", "Normgroep", "Norm base",
        "Aantal mensen achter het aandeel binnen de norm.", "Number of persons behind the share within the norm.",
        SUM, whole=True,
    ),
    Column(
        "places_avg", "places", "Beschikbare plekken", "Places",
        "Gemiddeld aantal beschikbare plekken van de teams van het knooppunt, soms gedeeld met andere; leeg bij onbeperkte plekken en bij "
        "aanbod in stuks.",
        "Average number of places of the node's teams, which other nodes may share; empty where places are unlimited or come as a supply.",
        NONE,
    ),
    Column(
        "occupancy", "share", "Bezetting", "Occupancy",
        "Bezette tijd (in zorg en vastgehouden, bij alle knooppunten van die teams) gedeeld door de beschikbare plektijd.",
        "Occupied time (in care and kept, at all nodes of those teams) over the time of the places available.",
        NONE,
    ),
    Column(
        "offered_load", "ratio", "Aangeboden belasting", "Offered load",
        "Werk dat zich per week meldt (aanmeldingen en verlengingen maal gemiddelde bezetting van een plek) gedeeld door de plekken; "
        "boven 1 groeit de wachtlijst of haken mensen af.",
        "Work arriving per week (arrivals and renewals times the mean time a place is taken) over the places; above 1 the list grows or "
        "people give up.",
        NONE,
    ),
    Column(
        "cost_care", "euro", "Zorgkosten", "Cost of care",
        "Prijs per cliëntweek maal weken in zorg of met een vastgehouden plek.", "Price per client-week times weeks in care or kept.",
        SUM,
    ),
    Column(
        "cost_staff", "euro", "Kosten van teams", "Cost of teams",
        "Kosten van fte of plekken, verdeeld naar bezette tijd binnen het team.",
        "Cost of fte or places, distributed within the team by occupied time.",
        SUM,
    ),
    Column(
        "cost_measures", "euro", "Kosten van maatregelen", "Cost of measures",
        "Uitvoeringskosten van maatregelen.", "Cost of carrying out measures.",
        SUM,
    ),
    Column(
        "contributions", "euro", "Eigen bijdragen", "Own contributions",
        "Ontvangen eigen bijdragen, naar weken in zorg; een opbrengst, als positief getal.",
        "Own contributions received, by weeks in care; revenue, as a positive number.",
        SUM,
    ),
    Column(
        "cost", "euro", "Kosten", "Cost",
        "Zorgkosten + kosten van teams + kosten van maatregelen - eigen bijdragen.",
        "Cost of care + cost of teams + cost of measures - own contributions.",
        SUM,
    ),
)  # fmt: skip

VALUES: Final = tuple(column.name for column in COLUMNS)
BY_NAME: Final = {column.name: column for column in COLUMNS}

_ADDITIVE_TEXT = {SUM: "levels and periods", STOCK: "levels", NONE: "no"}
_CLOCK_TEXT = {"": "", TO_START: "to start", BY_NORM: "the norm's own", SO_FAR: "so far"}

_PAGE = """# The indicator table

`sim.indicators.measure(plan, log)` turns the visit log of one run into one tidy table: one row per period and level, the columns
below. The columns come from one registry, `sim.indicators.definitions`, and this page is what its function `page()` returns.

A part of the table costs only that part: `measure(plan, log, levels=["node"], period_kinds=["year"], columns=["inflow", "starts"])`
gives the same rows and numbers, and spends nothing on quantiles, unique clients, capacity or money that nobody asked for.

## Rows

`period_kind` is `year`, `quarter` or `month`; `period` reads `2024`, `2024-Q1`, `2024-03`. A period at the edge of the run covers
only its simulated months. The key `alle` means: added up.

| level | year | quarter, month | keys other than `alle` |
|---|---|---|---|
| everything | yes | yes | |
| part of the chain | yes | yes | `part` |
| node | yes | yes | `part`, `node` |
| node at a site (teams with sites) | yes | | `part`, `node`, `site` |
| node in a gebied | yes | | `part`, `node`, `gebied` |
| node and age group | yes | | `part`, `node`, `age` |
| node, gebied and age group | yes | with `detail="month"`, rows in which something happened | `part`, `node`, `gebied`, `age` |

The cost of measures stands under the part `maatregelen` with the measure as node, and in the row for everything.

## Columns

| column | unit | Dutch label | definition | clock | adds up over |
|---|---|---|---|---|---|
{rows}

## How things are counted

**Who is where.** A visit waits from its arrival to its start, is in care from start to end, and holds a kept place from end to
release. Waiting counts at the node that was asked, care and kept places at the node that served. Only a pool makes them differ; the
start then counts as outflow of the one and inflow of the other, so that each conserves people. Periods are half-open: an event at
midnight on the first of a month belongs to the new month, and the stock at that boundary is the one just before it.

**Age and gebied.** Flows, stocks and cost use the age group at the visit's arrival and the gebied of the person. Unique clients use
the age on 1 January of the year of the period.

**Conservation.** For every node and period: `inflow + renewals = outflow + stock_end - stock_begin`. A renewal ends the visit it
renews (outflow) in the tick it begins, so people who really left number `outflow - renewals`. `left`, `reneged` and `aged_out` are
parts of the outflow; who reneges or ages out and leaves the chain is counted in `left` as well. People present on the start date
are the first `stock_begin`, never inflow; a wait that began before it counts in full when it ends. `sim.indicators.conserve`
recounts all this from the log in another way, checks that everybody who moved on arrived somewhere, and that the integral of the
stock equals the sum of the times of individual visits (the identity behind Little's law).

**Waits.** Rows for a part or for everything pool all who started at a node with a waiting list. Nodes without one (unlimited
places) have no wait, and their columns are empty. Quantiles interpolate linearly between order statistics.

**Places, occupancy and load** belong to teams. Several nodes may draw on one team; a node's row then shows the sum over its teams,
with all the work of these teams in the occupancy and the load, and a node-at-a-site row shows its team. Rows for a part and for
everything take the teams with limited places. The offered load of a team is `sum over its nodes of (inflow x mean time a place is
taken by a newcomer who starts in the period + time taken by renewals) / (places x length)`. Visits unfinished at the horizon are
completed by the mean residual time a place is taken at that kind of node (actuarial life table over the run, warm-start visits
entering at the age they had).

**Money.** Care: price of the node, class and month times weeks in care and kept. Teams: the cost of a team in a month is
distributed in proportion to the occupied time of its nodes, gebieden and age groups; in a month in which nobody is there it stands
at the team's first node, in the gebied its site serves (else the gebied `overig`, else the last) and the first age group, so that
totals always add up. Contributions follow weeks in care.

## Arrivals

`sim.indicators.arrivals(plan, log)` says who arrives at each node per calendar year: by `origin` (a node, or `buiten`: from outside) and,
apart from that, by `urgency` at arrival; the other of the two keys is `alle`. `arrivals` counts persons, by origin with renewals (which
come from the step that renewed them), by urgency without. By urgency there are also `waited` (starters whose wait counts), `wait_mean`,
`waiting_end`, `elapsed_mean`, `within_norm` and `norm_base`, as above. A study keeps them in `arrivals.parquet`.

## The split of a saving

`sim.indicators.savings_split(base, other, from_year, to_year)` splits the difference in cost of two worlds, node by node. With
client-weeks L, starts S, weeks per start W = L / S and price per client-week P, the cost of care is C = S x W x P. Weights are
Shapley's, in two steps (Owen's nesting):

1. per year, `cheaper = (P1 - P0) (L0 + L1) / 2` and `volume = (L1 - L0) (P0 + P1) / 2`, added over the years;
2. over the whole window, `fewer = (S1 - S0) (W0 + W1) / 2` weeks, valued at the price of the weeks that differ; `shorter` is the
   rest of the volume.

`postponed` is the part of *fewer* that is only waiting: minus the difference in people waiting at the end of the window times the
expected cost per start; `shifted` is the part that went elsewhere: minus the difference in exits of kind `shifted` times the
expected cost per start. Both are taken out of *fewer*. With `staff`, `measures` and `contributions` the parts add up to the total,
exactly. A negative number is a saving.

Sources: Shapley (1953), A value for n-person games; Sun (1998), Changes in energy consumption and energy intensity: a complete
decomposition model, Energy Economics 20, 85-100; Shorrocks (2013), Decomposition procedures for distributional analysis: a unified
framework based on the Shapley value, Journal of Economic Inequality 11, 99-126.
"""


def page() -> str:
    """The text of docs/indicators.md."""
    rows = [
        f"| `{c.name}` | {c.unit} | {c.label_nl} | {c.definition_en} | {_CLOCK_TEXT[c.clock]} | {_ADDITIVE_TEXT[c.additive]} |"
        for c in COLUMNS
    ]
    return _PAGE.format(rows="\n".join(rows))
