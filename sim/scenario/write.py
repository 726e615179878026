"""A measure file to start from."""

from __future__ import annotations

import re

from sim.errors import Fault, InputError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")

_TEXT = """\
# Measure {name}. Replace every ... and every NAME in capitals, then run: zorgstroom validate {name}.yaml
title: {{nl: "...", en: "..."}}
description:                     # what it does mechanically: who no longer comes, stays shorter, goes elsewhere
  nl: "..."
  en: "..."
source: "..."                    # document and place, or: own proposal of ...
programme: stad                  # BOZ, Hervormingsagenda, stad, rijk, ...
status: proposed                 # introduced | under_way | proposed
start: 2027-01-01                # first of a month
# until: 2030-01-01              # exclusive; leave it out if the measure stays
ramp: 12                         # months to full effect in equal steps; 0 = at once
scope: {{gebied: all, age: all}}   # `all` or a list: {{gebied: [Centrum, Noord], age: ["0-11", "12-17"]}}; also site: [...]

# What it is meant to do. `zorgstroom list parameters` names the paths; * stands for any name: nodes.*.stay.scale
# op: multiply (a factor), add (in the unit of the parameter) or set. low <= mode <= high; where nobody measured it,
# say evidence: assumption and let the band show it, over 1 too where sources disagree on the sign.
effects:
  - path: nodes.NODE.stay.scale  # the length of stay at a node
    op: multiply
    low: 0.85
    mode: 0.95
    high: 1.0
    evidence: assumption         # measured | reported | assumption
    source: "..."                # why this band
    # scope: {{age: ["18-26"]}}    # an effect may have its own scope, start, until and ramp

# What it does elsewhere: shorter stays bring people back, a new door brings new questions, a stricter one loads the desk.
counter_effects:
  - path: demand.STREAM.trend    # the demand of a stream
    op: multiply
    low: 1.0
    mode: 1.02
    high: 1.1
    evidence: assumption
    source: "..."

# What the measure itself costs, apart from the care it changes. Leave it out if it costs nothing.
cost:
  value: 250000
  unit: euro per year            # or: euro, once
  kind: assumption               # reported | derived | assumption
  source: "..."
  range: [100000, 500000]
"""


def new_measure_text(name: str) -> str:
    """A commented measure file called ``name``; valid once its blanks are filled. Raises InputError where the name cannot be a file's."""
    if not _NAME.match(name):
        raise InputError(
            [Fault(f"{name!r} cannot be the name of a measure", mend="use lower-case letters, digits and hyphens, such as meer-preventie")]
        )
    return _TEXT.format(name=name)
