"""Capacities as a scenario file for ``zorgstroom compare``: the very deltas that were simulated."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sim.sizing.question import Question
from sim.sizing.target import Target


def scenario_text(target: Target, question: Question, amounts: Sequence[int], extends: str, title_nl: str, title_en: str, why: str) -> str:
    """The YAML text; ``extends`` names the scenario the capacities were found in, ``why`` is the source of each number.

    A norm in weeks at nodes that have one becomes the norm of the scenario, so that its reports count as asked.
    """
    lines = [
        "# Written by `zorgstroom size`; docs/size.md says what it holds.",
        f"title: {{nl: {_text(title_nl)}, en: {_text(title_en)}}}",
        f"description: {{nl: {_text(why)}, en: {_text(why)}}}",
        f"extends: [{_text(extends)}]",
        "deltas:",
    ]
    for effect in target.deltas(amounts, question.since, ""):
        value = f"{effect.mode:g}"
        scope = "" if effect.scope.site is None else f", scope: {{site: [{', '.join(_text(site) for site in effect.scope.site)}]}}"
        lines.append(
            f"  - {{path: {effect.path}, op: set, low: {value}, mode: {value}, high: {value}, start: {effect.start}{scope}, "
            f"evidence: assumption, source: {_text(why)}}}"
        )
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
