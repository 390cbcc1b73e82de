"""What to write to a record in another system, and where somebody changed it there. Pure: no database, no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

Value = Any
"""Ready for JSON: a text, a number, true or false, a list of those, or None."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with both values; ``by`` and ``at`` as far as the other side tells who changed it and when."""

    field: str
    ours: Value
    theirs: Value
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a record: its id over there, where it can be opened, what we last wrote or agreed on, and
    the values of ours that gave way to theirs.
    """

    id: str
    url: str | None = None
    agreed: dict[str, Value] = field(default_factory=dict)
    given_way: dict[str, Value] = field(default_factory=dict)
    more: dict[str, Value] = field(default_factory=dict)
    """What one system needs beside: the id of the pinned note, of each link file."""

    @classmethod
    def of(cls, remote: Mapping[str, Any] | None) -> Memory | None:
        """Read it from the ledger; None before the record exists."""
        if not remote or "id" not in remote:
            return None
        return cls(
            remote["id"],
            remote.get("url"),
            dict(remote.get("agreed") or {}),
            dict(remote.get("given_way") or {}),
            dict(remote.get("more") or {}),
        )

    def as_remote(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return {
            "id": self.id,
            "url": self.url,
            "agreed": self.agreed,
            "given_way": self.given_way,
            "more": self.more,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """``changes``: what to write. ``agreed``: what both sides hold once that is written. ``differences``: to decide."""

    changes: dict[str, Value]
    agreed: dict[str, Value]
    differences: tuple[Difference, ...]


def nothing_to_do(wanted: Mapping[str, Value], memory: Memory, held: Collection[str] = ()) -> bool:
    """Whether the record needs no look at all: each wanted value was agreed on, gave way, or waits for a person."""
    return all(
        name in held
        or (name in memory.agreed and memory.agreed[name] == value)
        or (name in memory.given_way and memory.given_way[name] == value)
        for name, value in wanted.items()
    )


def compare(
    wanted: Mapping[str, Value], memory: Memory, theirs: Mapping[str, Value], held: Collection[str] = ()
) -> Comparison:
    """Three-way: what we want, what was last agreed on, and what stands over there now.

    A value that still is the agreed one is replaced by ours; an empty one is filled; one that somebody changed, or that
    stood there before we came, is a difference unless it equals ours.
    """
    changes: dict[str, Value] = {}
    agreed = dict(memory.agreed)
    differences = []
    for name, ours in wanted.items():
        there = theirs.get(name)
        if name in held or (name in memory.given_way and memory.given_way[name] == ours):
            continue
        if ours == there:
            agreed[name] = ours
        elif _empty(there) if name not in memory.agreed else there == memory.agreed[name]:
            changes[name] = agreed[name] = ours
        else:
            differences.append(Difference(name, ours, there))
    return Comparison(changes, agreed, tuple(differences))


def _empty(value: Value) -> bool:
    return value is None or value in ("", [], 0)


def settled(memory: Memory, name: str, *, ours: Value, theirs: Value, keep_ours: bool) -> Memory:
    """A person chose. Ours is written next time, because theirs counts as agreed on; or ours gives way until it
    changes.
    """
    agreed = {**memory.agreed, name: theirs}
    given_way = {key: value for key, value in memory.given_way.items() if key != name}
    if not keep_ours:
        given_way[name] = ours
    return Memory(memory.id, memory.url, agreed, given_way, memory.more)


def kept_choices(before: Memory | None, meanwhile: Memory | None, after: Memory) -> Memory:
    """What to remember after a write, when a person settled something while it was under way: ``before`` is what the
    write began with, ``meanwhile`` what stands in the ledger now.
    """
    if before is None or meanwhile is None:
        return after
    return Memory(
        after.id,
        after.url,
        _with_changes(before.agreed, meanwhile.agreed, after.agreed),
        _with_changes(before.given_way, meanwhile.given_way, after.given_way),
        _with_changes(before.more, meanwhile.more, after.more),
    )


def _with_changes(
    before: Mapping[str, Value], meanwhile: Mapping[str, Value], after: Mapping[str, Value]
) -> dict[str, Value]:
    names = {name for name in before.keys() | meanwhile.keys() if before.get(name) != meanwhile.get(name)}
    changed = {name: meanwhile[name] for name in names if name in meanwhile}
    return {name: value for name, value in after.items() if name not in names} | changed
