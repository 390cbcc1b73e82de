"""Business Central's records are found by their number: made once, and changed only where nobody else did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.sync.differences import Difference, Memory, compare
from bot.sync.marks import looked
from integrations.business_central import ChangedMeanwhile, KeyTaken
from integrations.errors import OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.sync.attempts import Attempt
    from bot.sync.differences import Value

Record = TypeVar("Record")
Written = tuple[Memory, tuple[Difference, ...]]
"""What to remember, and what a person must decide."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """One record: how it is read and changed, its values ready for JSON, what nobody can change any more, and when it
    was last changed, as far as that is told.
    """

    read: Callable[[], Awaitable[Record | None]]
    change: Callable[[Record, dict[str, Value]], Awaitable[object]]
    shown: Callable[[Record], Mapping[str, Value]]
    fixed: Callable[[Record], frozenset[str]] = lambda _: frozenset()
    changed_at: Callable[[object], datetime | None] = lambda _: None


async def made(create: Callable[[], Awaitable[Record]], read: Callable[[], Awaitable[Record | None]]) -> Record:
    """The new record; the one of its number when somebody was faster or the answer was lost."""
    try:
        return await create()
    except (KeyTaken, OutcomeUnknown):
        there = await read()
        if there is None:
            raise
        return there


async def written(
    page: Page[Record],
    record: Record,
    wanted: Mapping[str, Value],
    memory: Memory,
    held: frozenset[str],
    attempt: Attempt,
) -> Written:
    """Write what is ours to change, compared once more when somebody saved the record in between."""
    try:
        return await _written_once(page, record, wanted, memory, held, attempt)
    except ChangedMeanwhile:
        again = await page.read()
        if again is None:
            raise
        return await _written_once(page, again, wanted, memory, held, attempt)


async def _written_once(
    page: Page[Record],
    record: Record,
    wanted: Mapping[str, Value],
    memory: Memory,
    held: frozenset[str],
    attempt: Attempt,
) -> Written:
    there, fixed = page.shown(record), page.fixed(record)
    memory = attempt.believed(memory, there)
    gone_by = {name: value for name, value in wanted.items() if name in fixed and value != there.get(name)}
    memory = replace(memory, given_way={**memory.given_way, **gone_by})
    found = compare(wanted, memory, there, held)
    last: object = record
    if found.changes:
        await attempt.sending(found.changes, there)
        last = await page.change(record, found.changes)
    known = replace(memory, agreed=found.agreed)
    at = page.changed_at(last)
    return (looked(known, at) if at is not None else known), found.differences
