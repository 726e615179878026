"""Yardsticks for the compiled engine, and the measurements behind ``zorgstroom bench``."""
