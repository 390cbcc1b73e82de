"""Stateful stand-ins of the outside services, one process on loopback, run by the demo and by the tests."""
