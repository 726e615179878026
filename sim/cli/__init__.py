"""The command line: ``zorgstroom`` and its sub-commands."""
