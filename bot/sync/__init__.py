"""What must be true in the other systems: the ledger and its reconciler."""
