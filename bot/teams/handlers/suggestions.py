"""What a "did you mean" button says and runs: the command meant, with the words typed after the misspelt one."""

from __future__ import annotations

from itertools import accumulate

from rapidfuzz import fuzz

from bot.teams.commands import ALIASES, SHOWN, Command, fold

WITH_WORDS = frozenset({Command.OFFER, Command.FIND, Command.HOURS, Command.LOG, Command.SYNC})
"""Commands that mean something else without the words after them."""
LONGEST = 60
"""Characters of those words that a button carries: whole words, because half a word finds something else."""
LONGEST_COMMAND = 3


def suggested(command: Command, typed: str, language: str) -> str:
    """The whole command in the person's language: ``chercher antenne`` for ``chrchre antenne``."""
    shown = SHOWN[language][command]
    if command not in WITH_WORDS:
        return shown
    words = typed.split()
    after = words[_misspelt(command, words) :]
    lengths = accumulate(len(word) + 1 for word in after)
    kept = [word for word, length in zip(after, lengths, strict=True) if length <= LONGEST]
    return " ".join([shown, *kept])


def _misspelt(command: Command, words: list[str]) -> int:
    """How many of the first words stand for the command: those that come nearest to one of its spellings."""
    starts = range(1, min(len(words), LONGEST_COMMAND) + 1)
    return max(starts, key=lambda count: _nearness(command, fold(" ".join(words[:count]))), default=0)


def _nearness(command: Command, start: str) -> float:
    return max(fuzz.ratio(start, spelling) for spelling in ALIASES[command])
