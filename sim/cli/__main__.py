"""``python -m sim.cli`` is the command ``zorgstroom``."""

import sys

from sim.cli.main import main

if __name__ == "__main__":  # worker processes import this module again
    sys.exit(main())
