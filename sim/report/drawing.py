"""Pictures become figures: here, or where there are many in a process of their own while this one goes on with other files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sim.errors import InternalError
from sim.experiment.executor import Each, Processes
from sim.report.blocks import Block, Chapter, Folded, Picture, all_blocks

MANY = 16  # pictures take longer than the second in which a process starts
Drawings = Mapping[str, tuple[str, bytes]]


def drawn(chapters: Sequence[Chapter], meanwhile: Callable[[], None] = lambda: None) -> list[Chapter]:
    """The chapters with every picture drawn. ``meanwhile`` is done once, before or at the same time."""
    pictures = [b for b in all_blocks(chapters) if isinstance(b, Picture)]
    if len(pictures) < MANY or (os.cpu_count() or 1) < 2:
        meanwhile()
        made = {p.id: p.draw() for p in pictures}
    else:
        with Processes(Each(_draw), 1) as process, ThreadPoolExecutor(1) as waiting:
            coming = waiting.submit(lambda: list(process.outcomes([(p,) for p in pictures])))
            meanwhile()
            outcomes = coming.result()
        failed = [done.error for done in outcomes if done.error]
        if failed:
            raise InternalError(f"a figure could not be drawn: {failed[0]}")
        made = {done.item.id: done.result for done in outcomes}
    return [replace(chapter, blocks=_placed(chapter.blocks, made)) for chapter in chapters]


def _draw(picture: Picture) -> tuple[str, bytes]:
    return picture.draw()


def _placed(blocks: Sequence[Block], made: Drawings) -> tuple[Block, ...]:
    def place(b: Block) -> Block:
        if isinstance(b, Picture):
            return b.figure(*made[b.id])
        return replace(b, blocks=_placed(b.blocks, made)) if isinstance(b, Folded) else b

    return tuple(place(b) for b in blocks)
