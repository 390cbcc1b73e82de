"""The life of an offer."""
