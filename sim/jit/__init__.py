"""Compilation of hot loops: compiled once per machine, kept in a cache on disk."""

from sim.jit.cache import CACHE_VARIABLE, Compiled, cache_directory, fingerprint

__all__ = ["CACHE_VARIABLE", "Compiled", "cache_directory", "fingerprint"]
