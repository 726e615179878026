"""Putting a scenario on a model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sim.errors import Fault, InputError
from sim.model.model import Model
from sim.scenario.check import check_effects
from sim.scenario.resolved import Draw, Resolved
from sim.scenario.scenario import Scenario

_FITTING: set[tuple[str, Scenario]] = set()  # pairs found to fit: a study resolves the same few scenarios many times


def resolve(model: Model, scenario: Scenario | None, months: Sequence[date], effect_draw: Draw | None = None) -> Resolved:
    """``model`` with ``scenario`` (None: as it is) in each of ``months`` (any day of a month).

    ``effect_draw(measure, path)`` gives the probability in [0, 1) at which the triangular distribution of that effect is read (``path`` as
    written in the effect, ``measure`` the scenario's name for a delta); None takes every effect at its mode. Raises InputError where the
    scenario does not fit the model and was not loaded against it: an effect is never passed by in silence.
    """
    if scenario is None:
        return Resolved(model, (), (), months, effect_draw)
    digest = model.digest()
    if scenario.fits != digest and (digest, scenario) not in _FITTING:
        faults: list[Fault] = []
        check_effects(model, scenario.effects, faults)
        if faults:
            raise InputError(faults)
        _FITTING.add((digest, scenario))
    return Resolved(model, scenario.effects, scenario.measures, months, effect_draw)
