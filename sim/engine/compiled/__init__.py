"""The compiled engine: its kernel, the plan as the kernel wants it, and the cache of compiled code."""
