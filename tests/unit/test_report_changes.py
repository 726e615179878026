"""Parameter paths in words, and changes that are alike told once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from invented_study import STAY, invented_indicators, invented_study

from sim.report.chapters.changes import _scope, merged, parameter
from sim.report.context import Context
from sim.report.results import Results

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def context() -> Context:
    info = invented_study(scenarios=1, draws=1, seeds=1, years=2)
    return Context(Results(invented_indicators(info, years=2), info), "nl")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nodes.wijkteam_1.stay.scale", "Wijkteam stap 1: verblijfsduur"),
        ("nodes.onbekend.routes.naar_wmo.share", "onbekend: route naar wmo"),
        ("teams.buurt_team.places.vacancy", "Buurt team: vacatures"),
        ("supplies.woningen.shares.jongeren", "Woningen: aandeel jongeren"),
        ("demand.huisarts.rate", "Huisarts: instroom"),
        ("indices.cao", "Prijsindex cao"),
        ("population", "Bevolking"),
        ("nodes.x.iets.nieuws", "nodes.x.iets.nieuws"),
    ],
)
def test_paths_in_words(context: Context, path: str, words: str) -> None:
    assert parameter(context, path) == words


def test_scopes_in_words(context: Context) -> None:
    assert _scope(context, replace(STAY, scope="age: 0-11, 12-17; gebied: Noord")) == "leeftijd: 0-11, 12-17; gebied: Noord"
    assert _scope(context, STAY) == "iedereen"


def test_only_changes_with_the_same_effect_share_a_row() -> None:
    other = replace(STAY, path="nodes.wmo_1.stay.scale", base=0.9)
    assert merged([STAY, other]) == [(STAY, other)]
    assert len(merged([STAY, replace(other, mode=0.9)])) == 2
    assert len(merged([STAY, replace(other, path="nodes.wmo_1.stay.cap")])) == 2
    assert len(merged([STAY, replace(other, measure="ander")])) == 2
