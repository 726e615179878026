"""Pictures become figures: here, or where there are many in a process of their own while this one goes on with other files."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sim.report.blocks import Block, Chapter, Folded, Picture, all_blocks

MANY = 16  # pictures take longer than the second in which a process starts
Drawings = Mapping[str, tuple[str, bytes]]


def drawn(chapters: Sequence[Chapter], meanwhile: Callable[[], None] = lambda: None) -> list[Chapter]:
    """The chapters with every picture drawn. ``meanwhile`` is done once, before or at the same time."""
    pictures = [b for b in all_blocks(chapters) if isinstance(b, Picture)]
    if len(pictures) < MANY or (os.cpu_count() or 1) < 2:
        meanwhile()
        made = _draw(pictures)
    else:
        with ThreadPoolExecutor(1) as waiting:
            coming = waiting.submit(_elsewhere, pictures)
            meanwhile()
            made = coming.result() or _draw(pictures)
    return [replace(chapter, blocks=_placed(chapter.blocks, made)) for chapter in chapters]


def _draw(pictures: Sequence[Picture]) -> Drawings:
    return {p.id: p.draw() for p in pictures}


def _elsewhere(pictures: Sequence[Picture]) -> Drawings | None:
    """The drawings of another process; None where it could not make them.

    A bare interpreter, not ``multiprocessing``: that runs the script of the user anew, who may have written it without a guard.
    """
    command = [sys.executable, "-c", f"import {__name__} as drawing; drawing.serve()"]
    try:
        done = subprocess.run(command, input=pickle.dumps(pictures), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        made: Drawings = pickle.loads(done.stdout)
    except (OSError, subprocess.CalledProcessError, pickle.UnpicklingError, EOFError):
        return None
    return made


def serve() -> None:
    """What the other process does: take pictures from its input, give their drawings."""
    made = _draw(pickle.load(sys.stdin.buffer))
    sys.stdout.buffer.write(pickle.dumps(made))


def _placed(blocks: Sequence[Block], made: Drawings) -> tuple[Block, ...]:
    def place(b: Block) -> Block:
        if isinstance(b, Picture):
            return b.figure(*made[b.id])
        return replace(b, blocks=_placed(b.blocks, made)) if isinstance(b, Folded) else b

    return tuple(place(b) for b in blocks)
