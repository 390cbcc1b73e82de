"""Folders and files: read, made once, renamed."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from integrations.errors import Conflict, Drift, DriftReason, OutcomeUnknown, Permanent
from integrations.microsoft_graph import addresses
from integrations.microsoft_graph.base import GraphClient
from integrations.microsoft_graph.connection import absent
from integrations.microsoft_graph.items import SELECTED, Drive, DriveItem, FolderTree, ItemPage
from integrations.microsoft_graph.names import check_name
from integrations.microsoft_graph.refusals import NAME_TAKEN, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAGE = "200"
_MOST_PAGES = 100


class Library(GraphClient):
    """The folders and files of the one library in the settings.

    Where a parent is asked for, ``None`` is the library's root. Every method raises what
    `integrations.http.Transport.send` does, ``ValueError`` for a name SharePoint cannot have, and `Drift` for an
    answer that is not the resource it should be.
    """

    async def drive(self) -> Drive:
        """Give the library itself: a harmless sign that address, token and permission are right."""
        answer = await self._connection.get(
            addresses.drive(self._drive_id), params={"$select": "id,name,driveType,webUrl"}
        )
        return self._connection.read(Drive, answer)

    async def item(self, item_id: str | None) -> DriveItem | None:
        """Give an item wherever it lies now, or ``None`` when it is gone."""
        return await self._found(addresses.item(self._drive_id, item_id))

    async def item_at(self, path: str, *, parent_id: str | None = None) -> DriveItem | None:
        """Give the item at a path of names (``Offers/2026/S580``), or ``None`` when there is none."""
        names = [name for name in path.split("/") if name]
        if not names:
            return await self.item(parent_id)
        return await self._found(addresses.below(self._drive_id, parent_id, names))

    async def children(self, item_id: str | None) -> list[DriveItem]:
        """Give all items of a folder, page by page.

        Raises:
            Drift: the listing does not end.
        """
        address = f"{addresses.item(self._drive_id, item_id)}/children"
        answer = await self._connection.get(address, params={"$select": SELECTED, "$top": _PAGE})
        items: list[DriveItem] = []
        for _ in range(_MOST_PAGES):
            page = self._connection.read(ItemPage, answer)
            items += page.items
            if page.next_link is None:
                return items
            answer = await self._connection.next_page(page.next_link)
        raise Drift(self._connection.service, "the listing does not end", reason=DriftReason.TOO_LARGE)

    async def ensure_folder(self, parent_id: str | None, name: str) -> DriveItem:
        """Give the folder of this name, made if it is absent. Names are the same whatever their case.

        Calling it again, also after a lost answer or from two processes at once, gives the same folder.

        Raises:
            Conflict: a file has this name.
        """
        folder, _ = await self._ensured(parent_id, name)
        return folder

    async def ensure_tree(self, root_name: str, names: Iterable[str], *, parent_id: str | None = None) -> FolderTree:
        """Give a folder and those below it, making only what is absent.

        ``names`` are paths below the folder (``02 Offer``, ``02 Offer/Annexes``). For a folder that is known by its
        id, and may have been renamed by a person, use `complete_tree`.

        Raises:
            Conflict: a file has one of the names.
        """
        root, _ = await self._ensured(parent_id, root_name)
        return await self.complete_tree(root, names)

    async def complete_tree(self, root: DriveItem, names: Iterable[str]) -> FolderTree:
        """Make what is absent of the paths below a folder; see `ensure_tree`."""
        growth = _Growth()
        for path in names:
            await self._grow(growth, root, path)
        return FolderTree(root, growth.folders, tuple(growth.created))

    async def rename(self, item_id: str, new_name: str, etag: str) -> DriveItem:
        """Give an item another name, if it is still as it was read with ``etag``.

        Raises:
            Conflict: it changed meanwhile (412), or another item of the folder has the name (409).
            OutcomeUnknown: the answer was lost and the item still, or again, has another name.
        """
        address = addresses.item(self._drive_id, item_id)
        wanted = {"name": check_name(new_name)}
        try:
            answer = await self._connection.send_json(
                "PATCH", address, wanted, headers={"If-Match": etag}, repeatable=False
            )
        except OutcomeUnknown:
            now = await self._found(address)
            if now is None or now.name != new_name:
                raise
            return now
        return self._connection.read(DriveItem, answer)

    async def _grow(self, growth: _Growth, root: DriveItem, path: str) -> None:
        parent, walked = root, ""
        for name in path.split("/"):
            walked = f"{walked}/{name}" if walked else name
            siblings = growth.inside.get(parent.id)
            if siblings is None:
                siblings = {child.name.casefold(): child for child in await self.children(parent.id)}
                growth.inside[parent.id] = siblings
            folder = siblings.get(check_name(name).casefold())
            if folder is None:
                folder, is_new = await self._ensured(parent.id, name)
                siblings[name.casefold()] = folder
                if is_new:
                    growth.created.append(walked)
                    growth.inside[folder.id] = {}
            parent = growth.folders[walked] = self._as_folder(folder)

    async def _ensured(self, parent_id: str | None, name: str) -> tuple[DriveItem, bool]:
        """The folder, and whether this call made it (as far as can be told)."""
        here = addresses.below(self._drive_id, parent_id, [name])
        there = await self._found(here)
        if there is not None:
            return self._as_folder(there), False
        wanted = {"name": name, "folder": {}, "@microsoft.graph.conflictBehavior": "fail"}
        children = f"{addresses.item(self._drive_id, parent_id)}/children"
        try:
            # With "fail" a repetition makes no second folder: it is told that the name is taken.
            answer = await self._connection.send_json("POST", children, wanted, repeatable=True)
        except Conflict as error:
            there = await self._found(here) if refusal(error).code == NAME_TAKEN else None
            if there is None:
                raise
            return self._as_folder(there), False
        return self._connection.read(DriveItem, answer), True

    async def _found(self, address: str) -> DriveItem | None:
        try:
            answer = await self._connection.get(address, params={"$select": SELECTED})
        except Permanent as error:
            if absent(error):
                return None
            raise
        return self._connection.read(DriveItem, answer)

    def _as_folder(self, item: DriveItem) -> DriveItem:
        if not item.is_folder:
            raise Conflict(self._connection.service, "a file has the folder's name", status=HTTPStatus.CONFLICT)
        return item


@dataclass(slots=True)
class _Growth:
    """A tree on its way: the folders by path, those made now, and what is known to lie inside each by folded name."""

    folders: dict[str, DriveItem] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    inside: dict[str, dict[str, DriveItem]] = field(default_factory=dict)
