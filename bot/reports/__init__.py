"""Reading what was written elsewhere: figures, each defined once, and the files they are exported to."""
