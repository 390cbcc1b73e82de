"""The gateway to SharePoint: the folder of every offer with a number, and the sheets filed in it.

The folder is known by its id, so renaming and moving it breaks nothing. Its name is ours as long as nobody else gave
it another one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bot.sync import plans
from bot.sync.attempts import Attempt
from bot.sync.differences import Memory, nothing_to_do
from bot.sync.facts import facts_of, mappings
from bot.sync.models import System
from bot.sync.reconciler import Incomplete
from integrations.errors import Conflict, Permanent, Transient
from integrations.microsoft_graph import folder_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.reconciler import Claim
    from bot.sync.sharepoint.filing import FiledSheet
    from integrations.microsoft_graph import DriveItem, MicrosoftGraph

    Sheets = Callable[[Session, int, Company, datetime], Sequence[FiledSheet]]

NAME = "name"
"""The one value of a folder that both sides may want to change."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one offer wants: the folder's name as SharePoint takes it, the folders in it, the files in those."""

    number: str
    name: str
    folders: tuple[str, ...]
    sheets: tuple[FiledSheet, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The template's folders, and those of the sheets where the template lacks them."""
        return tuple(dict.fromkeys((*self.folders, *(sheet.folder for sheet in self.sheets))))


class SharePointGateway:
    """Keeps the folders of one library. ``sheets`` gives what is filed for an offer (its id), read in the same
    transaction; ``now`` gives aware UTC.
    """

    def __init__(
        self, database: Database, client: MicrosoftGraph, company: Company, now: Callable[[], datetime], sheets: Sheets
    ) -> None:
        """Keep the collaborators; nothing is read before the first row."""
        self._database = database
        self._client = client
        self._company = company
        self._now = now
        self._sheets = sheets

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Make the folder of an offer true.

        Raises:
            Incomplete: ``gone``.
            Transient: among others: somebody has a sheet open, so it cannot be replaced now.
            ServiceError: what the client raises.
        """
        wish, mapped = await self._database.read(
            lambda session: (self._wish(session, claim.subject_id), mappings(session, System.SHAREPOINT))
        )
        memory = Memory.of(claim.remote)
        if memory is None:
            root = await self._made(wish, looked_for=claim.tried_since is not None)
            memory = _fresh(root)
        elif _true(wish, memory, claim.held):
            return memory.as_remote()
        else:
            found = await self._client.item(memory.id)
            root = found or await self._client.ensure_folder(None, wish.name)
            memory = memory if found is not None else _fresh(root)
        memory = await self._named(root, wish, memory, Attempt(self._database, claim, mapped, self._now))
        memory = await self._grown(root, wish, memory)
        return (await self._filed(root, wish, memory)).as_remote()

    def _wish(self, session: Session, offer_id: int) -> _Wish:
        facts = facts_of(session, offer_id)
        if facts is None:
            raise Incomplete("gone")
        plan = plans.folder(facts, self._company)
        return _Wish(
            facts.number,
            folder_name(plan.name),
            plan.folders,
            tuple(self._sheets(session, offer_id, self._company, self._now())),
        )

    async def _made(self, wish: _Wish, *, looked_for: bool) -> DriveItem:
        """The folder, adopted where one is there. After an attempt of which nothing is known the title may have
        changed, so the number alone tells which folder it made.
        """
        if looked_for and await self._client.item_at(wish.name) is None:
            beginning = f"{wish.number} ".casefold()
            for item in await self._client.children(None):
                if item.is_folder and item.name.casefold().startswith(beginning):
                    return item
        return await self._client.ensure_folder(None, wish.name)

    async def _named(self, root: DriveItem, wish: _Wish, memory: Memory, attempt: Attempt) -> Memory:
        """Give the folder its new name if it still has the one we gave it; else its name is somebody's wish."""
        root = await self._renamed(root, wish.name, attempt.believed(memory, {NAME: root.name}), attempt)
        memory = replace(memory, url=root.web_url)
        if root.name == wish.name:
            return replace(memory, agreed={**memory.agreed, NAME: wish.name})
        return replace(memory, given_way={**memory.given_way, NAME: wish.name})

    async def _renamed(self, root: DriveItem, name: str, memory: Memory, attempt: Attempt) -> DriveItem:
        if name == root.name or memory.agreed.get(NAME) != root.name:
            return root
        await attempt.sending({NAME: name}, {NAME: root.name})
        try:
            return await self._client.rename(root.id, name, root.etag)
        except Conflict as error:
            if error.status == HTTPStatus.CONFLICT:
                # Another folder has the name; the link to ours stays good under the old one.
                return root
            now = await self._client.item(root.id)
            if now is None or now.name != root.name:
                return now or root
            return await self._client.rename(now.id, name, now.etag)

    async def _grown(self, root: DriveItem, wish: _Wish, memory: Memory, *, anew: bool = False) -> Memory:
        """Make the folders that are new in the template. One that somebody deleted stays so until a sheet needs it."""
        known = memory.more.get("folders") or {}
        if not anew and all(path in known for path in wish.paths):
            return memory
        tree = await self._client.complete_tree(root, wish.paths)
        folders = {path: folder.id for path, folder in tree.folders.items()}
        return replace(memory, more={**memory.more, "folders": {**known, **folders}})

    async def _filed(self, root: DriveItem, wish: _Wish, memory: Memory) -> Memory:
        for sheet in _unfiled(wish, memory):
            content = await asyncio.to_thread(sheet.write)
            try:
                await self._upload(sheet, content, memory)
            except Permanent as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
                memory = await self._grown(root, wish, memory, anew=True)
                await self._upload(sheet, content, memory)
            filed = {**(memory.more.get("sheets") or {}), sheet.name: sheet.fingerprint}
            memory = replace(memory, more={**memory.more, "sheets": filed})
        return memory

    async def _upload(self, sheet: FiledSheet, content: bytes, memory: Memory) -> None:
        folder_id = memory.more["folders"][sheet.folder]
        try:
            await self._client.upload(folder_id, folder_name(sheet.name), content)
        except Permanent as error:
            if error.status != HTTPStatus.LOCKED:
                raise
            raise Transient(error.service, "somebody has the sheet open", status=error.status) from None


def _fresh(root: DriveItem) -> Memory:
    return Memory(root.id, root.web_url, agreed={NAME: root.name})


def _true(wish: _Wish, memory: Memory, held: frozenset[str]) -> bool:
    known = memory.more.get("folders") or {}
    return (
        nothing_to_do({NAME: wish.name}, memory, held)
        and all(path in known for path in wish.paths)
        and not _unfiled(wish, memory)
    )


def _unfiled(wish: _Wish, memory: Memory) -> list[FiledSheet]:
    filed = memory.more.get("sheets") or {}
    return [sheet for sheet in wish.sheets if filed.get(sheet.name) != sheet.fingerprint]
