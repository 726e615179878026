"""``python -m documentation [NAME...]``: write the pages made from the code and of these notebooks, without a name of all.

With the name ``reference_study`` that study is run, and what it gives is kept as the reference.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from documentation import notebooks, reference, reference_study
from sim.experiment.inputs import load_study
from sim.experiment.spec import read_study_file
from sim.report.compare import Running, run

REFERENCE = "reference_study"


def keep_reference(folder: Path) -> None:
    """Run the reference study in a folder and keep what it gives."""
    spec, mark = read_study_file(reference_study.STUDY)
    run(load_study(spec, reference_study.FOLDER, mark), folder, Running())
    reference_study.keep(folder)


def main(names: list[str]) -> int:
    known = (*notebooks.ORDER, REFERENCE)
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"there is no {', '.join(unknown)}; there is {', '.join(known)}", file=sys.stderr)
        return 2
    for file, page in reference.PAGES.items():
        (notebooks.ROOT / file).parent.mkdir(exist_ok=True)
        (notebooks.ROOT / file).write_text(page(), encoding="utf-8", newline="\n")
        print(file, file=sys.stderr)
    for name in names or known:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            if name == REFERENCE:
                keep_reference(Path(folder))
            else:
                notebooks.write(name, Path(folder))
        print(f"{name} ({time.monotonic() - began:.0f} s)", file=sys.stderr)
    return 0


sys.exit(main(sys.argv[1:]))
