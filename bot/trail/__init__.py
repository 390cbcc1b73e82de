"""The audit trail sealed into a chain of hashes, verified, searched and written out. Writing it is ``bot/audit.py``."""
