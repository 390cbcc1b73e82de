"""The contract clauses under negotiation."""
