"""Pictures become figures: here, or where there are many in a process of their own while this one goes on with chapters and files."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from sim.report.blocks import Block, Chapter, Folded, Picture, all_blocks

MANY = 8  # pictures take longer than the second in which a process starts
LENGTH = 8  # bytes that say how long what follows is
Drawings = dict[str, tuple[str, bytes]]


def drawn(chapters: Iterable[Chapter], meanwhile: Callable[[], None] = lambda: None) -> list[Chapter]:
    """The chapters with every picture drawn, which may go on while the next chapters are made. ``meanwhile`` is done once, after them."""
    made: list[Chapter] = []
    pictures: list[Picture] = []
    sent, elsewhere = 0, None
    try:
        for chapter in chapters:
            made.append(chapter)
            pictures += (b for b in all_blocks([chapter]) if isinstance(b, Picture))
            if elsewhere is None and len(pictures) >= MANY and (os.cpu_count() or 1) > 1:
                elsewhere = _Elsewhere()
            if elsewhere is not None:
                elsewhere.send(pictures[sent:])
                sent = len(pictures)
        meanwhile()
        drawings = elsewhere.drawings() if elsewhere is not None else {}
        drawings |= _draw(p for p in pictures if p.id not in drawings)
    finally:
        if elsewhere is not None:
            elsewhere.end()
    return [replace(chapter, blocks=_placed(chapter.blocks, drawings)) for chapter in made]


def _draw(pictures: Iterable[Picture]) -> Drawings:
    return {p.id: p.draw() for p in pictures}


class _Elsewhere:
    """Another process that draws pictures as they come; one that cannot be had or breaks off leaves them to us.

    A bare interpreter, not ``multiprocessing``: that runs the script of the user anew, who may have written it without a guard.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-c", f"import {__name__} as drawing; drawing.serve()"]
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def send(self, pictures: Sequence[Picture]) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it broke off, which shows in what it gives
                packed = pickle.dumps(pictures)
                self._process.stdin.write(len(packed).to_bytes(LENGTH, "big") + packed)
                self._process.stdin.flush()

    def drawings(self) -> Drawings:
        """Of the pictures sent, as far as it made them."""
        if self._process is None:
            return {}
        given, _ = self._process.communicate()
        made: Drawings = pickle.loads(given) if self._process.returncode == 0 else {}
        return made

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def serve() -> None:
    """What the other process does: take pictures from its input until that ends, then give their drawings.

    Bytes are taken in as they come, so that who sends them never waits.
    """
    coming: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_receive, args=(sys.stdin.buffer, coming), daemon=True).start()
    made = _draw(p for packed in iter(coming.get, b"") for p in pickle.loads(packed))
    sys.stdout.buffer.write(pickle.dumps(made))


def _receive(source: BinaryIO, coming: SimpleQueue[bytes]) -> None:
    while length := source.read(LENGTH):
        coming.put(source.read(int.from_bytes(length, "big")))
    coming.put(b"")


def _placed(blocks: Sequence[Block], made: Drawings) -> tuple[Block, ...]:
    def place(b: Block) -> Block:
        if isinstance(b, Picture):
            return b.figure(*made[b.id])
        return replace(b, blocks=_placed(b.blocks, made)) if isinstance(b, Folded) else b

    return tuple(place(b) for b in blocks)
