"""The demonstration: the real bot against stand-ins of the outside world, all on this machine."""
