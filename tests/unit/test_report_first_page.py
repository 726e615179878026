"""What the first page says of several scenarios: where cost rises, what is no saving alone, two names of one world."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from sim.report.chapters.account import is_close, is_turned
from sim.report.chapters.five_lines import cost_rise, five_lines, same_worlds
from sim.report.notation import Notation
from sim.report.results import ALL, Interval
from sim.report.study_info import Bilingual, ScenarioInfo, SenseCheck
from sim.report.wording import say
from tests.invented_study import STAY

pytestmark = pytest.mark.unit

SURE = {"less": (-9e6, -2e6), "more": (2e6, 9e6), "unclear": (-4e6, 4e6)}


def change(direction: str) -> Interval:
    low, high = SURE[direction]
    return Interval((low + high) / 2, low, high, low, high, 1.0, 30, "parameters")


def seen(**found: str) -> Any:
    """A context in which scenario ``s`` changes cost of parts, and indicators of the whole, in these directions."""

    def look(scenario: str, part: str, node: str, year: int, column: str) -> Interval:
        return change(found.get(part if part != ALL else column, "unclear"))

    results = SimpleNamespace(
        change=look, parts=("wmo", "jeugd"), compared=("s",), baseline="autonoom", headline_year=2030, waiting_nodes=(),
        has=lambda column: column != "within_norm", shown=lambda column: SimpleNamespace(scale=1e6),
    )  # fmt: skip
    return SimpleNamespace(
        results=results, notation=Notation("nl"), money_unit="€ {} mln", lang="nl", basis="parameters", baseline="Autonoom",
        say=lambda key, **values: say("nl", key, **values), part=str, scenario=str, node=str,
    )  # fmt: skip


def test_pressure_moves_only_where_the_cost_of_another_part_surely_falls() -> None:
    moved, rose = cost_rise(seen(wmo="more", jeugd="less"), "s"), cost_rise(seen(wmo="more", jeugd="unclear"), "s")
    assert moved is not None
    assert "Daartegenover zijn bij wmo" in moved[1]
    assert rose is not None
    assert "Daartegenover" not in rose[1]
    assert "het meest bij wmo" in rose[1]
    assert cost_rise(seen(wmo="unclear", jeugd="less"), "s") is None


def test_lower_cost_with_fewer_in_care_and_more_waiting_is_said_to_be_so() -> None:
    said = dict(five_lines(seen(cost="less", clients_avg="less", waiting_end="more")))["Geld"]
    assert "deels of geheel zorg die niet of later wordt geleverd" in said
    assert "deels of geheel" not in dict(five_lines(seen(cost="less", clients_avg="less")))["Geld"]


def test_two_names_of_one_world_are_said_to_be_one() -> None:
    scenarios = [
        ScenarioInfo(name, Bilingual(), Bilingual(), (replace(STAY, mode=mode),)) for name, mode in (("a", 0.9), ("b", 0.9), ("c", 0.8))
    ]
    context: Any = seen()
    context.info = SimpleNamespace(compared=scenarios)
    assert same_worlds(context) == (say("nl", "five.same_world", names="a en b"),)


def test_growth_that_the_model_turns_into_shrinking_is_not_close() -> None:
    check = SenseCheck(Bilingual(), Bilingual(), "2023-Q3", "ratio", 1.15, 0.9, "Jaarstukken 2023", growth=True)
    assert is_turned(check)
    assert not is_close(check)
    assert is_close(replace(check, model=1.02))
    assert is_close(replace(check, growth=False))
