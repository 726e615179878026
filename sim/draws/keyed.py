"""Keyed draws: a random number is a pure function of who decides what for the how-manieth time.

``u = h(seed, person, decision, occurrence)``. Nothing is streamed, so the same person has the same luck in every scenario, whatever
is added, re-ordered or run elsewhere. Persons, node kinds, routes and decisions enter as 64-bit hashes of their names.

The mixer is the finaliser of splitmix64 (Steele, Lea and Flood, 2014). Every function stands here twice: for plain integers and for
arrays of ``uint64``; both give the same bits.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

MASK: Final = (1 << 64) - 1
GOLDEN: Final = 0x9E3779B97F4A7C15
MIX_1: Final = 0xBF58476D1CE4E5B9
MIX_2: Final = 0x94D049BB133111EB
UNIT: Final = 2.0**-52

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]


def name_key(name: str) -> int:
    """64-bit hash of a name; part of the random numbers, so renaming a node redraws its decisions."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


# The decisions a person takes at a node. Their names are part of the random numbers: never rename one.
SITE: Final = name_key("decision:site")
URGENCY: Final = name_key("decision:urgency")
PATIENCE: Final = name_key("decision:patience")
STAY: Final = name_key("decision:stay")
INTERIM_CLOCK: Final = name_key("decision:interim")
ROUTE: Final = (  # by route group: end, renege, aged out, interim
    name_key("decision:route"),
    name_key("decision:renege"),
    name_key("decision:aged_out"),
    name_key("decision:interim_route"),
)
COUNT: Final = name_key("demand:count")
MOMENT: Final = name_key("demand:moment")
HEIGHT: Final = name_key("demand:height")
AGE: Final = name_key("demand:age")
ELAPSED: Final = name_key("warm:elapsed")


def mix(x: int) -> int:
    """Scramble 64 bits."""
    x = ((x ^ (x >> 30)) * MIX_1) & MASK
    x = ((x ^ (x >> 27)) * MIX_2) & MASK
    return x ^ (x >> 31)


def combine(h: int, value: int) -> int:
    """Fold one more word into a key; the order of folding matters. (``mix`` written out: this is the innermost call of a run.)"""
    x = ((h + GOLDEN) & MASK) ^ value
    x = ((x ^ (x >> 30)) * MIX_1) & MASK
    x = ((x ^ (x >> 27)) * MIX_2) & MASK
    return x ^ (x >> 31)


def uniform(key: int) -> float:
    """A number in the open interval (0, 1) from a key: never 0, never 1."""
    return ((key >> 12) + 0.5) * UNIT


def mix_array(x: U64) -> U64:
    """``mix`` on an array."""
    x = x ^ (x >> np.uint64(30))
    x *= np.uint64(MIX_1)
    x ^= x >> np.uint64(27)
    x *= np.uint64(MIX_2)
    x ^= x >> np.uint64(31)
    return x


def combine_array(h: U64, value: U64 | np.uint64) -> U64:
    """``combine`` on arrays; either side may be a single key."""
    with np.errstate(over="ignore"):
        return mix_array((h + np.uint64(GOLDEN)) ^ value)


def uniform_array(key: U64) -> F64:
    """``uniform`` on an array."""
    return ((key >> np.uint64(12)).astype(np.float64) + 0.5) * UNIT


def seed_key(seed: int) -> int:
    """The key every draw of one replication starts from."""
    return mix((seed + GOLDEN) & MASK)


def replication_seed(seed: int, chance: int) -> int:
    """Seed of one chance replication; depends on nothing but the study's seed and the number of the replication."""
    return combine(seed_key(seed), combine(name_key("replication"), chance))


def effect_uniform(measure: str, path: str, draw: int) -> float:
    """The draw that places one effect of a measure in its band: the same in every scenario that holds the measure."""
    return uniform(combine(combine(name_key(f"measure:{measure}"), name_key(f"path:{path}")), draw))
