"""Clients of the outside world, each usable on its own. Nothing here knows the bot."""
