"""The frontier: packages that no other beats on saving, waits and certainty together, where small differences do not count.

Each score is rounded to whole steps, and dominance is taken between the rounded scores (epsilon-dominance by boxes: Laumanns, Thiele, Deb &
Zitzler 2002, Evolutionary Computation 10, 263-282). Of packages with equal scores the one with the fewest measures stands for all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
CHUNK = 512  # boxes compared with all others at once


def frontier(scores: F64, sizes: I64, steps: F64) -> I64:
    """Places of the packages on the frontier, in order, from ``scores`` [P, 3] (more is better) and the number of measures [P].

    Only packages whose first score, the saving, is above zero count. ``steps`` [3]: differences that count.
    """
    saving = np.flatnonzero(scores[:, 0] > 0)
    if not len(saving):
        return np.zeros(0, np.int64)
    boxes = np.rint(scores[saving] / steps).astype(np.int64)
    distinct, of = np.unique(boxes, axis=0, return_inverse=True)
    best = np.flatnonzero(_undominated(distinct))
    inside = saving[np.isin(of.reshape(-1), best)]
    box = of.reshape(-1)[np.isin(of.reshape(-1), best)]
    order = np.lexsort((inside, -scores[inside, 0], sizes[inside], box))  # fewest measures, then most saved, then the first
    first = np.flatnonzero(np.diff(box[order], prepend=-1))
    return np.sort(inside[order][first])


def _undominated(boxes: I64) -> NDArray[np.bool_]:
    """Which of some distinct points [N, 3] no other is at least as good as everywhere."""
    kept = np.ones(len(boxes), np.bool_)
    order = np.argsort(-boxes.sum(axis=1), kind="stable")  # a point with a larger sum is dominated by none with a smaller one
    front = np.zeros((0, boxes.shape[1]), np.int64)
    for first in range(0, len(boxes), CHUNK):
        here = order[first : first + CHUNK]
        points = boxes[here]
        among = np.all(points[None] >= points[:, None], axis=2) & ~np.eye(len(here), dtype=np.bool_)
        beaten = np.any(among, axis=1) | np.any(np.all(front[None] >= points[:, None], axis=2), axis=1)
        kept[here[beaten]] = False
        front = np.concatenate([front, points[~beaten]])
    return kept


def membership(values: F64, sizes: I64, steps: F64, resamples: int, seed: int) -> F64:
    """Share of bootstrap resamples of the replications in which each package is on the frontier.

    ``values`` [P, R, 3]: saving, waits and success per replication; scores are their means. Packages share the replications, so a
    resample is one for all of them: what they have in common does not blur the comparison (common random numbers).
    """
    rng = np.random.default_rng(seed)
    replications = values.shape[1]
    counts = rng.multinomial(replications, np.full(replications, 1 / replications), size=resamples) / replications
    found = np.zeros(len(values))
    for weights in counts:
        found[frontier(np.einsum("prk,r->pk", values, weights), sizes, steps)] += 1
    return np.asarray(found / resamples)
