"""How the program ends; 0 is success and 2 wrong usage, as everywhere."""

FAILED = 1
"""A command was understood and did not succeed."""
INTERRUPTED = 130
"""Ctrl-C, as shells say it."""
