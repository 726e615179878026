"""Effects compose without regard to the order in which they are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.model import load_model
from sim.scenario import Effect, Library, Scope, load_scenario, resolve

pytestmark = pytest.mark.property

TINY = Path(__file__).parents[1] / "models" / "tiny"
MODEL = load_model(TINY)
EMPTY = replace(load_scenario("basis", Library(TINY), MODEL), measures=(), deltas=())
MONTHS = [date(2024 + k // 12, k % 12 + 1, 1) for k in range(60)]
PATH = "nodes.ambulant.stay.scale"

scopes = st.builds(
    Scope,
    gebied=st.sampled_from([None, ("Noord",), ("Noord", "Zuid"), ("regio",)]),
    age=st.sampled_from([None, ("0-17",), ("18+",)]),
)


@st.composite
def effects(draw: st.DrawFn, ops: list[str]) -> Effect:
    low, mode, high = sorted(draw(st.tuples(*[st.floats(0.1, 3.0)] * 3)))
    begin = draw(st.integers(0, 40))
    end = draw(st.one_of(st.none(), st.integers(begin + 1, 50)))
    return Effect(
        measure=draw(st.sampled_from(["a", "b", "c"])),
        path=draw(st.sampled_from([PATH, "nodes.*.stay.scale"])),
        op=draw(st.sampled_from(ops)),
        low=low,
        mode=mode,
        high=high,
        evidence="assumption",
        source="test",
        scope=draw(scopes),
        start=MONTHS[begin],
        until=None if end is None else MONTHS[end],
        ramp=draw(st.integers(0, 24)),
        role="delta",
        file="test.yaml",
        line=1,
        field="deltas[0]",
    )


@settings(deadline=None)
@given(
    st.lists(effects(["multiply", "set"]), max_size=5) | st.lists(effects(["add", "set"]), max_size=5), st.randoms(), st.floats(0, 0.999)
)
def test_values_do_not_depend_on_the_order_of_effects(chosen: list[Effect], rng: object, u: float) -> None:
    shuffled = list(chosen)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (resolve(MODEL, replace(EMPTY, deltas=tuple(each)), MONTHS, lambda measure, path: u) for each in (chosen, shuffled))
    for gebied in MODEL.gebieden:
        for age in MODEL.age_groups:
            assert one.value(PATH, gebied, age).tobytes() == other.value(PATH, gebied, age).tobytes()


@settings(deadline=None)
@given(st.lists(effects(["multiply", "add"]), min_size=1, max_size=4), st.sampled_from(MODEL.gebieden), st.sampled_from(MODEL.age_groups))
def test_who_is_in_no_scope_and_months_in_no_dates_keep_the_base(chosen: list[Effect], gebied: str, age: str) -> None:
    value = resolve(MODEL, replace(EMPTY, deltas=tuple(chosen)), MONTHS).value(PATH, gebied, age)
    for month, found in zip(MONTHS, value, strict=True):
        acting = [
            each
            for each in chosen
            if each.start <= month
            and (each.until is None or month < each.until)
            and (each.scope.gebied is None or gebied in each.scope.gebied)
            and (each.scope.age is None or age in each.scope.age)
        ]
        if not acting:
            assert found == 1.0


@settings(deadline=None)
@given(effects(["multiply", "add", "set"]), st.floats(0, 0.999), st.floats(0, 0.999))
def test_a_larger_draw_never_gives_a_smaller_value(effect: Effect, u: float, v: float) -> None:
    u, v = sorted((u, v))
    low, high = (resolve(MODEL, replace(EMPTY, deltas=(effect,)), MONTHS, lambda measure, path, at=at: at) for at in (u, v))
    for gebied in MODEL.gebieden:
        for age in MODEL.age_groups:
            assert np.all(low.value(PATH, gebied, age) <= high.value(PATH, gebied, age) + 1e-12)  # rounding of one product
