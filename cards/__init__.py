"""Adaptive Cards: pure functions from a small view dataclass to a finished card. No database, no HTTP, no ``bot``."""
