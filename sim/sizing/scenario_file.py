"""Capacities as a scenario file for ``zorgstroom compare``: the very deltas that were simulated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sim.model import Model
from sim.plan.plan import TICKS_PER_DAY
from sim.sizing.question import Question
from sim.sizing.target import SET, Target


def scenario_text(
    model: Model, target: Target, question: Question, amounts: Sequence[int], extends: str, titles: tuple[str, str], why: str
) -> str:
    """The YAML text; ``extends`` names the scenario the capacities were found in, ``titles`` are Dutch and English, ``why`` is the source.

    Where the nodes that count have a norm of another length in the model, the scenario sets it to the one asked: then its
    ``started_within_norm`` (or for a norm to the end of the visit ``within_norm``) counts what was asked.
    """
    deltas = []
    for effect in target.deltas(amounts, question.since, ""):
        scope = "" if effect.scope.site is None else f"scope: {{site: [{', '.join(_text(site) for site in effect.scope.site)}]}}, "
        deltas.append(_delta(effect.path, effect.op, effect.mode, f"{effect.start}, {scope}"[:-2], why))
    lines = [
        "# Written by `zorgstroom size`; docs/size.md says what it holds.",
        f"title: {{nl: {_text(titles[0])}, en: {_text(titles[1])}}}",
        f"description: {{nl: {_text(why)}, en: {_text(why)}}}",
        f"extends: [{_text(extends)}]",
        "deltas:",
        *deltas,
        *_norms(model, target, question, why),
    ]
    return "\n".join(lines) + "\n"


def _norms(model: Model, target: Target, question: Question, why: str) -> Iterator[str]:
    if question.norm is None:
        return
    for kind in target.kinds:
        norm = model.spec.nodes[kind].norm
        path = f"nodes.{kind}.norm.within"
        if norm is None or path not in model.parameters:
            continue
        parameter = model.parameters[path]
        days = question.norm.ticks / TICKS_PER_DAY
        if abs(float(parameter.series(None, None, None).values[0]) - days) > 1e-9:
            yield _delta(path, SET, days / parameter.factor, str(model.start), why)


def _delta(path: str, op: str, value: float, start: str, why: str) -> str:
    amount = f"low: {value!r}, mode: {value!r}, high: {value!r}"
    return f"  - {{path: {path}, op: {op}, {amount}, start: {start}, evidence: assumption, source: {_text(why)}}}"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
