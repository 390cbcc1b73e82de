"""From signature to the project: hand-over, checklist, amendments, budget."""
