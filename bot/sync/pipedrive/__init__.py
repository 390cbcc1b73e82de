"""Pipedrive: what an offer or a lead must be there, and what comes in from there."""
