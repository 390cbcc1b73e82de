"""Go/No-Go: evaluations, rounds and ballots."""
