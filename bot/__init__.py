"""Offerdesk: the Teams bot that runs an offer from the tender to the project hand-over."""

__version__ = "0.1.0"
