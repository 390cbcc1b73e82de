"""Business Central: what an offer must be there, and who is who there."""
