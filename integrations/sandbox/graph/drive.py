"""The library itself: items with ids that survive renaming and moving, and versions. No HTTP."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from integrations.sandbox.graph.naming import refuse_illegal, refuse_long
from integrations.sandbox.graph.refusals import RefusedError, bad, name_taken, not_found

Behaviour = Literal["fail", "replace", "rename"]


@dataclass(slots=True, eq=False)
class Item:
    """A folder (``content`` is ``None``) or a file."""

    id: str
    name: str
    parent: Item | None
    created_at: datetime
    modified_at: datetime
    content: bytes | None = field(default=None, repr=False)
    version: int = 1
    content_version: int = 1

    @property
    def is_folder(self) -> bool:
        """Whether items can lie in it."""
        return self.content is None

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return f'"{{{self.id}}},{self.version}"'

    @property
    def ctag(self) -> str:
        """Changes with the content."""
        return f'"c:{{{self.id}}},{self.content_version}"'

    @property
    def names(self) -> list[str]:
        """The names from the library down to this item; none for the root."""
        return [] if self.parent is None else [*self.parent.names, self.name]


class Library:
    """One document library."""

    def __init__(self, now: Callable[[], datetime], drive_id: str, web_root: str) -> None:
        """``now`` gives aware UTC; ``web_root`` is where the library opens in a browser, no slash at the end."""
        self.drive_id = drive_id
        self._now = now
        self._web_root = web_root.rstrip("/")
        self._made = 0
        self.items: dict[str, Item] = {}
        self.root = self._new("root", None, None)

    def get(self, item_id: str) -> Item:
        """Give the item of an id; refuses an unknown one."""
        item = self.items.get(item_id)
        if item is None:
            raise not_found()
        return item

    def at(self, start: Item, names: list[str]) -> Item:
        """Give the item below another one; refuses a path that leads nowhere."""
        item = start
        for name in names:
            refuse_illegal(name, at_root=item is self.root)
            below = self.child(item, name)
            if below is None:
                raise not_found()
            item = below
        return item

    def child(self, folder: Item, name: str) -> Item | None:
        """Give the item of this name, in whatever case."""
        folded = name.casefold()
        return next((item for item in self.children(folder) if item.name.casefold() == folded), None)

    def children(self, folder: Item) -> list[Item]:
        """Give what lies in a folder, by name."""
        inside = (item for item in self.items.values() if item.parent is folder)
        return sorted(inside, key=lambda item: (item.name.casefold(), item.id))

    def add_folder(self, parent: Item, name: object, behaviour: Behaviour) -> Item:
        """Make a folder; a taken name is refused, or numbered under ``rename``."""
        return self._new(self._free_name(parent, name, behaviour), parent, None)

    def put_file(self, parent: Item, name: object, content: bytes, behaviour: Behaviour) -> tuple[Item, bool]:
        """Write a file; say whether it is new. Under ``replace`` an existing file gets the content as a new version."""
        there = self.child(parent, name) if isinstance(name, str) else None
        if behaviour == "replace" and there is not None and not there.is_folder:
            there.content = content
            there.content_version += 1
            self._touch(there)
            return there, False
        # A file never replaces a folder.
        behaviour = "fail" if behaviour == "replace" else behaviour
        return self._new(self._free_name(parent, name, behaviour), parent, content), True

    def change(self, item: Item, *, name: object = None, parent: Item | None = None) -> None:
        """Rename or move."""
        if item is self.root:
            raise RefusedError(403, "accessDenied", "The root of a library cannot be changed.")
        target = parent or item.parent or self.root
        if item in self._line(target):
            raise bad("An item cannot be moved into itself.")
        wanted = refuse_illegal(item.name if name is None else name, at_root=target is self.root)
        other = self.child(target, wanted)
        if other is not None and other is not item:
            raise name_taken()
        refuse_long("/".join([*target.names, wanted]))
        item.name, item.parent = wanted, target
        self._touch(item)

    def delete(self, item: Item) -> None:
        """Delete an item with everything in it."""
        if item is self.root:
            raise RefusedError(403, "accessDenied", "The root of a library cannot be deleted.")
        for below in self.children(item):
            self.delete(below)
        del self.items[item.id]

    def drive_resource(self) -> dict[str, Any]:
        """Give the library as Graph's ``drive``."""
        return {
            "id": self.drive_id,
            "name": "Documents",
            "driveType": "documentLibrary",
            "webUrl": self._web_root,
            "createdDateTime": _stamp(self.root.created_at),
        }

    def resource(self, item: Item) -> dict[str, Any]:
        """Give an item as Graph's ``driveItem``."""
        path = "/".join(quote(name) for name in item.names)
        common = {
            "id": item.id,
            "name": item.name,
            "webUrl": f"{self._web_root}/{path}" if path else self._web_root,
            "eTag": item.etag,
            "size": self.size(item),
            "createdDateTime": _stamp(item.created_at),
            "lastModifiedDateTime": _stamp(item.modified_at),
            "parentReference": self._parent_reference(item),
        }
        if item.parent is None:
            return {**common, "root": {}, "folder": {"childCount": len(self.children(item))}}
        if item.is_folder:
            return {**common, "folder": {"childCount": len(self.children(item))}}
        kind = mimetypes.guess_type(item.name)[0] or "application/octet-stream"
        return {**common, "cTag": item.ctag, "file": {"mimeType": kind}}

    def size(self, item: Item) -> int:
        """Bytes of a file, or of everything in a folder."""
        if item.content is not None:
            return len(item.content)
        return sum(self.size(below) for below in self.children(item))

    def _parent_reference(self, item: Item) -> dict[str, Any]:
        reference: dict[str, Any] = {"driveId": self.drive_id, "driveType": "documentLibrary"}
        if item.parent is not None:
            path = "/".join(["root:", *(quote(name) for name in item.parent.names)])
            reference |= {"id": item.parent.id, "path": f"/drives/{self.drive_id}/{path}"}
        return reference

    def _free_name(self, parent: Item, name: object, behaviour: Behaviour) -> str:
        if not parent.is_folder:
            raise bad("Only a folder can hold items.")
        wanted = refuse_illegal(name, at_root=parent is self.root)
        if self.child(parent, wanted) is not None and behaviour != "rename":
            raise name_taken()
        free, number = wanted, 0
        while self.child(parent, free) is not None:
            number += 1
            free = f"{wanted} {number}"
        refuse_long("/".join([*parent.names, free]))
        return free

    def _new(self, name: str, parent: Item | None, content: bytes | None) -> Item:
        self._made += 1
        seed = f"{self.drive_id}/{self._made}".encode()
        at = self._now()
        item_id = "01" + base64.b32encode(hashlib.blake2b(seed, digest_size=20).digest()).decode()
        item = self.items[item_id] = Item(item_id, name, parent, at, at, content)
        return item

    def _touch(self, item: Item) -> None:
        item.version += 1
        item.modified_at = self._now()

    def _line(self, item: Item) -> list[Item]:
        return [item] if item.parent is None else [item, *self._line(item.parent)]


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
