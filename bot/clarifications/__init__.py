"""The client's questions after sending."""
