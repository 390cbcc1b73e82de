"""Everything that has a date, and the one reminder each morning."""
